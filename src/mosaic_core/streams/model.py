"""What a camera is: where it is, and how one gets in."""

import re
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urlsplit

from attrs import field, frozen

from mosaic_core.rules import fail

LONGEST_URL = 2_048
LONGEST_CREDENTIAL = 256

_PORTS = {"rtsp": 554, "rtsps": 322}
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}(%[a-z0-9._-]{1,32})?", re.ASCII)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0]|[\ud800-\udfff]")
_ENCODED = (
    "must write @ as %40 in a path, and /, ?, # as %2F, %3F, %23 in a password;"
    " or give the password by itself"
)
"""Where a password is to end cannot be told otherwise, and a part of it would be taken for the path."""
_WRITTEN = "!$&'()*+,-./:;=?@[]_~%"
"""What stays as it is in a path and its query: all that is no letter of another script."""


@frozen(kw_only=True)
class CameraWanted:
    """A camera as a person names it; the username and password count before those in the address.

    Raises InvalidInput, naming the field, for what is no address of a camera.
    """

    url: str = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        CameraAddress.parse(self)


@frozen(kw_only=True)
class CameraAddress:
    """Where a camera is, and how one gets in. `target` is the path and, behind a `?`, the query.

    Everything but the credentials and the query may be told.
    """

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, wanted: CameraWanted) -> Self:
        """Return the address that a person means. Raises InvalidInput if it is none of a camera."""
        parts, port = _split(wanted.url)
        own_name, _, own_password = parts.netloc.rpartition("@")[0].partition(":")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(
            scheme=parts.scheme,
            host=_host(parts.hostname or ""),
            port=port or _PORTS[parts.scheme],
            target=quote(target, safe=_WRITTEN),
            username=_credential("username", wanted.username, own_name),
            password=_credential("password", wanted.password, own_password),
        )

    @property
    def path(self) -> str:
        """The path alone: a query may hold secrets."""
        return self.target.partition("?")[0]


@frozen(kw_only=True)
class Camera:
    """A camera that may be opened, at addresses that were judged: nothing else is to be contacted for it.

    Two that differ in the host's spelling alone are the same.
    """

    scheme: str
    addresses: tuple[str, ...]
    port: int
    target: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    host: str = field(eq=False)


@frozen(kw_only=True)
class Ticket:
    """What a ticket stands for: the token of whoever asked for it, and one look at a camera.

    `expires_at` is in whole seconds since 1970.
    """

    id: str
    token: str = field(repr=False)
    wanted: CameraWanted
    expires_at: int


@frozen
class StreamCounts:
    """What has been streamed: cameras and viewers now, frames and restarts since the start."""

    cameras: int = 0
    viewers: int = 0
    frames: int = 0
    restarts: int = 0


def _split(url: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an address, and its port."""
    if len(url) > LONGEST_URL or _UNSEEN.search(url):
        raise fail("url", f"must have at most {LONGEST_URL} characters and no white space")
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS:
            raise fail("url", "must begin with rtsp:// or rtsps://")
        if parts.netloc and "@" in url.partition(parts.netloc)[2]:
            raise fail("url", _ENCODED)
        port = parts.port
    except ValueError:
        raise fail("url", "is no address") from None
    if port == 0:
        raise fail("url", "has a port that is none")
    return parts, port


def _host(host: str) -> str:
    """Return the host as it is looked up."""
    try:
        found = (host if host.isascii() else host.encode("idna").decode("ascii")).rstrip(".")
    except UnicodeError:
        found = ""
    if not _HOST.fullmatch(found):
        raise fail("url", "must name a host")
    return found


def _credential(name: str, given: str | None, in_url: str) -> str:
    value = unquote(in_url) if given is None else given
    if len(value) > LONGEST_CREDENTIAL:
        raise fail(name, f"must have at most {LONGEST_CREDENTIAL} characters")
    if any(character < " " or character == "\x7f" for character in value) or _has_half(value):
        raise fail(name, "must not contain control characters")
    return value


def _has_half(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)
