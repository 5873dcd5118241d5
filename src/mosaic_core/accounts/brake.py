"""Slowing down the guessing of passwords."""

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count

from attrs import define, field

from mosaic_core.accounts.model import LONGEST_USERNAME
from mosaic_core.clock import Clock
from mosaic_core.commons import FAILURE_SECONDS, Commons, NoCommons
from mosaic_core.errors import TooManyRequests
from mosaic_core.texts import name_key

_FREE_FAILURES = 10
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
_LONGEST_DELAY_BY_OTHERS = 2.0
"""For an origin whose own attempts did not fail: owners wait no longer, whoever else tries their name, and
guessing from many places still costs a wait per guess."""
_MAY_WAIT = 4
"""At most so many attempts wait per name and origin: people try once or twice at a time, and guessing gets at
most one guess in two seconds."""
_KEYS = 10_000
"""At most so many counts of failures are kept: 10 MB at 1 kB each, with the longest names and origins."""
_ORIGINS = 10_000
_LONGEST_ORIGIN = 100

_Key = tuple[str, str | None]
"""A name and where the attempts under it come from; None for anywhere."""


@define(eq=False)
class Attempt:
    """One try at a password, to be checked no earlier than `not_before` on the monotonic clock.

    `name` is the name key of the username.
    """

    name: str
    origin: str
    not_before: float = 0.0

    @property
    def keys(self) -> tuple[_Key, _Key]:
        """The counts that the attempt belongs to: its name from its origin, and its name from anywhere."""
        return (self.name, self.origin), (self.name, None)

    @property
    def texts(self) -> Sequence[str]:
        """The keys as texts. No name has a control character."""
        return f"{self.name}\n{self.origin}", self.name


@define(eq=False)
class _Failures:
    """Failures in a row: how many, and when the last one was."""

    number: int = 0
    last: float = 0.0
    numbers: Iterator[int] = field(factory=lambda: count(1))


class LoginBrake:
    """Slows down attempts to log in after the tenth failure in a row under a name, known or not.

    An attempt counts from its beginning, so that many at once are slowed like many in a row. After ten, the
    next waits half a second, and each further one twice as long, up to 8 s. Origins (networks or addresses:
    opaque texts) are counted separately, so that attempts from elsewhere delay an owner by 2 s at most. Only
    four attempts per name and origin may wait at a time; further ones are refused and change nothing. Nobody
    is locked out: the right password is always let in after its wait. A quarter of an hour without a failure
    ends the waits, and so does a success, except for other origins that failed.

    An origin is in doubt from a failure under any name until a quarter of an hour has passed or an attempt
    from it succeeds. That delays nothing here; it is for those who decide which attempt is checked first.

    Failures are counted over all servers where the `commons` can be asked, and always in this process, whose
    own count holds while they cannot. It remembers failures for at most 10,000 names and origins, and when
    attempts failed for as many origins, each cut to a bounded length. Attempts that go on are counted in this
    process alone, and origins are in doubt by what was seen there: a flood meets every server. Threads may
    share it: each step is a single operation on a dictionary, a set or a counter, which the interpreter does
    not interrupt.
    """

    def __init__(self, clock: Clock, commons: Commons | None = None) -> None:
        self._clock = clock
        self._commons = commons or NoCommons()
        self._failures: OrderedDict[_Key, _Failures] = OrderedDict()
        self._going_on: dict[_Key, set[Attempt]] = {}
        self._failed_at: OrderedDict[str, float] = OrderedDict()

    @property
    def asks_elsewhere(self) -> bool:
        """Whether beginning an attempt may mean waiting for another machine."""
        return self._commons.is_elsewhere

    def begin(self, username: str, origin: str = "") -> Attempt:
        """Begin an attempt; it says when it may be checked, and counts until `end`.

        Raises TooManyRequests when too many attempts under that name from that origin are waiting.
        """
        attempt = Attempt(name_key(username[:LONGEST_USERNAME]), origin[:_LONGEST_ORIGIN])
        here, anywhere = (self._join(key, attempt) for key in attempt.keys)
        failed_here, failed_anywhere = self._failures_of(attempt)
        by_others = min(_delay(anywhere + failed_anywhere), _LONGEST_DELAY_BY_OTHERS)
        delay = max(_delay(here + failed_here), by_others)
        if delay and here >= _MAY_WAIT:
            self.end(attempt)
            raise TooManyRequests(
                "Too many attempts to log in under that name are waiting",
                {"retry_after": math.ceil(delay), "limit": _MAY_WAIT},
            )
        attempt.not_before = self._clock.monotonic() + delay
        return attempt

    def seconds_left(self, attempt: Attempt) -> float:
        """Return how many seconds the attempt still has to wait."""
        return max(0.0, attempt.not_before - self._clock.monotonic())

    def failed(self, attempt: Attempt) -> None:
        """Count the attempt as a failure."""
        now = self._clock.monotonic()
        for key in attempt.keys:
            failures = self._failures.setdefault(key, _Failures())
            if now - failures.last >= FAILURE_SECONDS:
                failures.numbers = count(1)
            failures.number, failures.last = next(failures.numbers), now
            with suppress(KeyError):  # another thread has just forgotten it
                self._failures.move_to_end(key)
        while len(self._failures) > _KEYS:
            self._failures.popitem(last=False)
        self._failed_at.pop(attempt.origin, None)
        self._failed_at[attempt.origin] = now
        while len(self._failed_at) > _ORIGINS:
            self._failed_at.popitem(last=False)
        self._commons.failed(attempt.texts)

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the failures of that name and origin, those of the name from anywhere, and the doubt."""
        for key in attempt.keys:
            self._failures.pop(key, None)
        self._failed_at.pop(attempt.origin, None)
        self._commons.forget_failures(attempt.texts)

    def doubts(self, origin: str) -> bool:
        """Return whether an attempt from that origin has failed lately, and none has succeeded since."""
        failed_at = self._failed_at.get(origin[:_LONGEST_ORIGIN])
        return failed_at is not None and self._clock.monotonic() - failed_at < FAILURE_SECONDS

    def end(self, attempt: Attempt) -> None:
        """Stop counting the attempt as going on; ending it twice is no error."""
        for key in attempt.keys:
            going_on = self._going_on.get(key, set())
            going_on.discard(attempt)
            if not going_on:
                self._going_on.pop(key, None)

    def names(self) -> list[str]:
        """Return the names it remembers, those that failed longest ago first."""
        return list(dict.fromkeys(name for name, _ in self._failures))

    def _join(self, key: _Key, attempt: Attempt) -> int:
        """Count the attempt as going on under the key; return how many others are."""
        going_on = self._going_on.setdefault(key, set())
        going_on.add(attempt)
        return len(going_on) - 1

    def _failures_of(self, attempt: Attempt) -> Sequence[int]:
        """Return how many attempts have failed in a row under each of the attempt's keys."""
        everywhere = self._commons.failures(attempt.texts)
        return [self._failed(key) for key in attempt.keys] if everywhere is None else everywhere

    def _failed(self, key: _Key) -> int:
        """Return how many attempts under the key have failed in a row in this process."""
        failures = self._failures.get(key)
        if failures is None or self._clock.monotonic() - failures.last >= FAILURE_SECONDS:
            return 0
        return failures.number


def _delay(earlier: int) -> float:
    excess = earlier - _FREE_FAILURES
    if excess < 0:
        return 0.0
    return min(_FIRST_DELAY * 2.0 ** min(excess, 10), _LONGEST_DELAY)
