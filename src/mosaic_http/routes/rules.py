"""Rules over HTTP."""

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict

from mosaic_core.errors import Conflict, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.rules.model import ListedRule, NewRule, RuleChange
from mosaic_http.answers import Message, say, show, show_all
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import TOTAL, Operation, Reply

RuleTold = TypedDict(
    "RuleTold",
    {
        "id": int,
        "activity_id": int,
        "activity": str,
        "metric": str,
        "fill": str,
        "at_least": float | None,
        "from": dt.date,
        "enabled": bool,
    },
)
RuleTold.__doc__ = """What makes an activity's entries of what wearables know of each day."""


def list_rules(call: Call) -> Answer:
    """Show the caller's rules.

    They come by the names of their activities.
    """
    return show_all(call, [_told(one) for one in call.mosaic.rules.of(call.caller)])


def add_rule(call: Call, new: NewRule) -> Answer:
    """Add a rule.

    Each day from the first on whose aggregate over all sources has the metric gets an entry of the activity,
    now and whenever that changes: the metric itself, or for a check 1 or 0. What a person or an import has
    said of a day stays.
    """
    return Answer(201, encode(_told(call.mosaic.rules.add(call.caller, new))))


def change_rule(call: Call, change: RuleChange) -> Answer:
    """Change a rule.

    What is not given stays as it is. Its days are filled anew. One that is disabled leaves its entries as
    they are, and takes them up again when it is enabled.
    """
    return show(_told(call.mosaic.rules.change(call.caller, call.path_id(), change)))


def delete_rule(call: Call) -> Answer:
    """Delete a rule.

    The entries that it made are the person's from now on.
    """
    rule_id = call.path_id()
    call.mosaic.rules.delete(call.caller, rule_id)
    return say(f"Rule {rule_id} deleted")


def _told(listed: ListedRule) -> RuleTold:
    rule = listed.rule
    return {
        "id": rule.id,
        "activity_id": rule.activity_id,
        "activity": listed.activity,
        "metric": rule.metric,
        "fill": rule.fill,
        "at_least": rule.at_least,
        "from": rule.from_,
        "enabled": rule.enabled,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/rules": {
        "GET": Operation(list_rules, lane=Lane.READ, answers={200: Reply(list[RuleTold], headers=(TOTAL,))}),
        "POST": Operation(
            add_rule,
            lane=Lane.WRITE,
            takes=NewRule,
            limit="rule",
            answers={201: Reply(RuleTold)},
            errors=(NotFound, Conflict),
        ),
    },
    "/rules/{id:int}": {
        "PATCH": Operation(
            change_rule,
            lane=Lane.WRITE,
            takes=RuleChange,
            limit="rule",
            answers={200: Reply(RuleTold)},
            errors=(NotFound,),
        ),
        "DELETE": Operation(
            delete_rule,
            lane=Lane.WRITE,
            limit="rule",
            answers={200: Reply(Message)},
            errors=(NotFound,),
        ),
    },
}
