"""One request on its way to a use case."""

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from attrs import AttrsInstance, define, field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from mosaic_core.accounts.model import Session
from mosaic_core.app import Mosaic
from mosaic_core.calendar import parse_day
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput, InvalidQuery, NotFound, Unauthorized
from mosaic_core.idempotency.model import Answer
from mosaic_core.paging import Page
from mosaic_http.codec import encode, structure
from mosaic_http.errors import BadRequest, InvalidJson, UnsupportedMediaType

if TYPE_CHECKING:
    from mosaic_http.services import Services

T = TypeVar("T", bound=AttrsInstance)

_LARGEST = 2**63 - 1
_BEYOND = 2**62
"""Larger than any offset that has rows; a limit can still be added to it."""
_WHOLE = re.compile(r"\d+", re.ASCII)
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_IDEMPOTENCY_HEADERS = (b"x-idempotency-key", b"idempotency-key")


@define(eq=False)
class Call:
    """What a route needs of a request: who calls, what they say, and the use cases.

    `headers` holds the last of each name, in lower case.
    """

    scope: Scope
    receive: Receive
    services: "Services"
    session: Session | None = None
    headers: dict[bytes, bytes] = field(init=False)
    _query: Mapping[str, str] | None = field(init=False, default=None)
    _body: bytes = field(init=False, default=b"")

    def __attrs_post_init__(self) -> None:
        self.headers = dict(self.scope["headers"])

    @property
    def mosaic(self) -> Mosaic:
        """The use cases."""
        return self.services.mosaic

    @property
    def caller(self) -> Caller:
        """On whose behalf to act."""
        return self.presented.caller

    @property
    def presented(self) -> Session:
        """The session whose token was presented."""
        if self.session is None:
            raise Unauthorized("A token is needed")
        return self.session

    @property
    def request(self) -> Request:
        """The request as Starlette sees it."""
        return Request(self.scope, self.receive)

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters, the last of each; an empty one counts as not given."""
        if self._query is None:
            self._query = _parsed_query(self.scope["query_string"])
        return self._query

    def page(self, default: int, most: int, *, all_allowed: bool = False) -> Page:
        """Return the asked page; a limit above the maximum is cut to it."""
        offset = self._whole("offset", 0, 0)
        if all_allowed and self.query.get("limit") == "all":
            return Page(None, offset)
        return Page(min(self._whole("limit", default, 1), most), offset)

    def day(self, name: str = "date") -> dt.date | None:
        """Return the day that a parameter names, or None."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            return parse_day(text)
        except ValueError as error:
            raise InvalidQuery(f"{name} {error}", {"parameter": name}) from None

    def whole(self, name: str) -> int | None:
        """Return the whole number that a parameter gives, or None."""
        return self._whole(name, 0, 0) if name in self.query else None

    def path_id(self) -> int:
        """Return the id in the path."""
        number = int(self.scope["path_params"]["id"])
        if number > _LARGEST:
            raise NotFound("There is no such id")
        return number

    async def body(self) -> bytes:
        """Return the whole body of a request that says it is JSON."""
        kind = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != b"application/json":
            raise UnsupportedMediaType("The content type must be application/json")
        self._body = await _whole_body(self.receive)
        return self._body

    async def object(self) -> dict[str, Any]:
        """Return the JSON object in the body."""
        return json_object(await self.body())

    async def command(self, kind: type[T]) -> T:
        """Return the command that the JSON object in the body states."""
        return structure(await self.object(), kind)

    async def write(self, work: Callable[[], Answer], fingerprint: bytes | None = None) -> Response:
        """Run a write and answer with what it returns; under an idempotency key, at most once.

        `fingerprint` tells this body from others; left out, the JSON that was read does.
        """
        key = self._idempotency_key()
        if key is None:
            return answered(await self.mosaic.lanes.write(work))
        sha = hashlib.sha256(f"{self.scope['method']} {self.scope['path']}\n".encode())
        sha.update(self._body if fingerprint is None else fingerprint)
        answer, replayed = await self.mosaic.lanes.write(
            lambda: self.mosaic.idempotency.once(self.caller.user_id, key, sha.hexdigest(), work)
        )
        return answered(answer, {"Idempotency-Replayed": "true"} if replayed else None)

    def _idempotency_key(self) -> str | None:
        given = next((self.headers[name] for name in _IDEMPOTENCY_HEADERS if name in self.headers), None)
        if given is None:
            return None
        if not _KEY.fullmatch(given):
            raise InvalidInput("An idempotency key has 1 to 255 visible characters")
        return given.decode("ascii")

    def _whole(self, name: str, default: int, least: int) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not _WHOLE.fullmatch(text) or (number := int(text.lstrip("0")[:20] or 0)) < least:
            raise InvalidQuery(f"{name} must be a whole number, at least {least}", {"parameter": name})
        return min(number, _BEYOND)


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    is_whole = False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        is_whole = not message.get("more_body", False)
    return b"".join(parts)


@lru_cache(maxsize=512)
def _parsed_query(text: bytes) -> Mapping[str, str]:
    """Return the parameters; what clients ask again and again is parsed once."""
    try:
        return dict(parse_qsl(text.decode("latin-1"), errors="strict", max_num_fields=100))
    except ValueError:
        raise InvalidQuery("The query cannot be read") from None


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the bytes."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.ValidationError:
        raise InvalidInput("The body holds a number that is not finite") from None
    except (ValueError, RecursionError):
        raise BadRequest("The body is no JSON") from None
    if not isinstance(value, dict):
        raise InvalidJson("The body must be a JSON object")
    return value


def answered(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    """Return the response that an answer amounts to."""
    return Response(answer.body, answer.status, headers, "application/json")


def say(message: str, status: int = 200, **more: object) -> Answer:
    """Return an answer that says something to a person."""
    return Answer(status, encode({"message": message, **more}))


def json_response(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Return a successful response with ready JSON."""
    return Response(body, 200, headers, "application/json")


def same_secret(one: bytes, other: bytes) -> bool:
    """Compare two secrets in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one, other)
