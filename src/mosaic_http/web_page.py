"""The files of the web page, as they are sent.

Every file but the page itself and its service worker lies under a version, which is a hash of all of them. So
browsers keep files for ever, and never mix those of two versions. What is seen first, and its style, stand in
the page itself: a browser paints it without asking for anything else.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from attrs import frozen

from mosaic_http.codec import encode
from mosaic_http.published import Published

INDEX = "index.html"
WORKER = "service-worker.js"
LIST = "files.json"
"""The names of all files of a version, for the service worker to fetch."""

MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
"""What is sent, by the end of its name. Whatever else lies in the folder is for those who work on it."""

_BESIDE = frozenset({"jsconfig.json"})
_START = "main.js"
_STYLE = "styles/base.css"
_STYLE_PLACE, _VERSION, _MODULES = "{{style}}", "{{version}}", "<!-- modules -->"
_COMMENT = re.compile(rb"^[ \t]*(?://.*?|/\*\*(?:(?!\*/).)*\*/)$", re.DOTALL | re.MULTILINE)
"""One that has its lines to itself."""
_IMPORT = re.compile(r'\bfrom ?"(\.[^"]+)"')


@frozen
class PageFile:
    """A file of the page, and its tag, which changes with it."""

    content: Published
    media_type: str
    tag: str

    @classmethod
    def of(cls, name: str, content: bytes) -> "PageFile":
        """Return the file of that name."""
        digest = hashlib.sha256(content).hexdigest()[:16]
        return cls(Published.of(content), MEDIA_TYPES[_end(name)], f'W/"{digest}"')


@cache
def version() -> str:
    """Return the version of the files: a hash of all names and contents."""
    said = hashlib.sha256()
    for name, content in sorted(_sources().items()):
        said.update(f"{name}\0{len(content)}\0".encode() + content)
    return said.hexdigest()[:12]


@cache
def index() -> PageFile:
    """Return the page. It names all modules that it starts with: none waits for another to name it."""
    text = _sources()[INDEX].decode()
    links = "\n    ".join(
        f'<link rel="modulepreload" href="app/{version()}/{name}">' for name in modules_of(_START)
    )
    named = text.replace(_MODULES, links).replace(_VERSION, version())
    return PageFile.of(INDEX, named.replace(_STYLE_PLACE, _sources()[_STYLE].decode()).encode())


@cache
def style_source() -> str:
    """Return what a Content-Security-Policy calls the style that stands in the page."""
    digest = hashlib.sha256(_sources()[_STYLE]).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def worker() -> PageFile:
    """Return the service worker, which names the version whose files it keeps."""
    return PageFile.of(WORKER, _sources()[WORKER].decode().replace(_VERSION, version()).encode())


def page_file(name: str) -> PageFile | None:
    """Return a file of the version, None if there is no such file. Names of none are not remembered."""
    return _made(name) if name in _listed() or name == LIST else None


@cache
def _made(name: str) -> PageFile:
    content = encode(sorted(_listed())) if name == LIST else _sources()[name]
    return PageFile.of(name, content)


@cache
def _listed() -> frozenset[str]:
    """Return the names of the files of a version."""
    return frozenset(_sources().keys() - {INDEX, WORKER, _STYLE})


def modules_of(name: str) -> list[str]:
    """Return a module and all that it imports at once, its own imports after it."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop(0)
        if module in found:
            continue
        found[module] = None
        imported = _IMPORT.findall(_sources()[module].decode())
        waiting += [_beside(module, path) for path in imported]
    return [*found]


@cache
def _sources() -> Mapping[str, bytes]:
    """Return all files that are sent, by their paths."""
    return dict(_read(files("mosaic_http") / "page", ""))


def _read(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        name = f"{prefix}{one.name}"
        if one.is_dir():
            yield from _read(one, f"{name}/")
        elif _end(name) in MEDIA_TYPES and name not in _BESIDE:
            content = one.read_bytes()
            yield name, _bare(content) if _end(name) == "js" and not prefix.startswith("vendor/") else content


def _bare(script: bytes) -> bytes:
    """Return a script of ours without its comments, a quarter of it; every line keeps its number."""
    return _COMMENT.sub(lambda found: b"\n" * found[0].count(b"\n"), script)


def _beside(module: str, path: str) -> str:
    """Return the name of the file that a module imports by a relative path."""
    parts = module.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _end(name: str) -> str:
    return name.rpartition(".")[2]
