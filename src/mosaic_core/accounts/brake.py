"""Slowing down the guessing of passwords."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

from attrs import define, field, frozen

from mosaic_core.accounts.model import LONGEST_USERNAME
from mosaic_core.clock import Clock
from mosaic_core.texts import name_key

_FREE_FAILURES = 10
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
_MEMORY_SECONDS = 900.0
_NAMES = 10_000


@frozen
class Attempt:
    """One try at a password, which may be checked from that moment of the monotonic clock on."""

    not_before: float


@define(eq=False)
class _Tries:
    """The tries under one name since its last success: numbers not yet given, and when the last one began."""

    begun: float
    numbers: Iterator[int] = field(factory=lambda: count(0))


class LoginBrake:
    """Counts the login attempts under each name, known or not, that no success followed; in this process.

    An attempt counts from its beginning, so that many at once are slowed like many in a row. Ten are free.
    The next must wait half a second, and each further one twice as long, up to 8 s. Waiting is all: the right
    password is always let in, so that nobody can lock an owner out. A success, or a quarter of an hour
    without an attempt, ends it.

    It remembers at most 10,000 names, each cut to the longest that an account can have. Threads may share it:
    each step is a single operation on a dictionary or a counter, which the interpreter does not interrupt.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def begin(self, username: str) -> Attempt:
        """Count an attempt, and say when it may be checked."""
        now = self._clock.monotonic()
        return Attempt(now + _delay(self._number(_key(username), now)))

    def succeeded(self, username: str) -> None:
        """Forget the attempts under that name."""
        self._tries.pop(_key(username), None)

    def names(self) -> list[str]:
        """Return the names it remembers, those tried longest ago first."""
        return list(self._tries)

    def _number(self, key: str, now: float) -> int:
        """Return how many attempts came before this one."""
        tries = self._tries.setdefault(key, _Tries(now))
        if now - tries.begun >= _MEMORY_SECONDS:
            tries.numbers = count(0)
        tries.begun = now
        with suppress(KeyError):  # another thread has just forgotten it
            self._tries.move_to_end(key)
        if len(self._tries) > _NAMES:
            self._tries.popitem(last=False)
        return next(tries.numbers)


def _key(username: str) -> str:
    return name_key(username[:LONGEST_USERNAME])


def _delay(earlier: int) -> float:
    excess = earlier - _FREE_FAILURES
    if excess < 0:
        return 0.0
    return min(_FIRST_DELAY * 2.0 ** min(excess, 10), _LONGEST_DELAY)
