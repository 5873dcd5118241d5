"""Plain tokens."""

from itertools import count

from mosaic_core.accounts.model import Claims
from mosaic_core.accounts.ports import Tokens
from mosaic_core.errors import Unauthorized


class NumberedTokens(Tokens):
    """Tokens `0`, `1` and so on, for tests alone: anybody can guess them, and two tests get the same ones."""

    def __init__(self) -> None:
        self.issued: list[Claims] = []
        self._ids = count()

    def issue(self, claims: Claims) -> str:
        """Return the next number as a token."""
        self.issued.append(claims)
        return str(len(self.issued) - 1)

    def new_id(self) -> str:
        """Return the next number as an id."""
        return str(next(self._ids))

    def new_secret(self) -> str:
        """Return the next number as a secret."""
        return self.new_id()

    def read(self, token: str) -> Claims:
        """Return the claims of a token that this issued; raise Unauthorized for any other."""
        if token not in map(str, range(len(self.issued))):
            raise Unauthorized("This is no token")
        return self.issued[int(token)]
