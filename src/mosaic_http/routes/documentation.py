"""The OpenAPI document over HTTP, and a page that shows it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mosaic_core.errors import NotFound
from mosaic_core.lanes import Lane
from mosaic_http.call import Call
from mosaic_http.documentation import MEDIA_TYPES, PAGE, page_file, sent
from mosaic_http.operation import JSON, Header, Operation, Reply
from mosaic_http.parameters import Parameter
from mosaic_http.published import Published

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load and ask: this server alone, and no script that stands in the page."""

_PAGE_HEADERS = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
_FILE_HEADERS = {"Cache-Control": "public, max-age=3600"}
_NAME = Parameter(
    "filename",
    "A file of the page",
    str,
    "",
    {"enum": [name for name in MEDIA_TYPES if name != PAGE]},
    "page.js",
)
_POLICY_TOLD = Header("Content-Security-Policy", "What the page may load", {"type": "string"}, _POLICY)


async def make_document(call: Call) -> Published:
    """Return the document, made in a thread if this is the first time."""
    document = call.services.openapi
    return await call.run(Lane.BRIEF, document.make) if document.made is None else document.made


def openapi(call: Call, document: Published) -> Response:
    """Show the OpenAPI document."""
    return sent(call, document, JSON, {})


def docs(call: Call) -> Response:
    """Show a page for people that reads the OpenAPI document."""
    return sent(call, page_file(PAGE), MEDIA_TYPES[PAGE], _PAGE_HEADERS)


def docs_file(call: Call) -> Response:
    """Send a file of the page."""
    name = call.scope["path_params"][_NAME.name]
    if name not in _NAME.schema["enum"]:
        raise NotFound("There is no such file")
    return sent(call, page_file(name), MEDIA_TYPES[name], _FILE_HEADERS)


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/openapi.json": {
        "GET": Operation(
            openapi,
            lane=None,
            prepare=make_document,
            public=True,
            answers={200: Reply(dict[str, Any], "The OpenAPI 3.1 document")},
        ),
    },
    "/docs": {
        "GET": Operation(
            docs,
            lane=None,
            public=True,
            answers={200: Reply(str, "The page", media=(MEDIA_TYPES[PAGE],), headers=(_POLICY_TOLD,))},
        ),
    },
    "/docs/{filename}": {
        "GET": Operation(
            docs_file,
            lane=None,
            public=True,
            path=(_NAME,),
            answers={
                200: Reply(
                    str, "The file", media=("text/javascript; charset=utf-8", "text/css; charset=utf-8")
                ),
            },
            errors=(NotFound,),
        ),
    },
}
