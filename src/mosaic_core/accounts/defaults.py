"""What accounts use in a program where nobody logs in: no passwords and no tokens."""

from mosaic_core.accounts.model import Claims
from mosaic_core.accounts.ports import Passwords, Tokens
from mosaic_core.errors import Forbidden, Unauthorized


class NoPasswords(Passwords):
    """Hashes nothing, and no password is right."""

    def hash(self, password: str) -> str:  # noqa: ARG002  # the port's
        """Return what no password has as its hash."""
        return ""

    def verify(self, password_hash: str | None, password: str) -> bool:  # noqa: ARG002  # the port's
        """Return False."""
        return False


class NoTokens(Tokens):
    """Gives no tokens and knows none."""

    def issue(self, claims: Claims) -> str:  # noqa: ARG002  # the port's
        """Raise Forbidden."""
        raise Forbidden("This Mosaic gives no tokens")

    def read(self, token: str) -> Claims:  # noqa: ARG002  # the port's
        """Raise Unauthorized."""
        raise Unauthorized("The token is not valid")

    def new_id(self) -> str:
        """Raise Forbidden."""
        raise Forbidden("This Mosaic gives no tokens")

    def new_secret(self) -> str:
        """Raise Forbidden."""
        raise Forbidden("This Mosaic gives no tokens")
