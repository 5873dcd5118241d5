"""One request on its way to a use case."""

from collections.abc import Callable
from typing import TypeVar

from attrs import define, field
from starlette.requests import Request
from starlette.types import Receive, Scope

from mosaic_core.accounts.model import Session
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import NotFound, Unauthorized
from mosaic_core.lanes import Lane
from mosaic_http.addresses import counted
from mosaic_http.query import Query, parsed
from mosaic_http.services import Services

T = TypeVar("T")

_LARGEST_ID = 2**63 - 1


@define(eq=False)
class Call:
    """What an operation needs of a request: who calls, what they ask, and the use cases.

    `headers` holds the last of each name, in lower case. `session` is None for somebody who is not signed in;
    `by_cookie` says that a cookie told it. `fingerprint` tells the request's body from others.
    `cleanups` are brief, and run once the answer is there. `writes_much` says that its writes are long ones.
    """

    scope: Scope
    receive: Receive
    services: Services
    headers: dict[bytes, bytes] = field(init=False)
    session: Session | None = field(init=False, default=None)
    by_cookie: bool = field(init=False, default=False)
    fingerprint: bytes = field(init=False, default=b"")
    cleanups: list[Callable[[], None]] = field(init=False, factory=list)
    is_replayed: bool = field(init=False, default=False)
    writes_much: bool = field(init=False, default=False)

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

    def path_id(self) -> int:
        """Return the id in the path."""
        number = int(self.scope["path_params"]["id"])
        if number > _LARGEST_ID:
            raise NotFound("There is no such id")
        return number

    async def run(self, lane: Lane, use_case: Callable[[], T], *, name: str = "") -> T:
        """Run a use case in a lane on behalf of the caller's party, and of that name within it."""
        if lane is not Lane.WRITE:
            return await self.services.mosaic.lanes.run(lane, use_case, party=self.party, name=name)
        if self.writes_much:
            lane = Lane.LONG_WRITE
        with self.services.pace.writing():
            return await self.services.mosaic.lanes.run(lane, use_case, party=self.party, name=name)
