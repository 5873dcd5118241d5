"""Idempotency keys over HTTP: a write that comes again has one effect and one answer."""

import hashlib
import re
from collections.abc import Callable

from mosaic_core.errors import InvalidInput
from mosaic_core.idempotency.model import MOST_LISTED, Answer
from mosaic_core.lanes import Lane
from mosaic_http.call import Call

_HEADERS = (b"x-idempotency-key", b"idempotency-key")
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")


def once(call: Call, work: Callable[[], Answer], *, tells_secret: bool = False) -> Callable[[], Answer]:
    """Return the call's work as it is, or, if it came under a key, as what does it at most once."""
    key = key_of(call)
    if key is None:
        return work

    def replay_or_do() -> Answer:
        answer, call.is_replayed = call.mosaic.idempotency.once(
            call.caller.user_id, key, _fingerprint(call), work, tells_secret=tells_secret
        )
        return answer

    return replay_or_do


def key_of(call: Call) -> str | None:
    """Return the key that the call came under, or None. Raises InvalidInput for what is no key."""
    given = [call.headers[name] for name in _HEADERS if name in call.headers]
    if not all(map(_KEY.fullmatch, given)):
        raise InvalidInput("An idempotency key has 1 to 255 visible characters")
    return given[0].decode("ascii") if given else None


def kept_answer(call: Call) -> Answer | None:
    """Return what the call was answered with before, None if it was not, or came under no key.

    For work that begins beforehand. Raises IdempotencyMismatch if the key came with another request.
    """
    key = key_of(call)
    if key is None:
        return None
    return call.mosaic.idempotency.kept(call.caller.user_id, key, _fingerprint(call))


def lane_under_key(call: Call) -> Lane | None:
    """Return the lane of what writes nothing but its own answer, and that only under a key."""
    return None if key_of(call) is None else Lane.WRITE


def most_listed(call: Call) -> int | None:
    """Return how many bytes of a list the answer may have; None, no limit, where it is not kept."""
    return None if key_of(call) is None else MOST_LISTED


def _fingerprint(call: Call) -> str:
    """Return what tells the request from others."""
    said = hashlib.sha256(f"{call.scope['method']} {call.scope['path']}\n".encode())
    said.update(call.fingerprint)
    return said.hexdigest()
