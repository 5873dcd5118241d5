"""What one method of a path does, takes and answers, for the endpoint that serves it and for the document."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import AttrsInstance, Factory, field, frozen
from starlette.responses import Response

from mosaic_core.accounts.model import Session
from mosaic_core.entries.model import Meeting
from mosaic_core.errors import InvalidQuery, MosaicError
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import READ, WRITE
from mosaic_http.auth import authenticate
from mosaic_http.call import Call
from mosaic_http.parameters import Paging, Parameter, Schema
from mosaic_http.query import Query

Handler = Callable[..., Answer | Response]
"""`handler(call)`, or `handler(call, said)` where an operation takes or prepares something."""
Prepare = Callable[..., Awaitable[Any]]
"""`prepare(call)`, or `prepare(call, said)` where an operation takes something."""
Admit = Callable[[Call], Awaitable[Session]]
"""Says whose request it is, or raises."""
LaneOf = Callable[[Call], Lane | None]
"""Says by what is asked for, not by what is stored, where that runs."""

Meets = Callable[[Call, Any], Meeting]
"""Says of what the operation takes where an entry is to be written."""

LOGIN = "login"
"""The scope of what no personal access token opens: it would outlive the token, or end its owner's say."""

JSON = "application/json"

_PASSED_OVER = frozenset({"api_key", "_"})
"""What proxies and web pages add to any query: a key of their own, and a number against caches."""

_LONGEST_TOLD = 80


@frozen
class Header:
    """A header of an answer."""

    name: str
    about: str
    schema: Schema
    example: object
    is_required: bool = True


ATTACHMENT = Header(
    "Content-Disposition",
    "The name of the file",
    {"type": "string"},
    'attachment; filename="mosaic-export-20260102-030405.csv"',
)


TOTAL = Header("X-Total-Count", "How many items the whole list has", {"type": "integer", "minimum": 0}, 3)


@frozen
class Reply:
    """An answer that is no error: the type of its body, which is a file where that is `bytes`.

    `texts` are the media types of texts that can be asked for instead.
    """

    body: Any
    about: str = "As asked"
    media: tuple[str, ...] = field(default=(JSON,), kw_only=True)
    headers: tuple[Header, ...] = field(default=(), kw_only=True)
    texts: tuple[str, ...] = field(default=(), kw_only=True)


@frozen
class Form:
    """A multipart form with a `file` of these media types, and what may stand beside it."""

    about: str
    media: tuple[str, ...]
    example: str
    fields: tuple[Parameter[Any], ...] = ()


@frozen
class JsonFile:
    """JSON that is read as a file; the items of these lists are judged alone, and are best of these types."""

    kind: Any
    lists: Mapping[str, Any]


def _names(operation: "Operation") -> Mapping[str, str]:
    """Return the query parameters by their names, and by those that other programs give them."""
    parameters = operation.parameters
    others = {name: one.name for one in parameters for name in one.also}
    return {**others, **{one.name: one.name for one in parameters}}


@frozen
class Operation:
    """What one method of a path does, where, and all that a client can know of it.

    The `handler` parses what is left to parse, calls one use case and answers; all of it runs in the `lane`,
    which may depend on the call, or, where it calls no use case, on the event loop. It is handed the command
    that the JSON body states, of the type that it `takes`; or, where more must happen before (a form to read,
    a wait, work in another lane), what the coroutine `prepare` returns, which is handed that command. The
    first line of its docstring is the summary of the operation, the rest the description.

    `scope` is what a personal access token needs for it: left out, `read` for GET and `write` for the rest.
    A `public` one wants neither API key nor token; of the others `admit` says who calls. `limit` names its
    rate limit. An `upload` may be larger than other bodies. In the lane for writes, an idempotency key gives
    it one effect and one answer, unless it is not `repeatable`: it ends what the key belongs to, there is no
    user to whom the key could belong, or it sees to that itself. Where the answer `tells_secret`, it is kept
    sealed. Where it writes one entry, it `meets` what is there.

    `answers` has what it answers by status. A parameter that `query` does not have is refused. `path` tells
    of the parameters in the path but the id, `headers` of those that the handler looks at, and `body` of one
    that `prepare` reads by itself. `errors` are those that not every operation of the kind
    can meet with (`mosaic_http.openapi` knows these).

    What each request asks is known beforehand: `has_body` says whether it reads the request's body,
    `wants_more` whether the handler is handed more than the call.
    """

    handler: Handler
    lane: Lane | LaneOf | None = field(kw_only=True)
    answers: Mapping[int, Reply] = field(kw_only=True)
    takes: type[AttrsInstance] | None = field(default=None, kw_only=True)
    prepare: Prepare | None = field(default=None, kw_only=True)
    scope: str | None = field(default=None, kw_only=True)
    public: bool = field(default=False, kw_only=True)
    admit: Admit = field(default=authenticate, kw_only=True)
    limit: str | None = field(default=None, kw_only=True)
    upload: bool = field(default=False, kw_only=True)
    repeatable: bool = field(default=True, kw_only=True)
    tells_secret: bool = field(default=False, kw_only=True)
    meets: Meets | None = field(default=None, kw_only=True)
    query: tuple[Parameter[Any] | Paging, ...] = field(default=(), kw_only=True)
    headers: tuple[Parameter[Any], ...] = field(default=(), kw_only=True)
    path: tuple[Parameter[Any], ...] = field(default=(), kw_only=True)
    body: Form | JsonFile | None = field(default=None, kw_only=True)
    errors: tuple[type[MosaicError], ...] = field(default=(), kw_only=True)
    has_body: bool = field(
        init=False, default=Factory(lambda self: self.takes is not None or self.body is not None, True)
    )
    wants_more: bool = field(
        init=False, default=Factory(lambda self: self.takes is not None or self.prepare is not None, True)
    )
    _known: frozenset[str] = field(
        init=False, default=Factory(lambda self: self._all_known(), takes_self=True)
    )

    @property
    def parameters(self) -> list[Parameter[Any]]:
        """Return the query parameters one by one."""
        pages = ((one.limit, one.offset) if isinstance(one, Paging) else (one,) for one in self.query)
        return [one for page in pages for one in page]

    def scope_of(self, method: str) -> str:
        """Return the scope that a personal access token needs, where the method is that one."""
        return self.scope or (READ if method == "GET" else WRITE)

    def refuse_unknown(self, query: Query) -> None:
        """Raise InvalidQuery, naming the nearest parameter, if the query has one that is not known here."""
        if query.names <= self._known:
            return
        name = min(query.names - self._known)[:_LONGEST_TOLD]
        names = _names(self)
        near = difflib.get_close_matches(name.lower(), names, 1, cutoff=0.0)
        if not near:
            raise InvalidQuery("This path takes no query parameters", {"parameter": name, "nearest": None})
        nearest = names[near[0]]
        known = ", ".join(one.name for one in self.parameters)
        raise InvalidQuery(
            f"There is no parameter {name} here; the nearest is {nearest}, and all are: {known}",
            {"parameter": name, "nearest": nearest},
        )

    def _all_known(self) -> frozenset[str]:
        return _PASSED_OVER | {one.name for one in self.parameters}
