"""What webhooks use in a program that reaches no network."""

from collections.abc import Mapping

from mosaic_core.errors import Forbidden
from mosaic_core.webhooks.ports import Sender

_REFUSED = "This Mosaic sends nothing"


class NoSender(Sender):
    """Sends nothing."""

    def require_allowed(self, url: str, *, anywhere: bool) -> None:  # noqa: ARG002  # the port's
        """Raise Forbidden."""
        raise Forbidden(_REFUSED)

    def send(self, url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> str | None:  # noqa: ARG002  # the port's
        """Return that nothing is sent."""
        return _REFUSED
