"""Which nights must be computed again together.

Of sessions that overlap in time one counts (see `daily.counted`). So what a new session changes may decide
about a session that it overlaps, this about the next, and so on: sessions that overlap form a chain, and a
chain may lead over many days, though it hardly ever leads over more than two. The days of a chain are always
computed together. They are found from the days that were touched, by looking for what overlaps them until
nothing more is found.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from mosaic_core.wearables.ports import CanonicalRepository
from mosaic_core.wearables.rows import SleepSession
from mosaic_core.wearables.spans import Days, Span, runs, span_of


@frozen
class Nights:
    """A row of days, their sessions, each with its source's id, and a span that holds them.

    No session of another day overlaps the span.
    """

    days: Days
    span: Span
    sessions: Sequence[tuple[int, SleepSession]]

    def hold(self, days: Days, span: Span) -> bool:
        """Return whether the days and the span are among these."""
        return (
            self.days[0] <= days[0]
            and days[1] <= self.days[1]
            and self.span[0] <= span[0]
            and span[1] <= self.span[1]
        )


def linked_nights(
    repository: CanonicalRepository, user_id: int, touched: Mapping[dt.date, Span]
) -> Iterator[Nights]:
    """Yield the nights that were touched and all that chains of sessions link to them, in order of days.

    `touched` has for each day the time that its changed sessions take, those included that are gone now. A
    night comes once, unless a chain leads back to days that have passed already.
    """
    nights: Nights | None = None
    for days in runs(touched):
        span = span_of(touched, days)
        if nights is None or not nights.hold(days, span):
            nights = _grown(repository, user_id, days, span)
            yield nights


def _grown(repository: CanonicalRepository, user_id: int, days: Days, span: Span) -> Nights:
    """Let the days grow until no session of another day overlaps them.

    At each step the row at least doubles towards what was found, so that a chain over n days takes about
    log2(n) steps.
    """
    first, last = days
    while True:
        sessions = repository.sessions(user_id, first, last)
        span = (
            min([span[0], *(session.start for _, session in sessions)]),
            max([span[1], *(session.end for _, session in sessions)]),
        )
        found = repository.session_days_crossing(user_id, *span)
        earliest, latest = min([first, *found]), max([last, *found])
        if (earliest, latest) == (first, last):
            return Nights((first, last), span, sessions)
        reach = latest - earliest
        first = first if earliest == first else earliest - reach
        last = last if latest == last else latest + reach
