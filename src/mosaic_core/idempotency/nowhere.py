"""Where there is no secret to seal with."""

from mosaic_core.errors import Forbidden
from mosaic_core.idempotency.ports import Sealing


class NoSealing(Sealing):
    """Seals nothing and opens nothing."""

    def seal(self, text: bytes, about: bytes) -> bytes:  # noqa: ARG002  # the port's
        """Raise Forbidden."""
        raise Forbidden("This Mosaic keeps no answers that have a secret")

    def open(self, sealed: bytes, about: bytes) -> bytes | None:  # noqa: ARG002  # the port's
        """Return None."""
        return None
