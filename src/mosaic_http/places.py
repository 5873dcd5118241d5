"""Places for what many may want at once and few can have."""

from collections import Counter

from mosaic_core.errors import ServiceUnavailable, TooManyRequests

PER_USER = 4
"""Tabs and devices of one person that export everything at the same time."""

COMMON = 32
"""As long as no more are taken, a person may have several."""

IN_ALL = 128
"""Each costs a file handle, of which a process has 1,024 by default, and up to 128 KiB of memory."""

_SECONDS = 5


class Places:
    """The places of this process. Beyond the common ones, only who has none yet gets one.

    So those who take as many as they may leave places for everybody else.
    """

    def __init__(self, per_user: int = PER_USER, common: int = COMMON, in_all: int = IN_ALL) -> None:
        self._per_user = per_user
        self._common = common
        self._in_all = in_all
        self._taken: Counter[int] = Counter()

    def take(self, user_id: int) -> None:
        """Take a place, which `give_back` frees.

        Raises TooManyRequests if the user has all that one may have, ServiceUnavailable if none is left.
        """
        own, all_taken = self._taken[user_id], self._taken.total()
        if own >= self._per_user:
            raise TooManyRequests(
                f"There are {own} exports of yours under way; read them first",
                {"retry_after": _SECONDS, "limit": self._per_user},
            )
        if all_taken >= (self._common if own else self._in_all):
            raise ServiceUnavailable("Too many exports are under way", {"retry_after": _SECONDS})
        self._taken[user_id] += 1

    def give_back(self, user_id: int) -> None:
        """Free a place of the user's."""
        self._taken[user_id] -= 1
        if not self._taken[user_id]:
            del self._taken[user_id]
