"""The web page over HTTP: its files, and what it must know before it can do anything else."""

from collections.abc import Mapping
from functools import cache
from typing import TypedDict

from starlette.responses import Response

from mosaic_core.errors import Forbidden, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import show
from mosaic_http.call import Call
from mosaic_http.documentation import sent
from mosaic_http.operation import LOGIN, Header, Operation, Reply
from mosaic_http.parameters import Parameter
from mosaic_http.routes.accounts import Account, shown
from mosaic_http.web_page import (
    MEDIA_TYPES,
    WORKER,
    PageFile,
    index,
    page_file,
    style_source,
    version,
    worker,
)

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
    " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load and ask: this server alone; what stands in the page itself is not run."""

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASKED_AGAIN = {"Cache-Control": "no-cache"}
_WORKER_HEADERS = {**_ASKED_AGAIN, "Service-Worker-Allowed": "../app", "Content-Security-Policy": _POLICY}
"""It serves the page, which lies above its folder."""

_NAME = Parameter(
    "filename",
    "A file of the page: the service worker, or one under the version that the page names",
    str,
    "",
    {"type": "string"},
    WORKER,
)
_POLICY_TOLD = Header("Content-Security-Policy", "What the page may load", {"type": "string"}, _POLICY)


class Greeting(TypedDict):
    """Whether nobody has an account yet, and whether anybody may make one."""

    first_account: bool
    registration_open: bool


class OwnSession(TypedDict):
    """Whose session it is, the token that writing requests by cookie carry, and how long it lasts."""

    user: Account
    csrf_token: str
    expires_in: int


def page(call: Call) -> Response:
    """Show the web page."""
    return _sent(call, index(), _page_headers())


def file(call: Call) -> Response:
    """Send a file of the page."""
    name = call.scope["path_params"][_NAME.name]
    if name == WORKER:
        return _sent(call, worker(), _WORKER_HEADERS)
    folder, _, rest = name.partition("/")
    found = page_file(rest) if folder == version() else None
    if found is None:
        raise NotFound("There is no such file")
    return _sent(call, found, _FOR_EVER)


def greeting(call: Call) -> Answer:
    """Say whether this is the first visit of all, and whether visitors may make accounts."""
    told = call.mosaic.accounts.greeting()
    return show(Greeting(first_account=told.is_first, registration_open=told.registration_open))


def own_session(call: Call) -> Answer:
    """Show a page that was loaded again what it was told when its user logged in."""
    session = call.presented
    told: OwnSession = {
        "user": shown(call, call.mosaic.accounts.profile(call.caller)),
        "csrf_token": session.csrf,
        "expires_in": max(0, session.login_ends - int(call.mosaic.clock.now().timestamp())),
    }
    return show(told)


@cache
def _page_headers() -> Mapping[str, str]:
    return {
        **_ASKED_AGAIN,
        "Content-Security-Policy": _POLICY.replace("style-src", f"style-src {style_source()}"),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }


def _sent(call: Call, found: PageFile, headers: Mapping[str, str]) -> Response:
    """Return the response that sends the file, or says that the client has it."""
    told = {**headers, "ETag": found.tag}
    if found.tag in call.headers.get(b"if-none-match", b"").decode("latin-1"):
        return Response(status_code=304, headers={**told, "Vary": "Accept-Encoding"})
    return sent(call, found.content, found.media_type, told)


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/app": {
        "GET": Operation(
            page,
            lane=None,
            public=True,
            answers={200: Reply(str, "The page", media=(MEDIA_TYPES["html"],), headers=(_POLICY_TOLD,))},
        ),
    },
    "/app/greeting": {
        "GET": Operation(greeting, lane=Lane.READ, public=True, answers={200: Reply(Greeting)}),
    },
    "/app/session": {
        "GET": Operation(
            own_session, lane=Lane.READ, scope=LOGIN, answers={200: Reply(OwnSession)}, errors=(Forbidden,)
        ),
    },
    "/app/{filename:path}": {
        "GET": Operation(
            file,
            lane=None,
            public=True,
            path=(_NAME,),
            answers={200: Reply(str, "The file", media=tuple(MEDIA_TYPES.values()))},
            errors=(NotFound,),
        ),
    },
}
