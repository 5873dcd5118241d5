"""What a personal access token is, and what it opens."""

import datetime as dt

from attrs import field, frozen
from attrs.validators import optional

from mosaic_core.errors import InvalidInput
from mosaic_core.texts import composed
from mosaic_core.validators import NULLABLE, aware, name, some_from

READ = "read"
WRITE = "write"
INGEST = "ingest"
ADMIN = "admin"
SCOPES = (READ, WRITE, INGEST, ADMIN)
"""What a token can open: reading, changing, sending what a wearable recorded, and what administrators do.
None includes another."""

PREFIX = "mos_"
"""What every token begins with, so that people and scanners for leaked secrets recognise one."""

MOST_TOKENS = 100
"""So many tokens one person may have: far more than anybody has devices, and a list that is read at once."""


@frozen
class PersonalToken:
    """A token as it is stored. `hash` is the SHA-256 of the token, in hexadecimal.

    A slow hash would gain nothing: the token has 256 random bits, which nobody guesses however fast each
    guess is; and it would cost every request what it is meant to cost a guess.
    """

    id: int
    user_id: int
    name: str
    scopes: tuple[str, ...]
    hash: str = field(repr=False)
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None


@frozen
class CreatedToken:
    """A new token and its text, which is told this once."""

    stored: PersonalToken
    text: str = field(repr=False)


@frozen(kw_only=True)
class NewToken:
    """What a person says of a token to be made. Without `expires_at` it lasts until it is deleted."""

    name: str = field(converter=composed, validator=name(1, 80))
    scopes: tuple[str, ...] = field(validator=some_from(*SCOPES))
    expires_at: dt.datetime | None = field(default=None, validator=optional(aware), metadata=NULLABLE)

    def require_future(self, now: dt.datetime) -> None:
        """Raise InvalidInput if the token would have ended by now."""
        if self.expires_at is not None and self.expires_at <= now:
            raise InvalidInput("expires_at must lie in the future", {"field": "expires_at"})
