"""The files of the page that shows the OpenAPI document, and how both are sent."""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from importlib.resources import files

from starlette.responses import Response

from mosaic_http.call import Call
from mosaic_http.export_files import FileResponse, SentFile
from mosaic_http.published import Published

PAGE = "index.html"
MEDIA_TYPES: Mapping[str, str] = {
    PAGE: "text/html; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
"""The files of the page."""

_PIECE = 64 * 2**10
_REFUSED = frozenset({b"gzip;q=0", b"gzip;q=0.0", b"gzip;q=0.00", b"gzip;q=0.000"})


@cache
def page_file(name: str) -> Published:
    """Return a file of the page; what others wrote is kept compressed."""
    folder = files("mosaic_http") / "docs_page"
    packed = folder / f"{name}.gz"
    if packed.is_file():
        return Published.unpacked(packed.read_bytes())
    return Published.of((folder / name).read_bytes())


def sent(call: Call, published: Published, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return the response that sends it, compressed to those who take that."""
    told = {**headers, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if not _takes_gzip(call):
        return FileResponse(_InMemory(published.plain), told, media_type)
    return FileResponse(_InMemory(published.packed), {**told, "Content-Encoding": "gzip"}, media_type)


class _InMemory(SentFile):
    """A text that all who ask for it share, and that each gets at their own pace."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = content

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield it in pieces."""
        for at in range(0, self.size, _PIECE):
            yield self._content[at : at + _PIECE]

    def close(self) -> None:
        """Keep it: it is everybody's."""


def _takes_gzip(call: Call) -> bool:
    given = call.headers.get(b"accept-encoding", b"").lower().replace(b" ", b"").split(b",")
    return any(one.startswith(b"gzip") and one not in _REFUSED for one in given)
