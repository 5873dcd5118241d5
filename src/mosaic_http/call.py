"""One request on its way to a use case."""

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import BinaryIO, TypeVar

from attrs import define, field
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from mosaic_core.accounts.model import Session
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import NotFound, TakesLong, Unauthorized
from mosaic_core.lanes import Lane, Party
from mosaic_core.streams.model import Ticket
from mosaic_core.validators import LARGEST_ID
from mosaic_http.addresses import counted
from mosaic_http.helpers import Helpers
from mosaic_http.leaving import unless_left
from mosaic_http.parameters import Parameter
from mosaic_http.query import Query, parsed
from mosaic_http.services import Services

T = TypeVar("T")


@define(eq=False)
class Call:
    """What an operation needs of a request: who calls, what they ask, and the use cases.

    `headers` holds the last of each name, in lower case. `session` is None for somebody who is not signed in;
    `by_cookie` says that a cookie told it, `ticket` is the one that did. `fingerprint` tells the request's
    body from others.
    `total` is how many items the list has of which a part is answered. `cleanups` are brief, and run once the
    answer is there. `writes_much` says that its writes are long ones. `at_end_of_body` is awaited once the
    whole body has come.
    """

    scope: Scope
    _receive: Receive
    services: Services
    headers: dict[bytes, bytes] = field(init=False)
    session: Session | None = field(init=False, default=None)
    by_cookie: bool = field(init=False, default=False)
    ticket: Ticket | None = field(init=False, default=None)
    fingerprint: bytes = field(init=False, default=b"")
    cleanups: list[Callable[[], None]] = field(init=False, factory=list)
    is_replayed: bool = field(init=False, default=False)
    total: int | None = field(init=False, default=None)
    writes_much: bool = field(init=False, default=False)
    at_end_of_body: Callable[["Call"], Awaitable[None]] | None = field(init=False, default=None)

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
    def network(self) -> str:
        """The client's network: its IPv4 address, or the IPv6 network that one client has."""
        client = self.scope.get("client")
        return counted(client[0] if client else "", self.services.settings.rate_limit_ipv6_prefix)

    @property
    def party(self) -> str:
        """Whose calls are limited together and take turns with others': a user's, else a network's."""
        return f"address:{self.network}" if self.session is None else f"user:{self.session.caller.user_id}"

    @property
    def request(self) -> Request:
        """The request as Starlette sees it."""
        return Request(self.scope, self.receive)

    @property
    def query(self) -> Query:
        """What the query string asks for."""
        return parsed(self.scope["query_string"])

    async def receive(self) -> Message:
        """Return the next message from the client: a part of the body, or that it has left."""
        message = await self._receive()
        is_end = message["type"] == "http.request" and not message.get("more_body", False)
        if is_end and self.at_end_of_body is not None:
            await self.at_end_of_body(self)
        return message

    def header(self, parameter: Parameter[T]) -> T:
        """Return the value of the header, its default where there is none."""
        given = self.headers.get(parameter.name.lower().encode("latin-1"))
        return parameter.default if given is None else parameter.read(given.decode("latin-1"))

    def path_id(self) -> int:
        """Return the id in the path."""
        number = int(self.scope["path_params"]["id"])
        if number > LARGEST_ID:
            raise NotFound("There is no such id")
        return number

    async def run(self, lane: Lane, use_case: Callable[[], T]) -> T:
        """Run a use case in a lane on behalf of the caller's party."""
        lanes = self.services.mosaic.lanes
        if lane is Lane.READ and lanes.reads_at_once:
            try:
                return lanes.read_at_once(use_case)
            except TakesLong:
                lane = Lane.LONG_READ
        if lane is not Lane.WRITE:
            return await lanes.run(lane, use_case, Party(self.party))
        if self.writes_much:
            lane = Lane.LONG_WRITE
        with self.services.pace.writing():
            return await lanes.run(lane, use_case, Party(self.party))

    async def hash(self, use_case: Callable[[], T], *, name: str = "") -> T:
        """Run what hashes a password, for that name within the caller's party.

        A network from which logins have failed is in doubt. Whoever is signed in is not.
        """
        doubts = self.mosaic.sessions.brake.doubts
        is_doubted = partial(doubts, self.network) if self.session is None else None
        return await self.mosaic.lanes.run(Lane.HASHING, use_case, Party(self.party, name, is_doubted))

    def helpers(self, lane: Lane) -> Helpers:
        """Return who does work in that lane's threads: what is brief is done by this process itself."""
        return self.services.helpers if lane is Lane.HEAVY else self.services.own_help

    async def read(self, lane: Lane, work: Callable[..., T], file: BinaryIO, *arguments: object) -> T:
        """Return what the work (see heavy.py) makes of the body.

        Heavy work is given up if the client leaves.
        """
        if lane is not Lane.HEAVY:
            return await self.run(lane, partial(self.services.own_help.do, work, file, *arguments))
        has_left = threading.Event()
        do = partial(self.services.helpers.do, work, file, *arguments, is_given_up=has_left.is_set)
        return await unless_left(self.receive, self.run(lane, do), has_left.set)
