"""The id that each request has in its answer and in the log."""

import re
import secrets
from collections.abc import Iterator
from itertools import count

from starlette.types import Scope

_GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def given_id(scope: Scope) -> bytes | None:
    """Return the id that the client gave its request, if it is one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value):
            given: bytes = value
            return given
    return None


def request_ids() -> Iterator[bytes]:
    """Yield ids that no other process yields; nobody needs to be unable to guess them."""
    process = secrets.token_hex(6)
    return (f"{process}-{number:x}".encode() for number in count(1))


def lone_id() -> str:
    """Return an id for the answer to what is no request."""
    return secrets.token_hex(8)
