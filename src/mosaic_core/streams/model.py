"""What a camera is: where it is, and how one gets in."""

import re
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional

from mosaic_core.validators import fail, line, require_line

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


def camera_address(_: object, attribute: "Attribute[Any]", value: str) -> None:
    """Require an address that a camera can have."""
    _at(attribute.name, value)


_credential = line(0, LONGEST_CREDENTIAL)


@frozen(kw_only=True)
class CameraWanted:
    """A camera as a person names it; the username and password count before those in the address."""

    url: str = field(validator=camera_address, repr=False)
    username: str | None = field(default=None, validator=optional(_credential), repr=False)
    password: str | None = field(default=None, validator=optional(_credential), repr=False)


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
    def parse(cls, wanted: CameraWanted) -> "CameraAddress":
        """Return the address that a person means."""
        found = _at("url", wanted.url)
        return evolve(
            found,
            username=found.username if wanted.username is None else wanted.username,
            password=found.password if wanted.password is None else wanted.password,
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


def _at(name: str, url: str) -> CameraAddress:
    """Return the parts of an address. Raises InvalidInput, with the name of the field, if it is none."""
    parts, port = _split(name, url)
    username, _, password = map(unquote, parts.netloc.rpartition("@")[0].partition(":"))
    for one in (username, password):
        if len(one) > LONGEST_CREDENTIAL:
            raise fail(name, f"must have a user and a password of at most {LONGEST_CREDENTIAL} characters")
        require_line(name, one)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return CameraAddress(
        scheme=parts.scheme,
        host=_host(name, parts.hostname or ""),
        port=port or _PORTS[parts.scheme],
        target=quote(target, safe=_WRITTEN),
        username=username,
        password=password,
    )


def _split(name: str, url: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an address, and its port."""
    if len(url) > LONGEST_URL or _UNSEEN.search(url):
        raise fail(name, f"must have at most {LONGEST_URL} characters and no white space")
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS:
            raise fail(name, "must begin with rtsp:// or rtsps://")
        if parts.netloc and "@" in url.partition(parts.netloc)[2]:
            raise fail(name, _ENCODED)
        port = parts.port
    except ValueError:
        raise fail(name, "is no address") from None
    if port == 0:
        raise fail(name, "has a port that is none")
    return parts, port


def _host(name: str, host: str) -> str:
    """Return the host as it is looked up."""
    try:
        found = (host if host.isascii() else host.encode("idna").decode("ascii")).rstrip(".")
    except UnicodeError:
        found = ""
    if not _HOST.fullmatch(found):
        raise fail(name, "must name a host")
    return found
