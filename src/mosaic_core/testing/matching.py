"""Comparing what two stores tell, whose ids may differ."""

import re
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import fields, has

_KINDS = {
    "user_id": "user",
    "account_id": "user",
    "entry_id": "entry",
    "activity_id": "activity",
    "into_id": "activity",
    "source_id": "source",
    "User.id": "user",
    "Entry.id": "entry",
    "ListedEntry.id": "entry",
    "Activity.id": "activity",
    "Source.id": "source",
    "Pause.id": "pause",
    "pause_id": "pause",
    "Rule.id": "rule",
    "rule_id": "rule",
    "AuditEvent.id": "audit event",
    "RawRecord.id": "raw record",
}
"""Fields that hold ids, by their name or that with their class, and of what the ids are."""

_NUMBERS = re.compile(r"\d+")


class Matching:
    """Which id of the one store stands for which of the other, as far as a comparison has come."""

    def __init__(self) -> None:
        self._pairs: dict[str, dict[int, int]] = {}

    def require_same(self, left: object, right: object, field: str = "", place: str = "") -> None:
        """Raise AssertionError unless both are the same but for their ids, which match one to one.

        `field` is what the values are called where they stand, `place` is where in the whole that is.
        """
        if field in _KINDS and isinstance(left, int) and isinstance(right, int):
            self._match(_KINDS[field], left, right, place)
        elif has(type(left)) and type(left) is type(right):
            self._require_same_fields(left, right, place)
        elif isinstance(left, Mapping) and isinstance(right, Mapping):
            _require(sorted(left) == sorted(right), left, right, place)
            for key in left:
                self.require_same(left[key], right[key], key, f"{place}[{key!r}]")
        elif _is_row(left) and _is_row(right):
            self._require_same_items(left, right, field, place)
        else:
            _require(type(left) is type(right) and left == right, left, right, place)

    def _require_same_fields(self, left: Any, right: Any, place: str) -> None:  # noqa: ANN401  # any attrs
        name = type(left).__name__
        for each in fields(type(left)):
            if each.name == "password_hash":
                continue  # salted by each by itself
            one, other = getattr(left, each.name), getattr(right, each.name)
            if f"{name}.{each.name}" == "AuditEvent.message":  # it may name an id
                one, other = _NUMBERS.sub("#", one), _NUMBERS.sub("#", other)
            field = f"{name}.id" if each.name == "id" else each.name
            self.require_same(one, other, field, f"{place}.{each.name}")

    def _require_same_items(self, left: Any, right: Any, field: str, place: str) -> None:  # noqa: ANN401  # any row
        _require(len(left) == len(right), left, right, place)
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            self.require_same(one, other, field, f"{place}[{number}]")

    def _match(self, kind: str, left: int, right: int, place: str) -> None:
        pairs = self._pairs.setdefault(kind, {})
        known = pairs.setdefault(left, right)
        _require(known == right, left, right, f"{place}, an id of one {kind} and of another")
        for one, other in pairs.items():
            _require((one < left) == (other < right), left, right, f"{place}, ids of {kind} in another order")


def _is_row(value: object) -> bool:
    return isinstance(value, Sequence | array) and not isinstance(value, str | bytes)


def _require(holds: bool, left: object, right: object, place: str) -> None:  # noqa: FBT001  # a condition
    assert holds, f"{place or 'what is told'}: {left!r} is not {right!r}"
