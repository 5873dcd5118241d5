"""Noticing a proxy whose word does not count."""

import logging
from collections.abc import Mapping

from starlette.types import Scope

_log = logging.getLogger("mosaic.proxies")


class UnheardProxy:
    """Warns, once in the life of a process, of a proxy with TLS that is not trusted."""

    def __init__(self) -> None:
        self._has_warned = False

    def notice(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Warn if the request says that it came over TLS, and that is not believed."""
        said = headers[b"x-forwarded-proto"].strip().lower()
        if self._has_warned or said != b"https" or scope["scheme"] == "https":
            return
        self._has_warned = True
        client = scope.get("client")
        _log.warning(
            "X-Forwarded-Proto: https from %s is not believed, so cookies are not Secure, and all its clients"
            " count as one; if that is your proxy, name it in MOSAIC_TRUSTED_PROXIES",
            client[0] if client else "an unknown address",
        )
