"""How one gets in at a camera: HTTP's Digest and Basic (RFC 7616, RFC 7617), which RTSP has taken over."""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence

from attrs import frozen

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "sha-256": hashlib.sha256,
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False),
}
"""Those that a camera may ask for, the best first. MD5 is what nearly all of them ask for."""


@frozen
class _Challenge:
    """One way in: a Digest with its parameters, or, without an algorithm, Basic."""

    algorithm: str
    realm: str = ""
    nonce: str = ""
    opaque: str | None = None
    has_qop: bool = False


class Login:
    """Proves to one camera who is there. The password itself is only sent where nothing else is taken."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._challenge: _Challenge | None = None
        self._count = 0

    def take(self, challenges: Sequence[str]) -> bool:
        """Take the best of the camera's challenges; return whether there is one that can be met."""
        known = [one for text in challenges if (one := _read(text)) is not None]
        if not known or not (self._username or self._password):
            return False
        self._challenge = min(known, key=lambda one: [*_HASHES, ""].index(one.algorithm))
        self._count = 0
        return True

    def header(self, method: str, uri: str) -> str | None:
        """Return the Authorization header for a request, None as long as the camera has not asked."""
        challenge = self._challenge
        if challenge is None:
            return None
        if not challenge.algorithm:
            return "Basic " + b64encode(f"{self._username}:{self._password}".encode()).decode("ascii")
        return self._digest(challenge, method, uri)

    def _digest(self, challenge: _Challenge, method: str, uri: str) -> str:
        def hashed(*parts: str) -> str:
            return _HASHES[challenge.algorithm](":".join(parts).encode()).hexdigest()

        who = hashed(self._username, challenge.realm, self._password)
        what = hashed(method, uri)
        told = {
            "username": self._username,
            "realm": challenge.realm,
            "nonce": challenge.nonce,
            "uri": uri,
        }
        bare = "algorithm=" + challenge.algorithm.upper()
        if challenge.has_qop:
            self._count += 1
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            told |= {"cnonce": own, "response": hashed(who, challenge.nonce, count, own, "auth", what)}
            bare += f", qop=auth, nc={count}"
        else:
            told["response"] = hashed(who, challenge.nonce, what)
        if challenge.opaque is not None:
            told["opaque"] = challenge.opaque
        return "Digest " + ", ".join([*(f'{name}="{_quoted(text)}"' for name, text in told.items()), bare])


def _read(text: str) -> _Challenge | None:
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() == "basic":
        return _Challenge("")
    if scheme.lower() != "digest":
        return None
    found = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
        for name, quoted, bare in _PARAMETER.findall(rest)
    }
    algorithm = found.get("algorithm", "md5").lower()
    ways = {one.strip().lower() for one in found.get("qop", "").split(",") if one.strip()}
    if algorithm not in _HASHES or "nonce" not in found or (ways and "auth" not in ways):
        return None
    return _Challenge(algorithm, found.get("realm", ""), found["nonce"], found.get("opaque"), bool(ways))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
