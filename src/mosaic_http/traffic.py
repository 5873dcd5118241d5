"""What the server has answered: counted where a request ends, and read over all workers."""

import datetime as dt
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import frozen

from mosaic_core.clock import Clock
from mosaic_http.errors import STATUS
from mosaic_http.shared_memory import SharedMemory

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""The upper ends, in seconds, of the classes by which requests are counted; what took longer is one more."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNKNOWN = "unknown"
"""What every path is called that there is not, and every method: clients can invent any number."""
LEFT = 0
"""The status of a request whose client left before there was an answer."""
STATUSES = (*sorted({LEFT, 200, 201, 204, 206, 304, 416, *STATUS.values()}), 599)
"""The last stands for any that is not listed."""

_WINDOW = 60
_ALIVE_SECONDS = 5.0
"""A worker says every second that it is there, unless its event loop stands still."""
_BRACES = re.compile(r"\{(\w+)(?::\w+)?\}")

_IS_USED, _STARTED, _STARTED_AT, _BEAT, _UPDATED, _ANSWERS, _FAILURES = range(7)
_GATHERED = 16
"""Here begin the numbers that other parts of the program count by themselves."""
_SECONDS = 256
"""Here begin the seconds of the last minute: of each its number, from 1, and the answers before it."""
_ROUTES = 512
"""Here begin the numbers of the routes."""

Gather = Callable[[], Mapping[str, float]]


@frozen
class RouteCounts:
    """What came to a method of a route: how long all that took, and how many by duration and by status."""

    route: str
    method: str
    seconds: float
    durations: tuple[int, ...]
    statuses: Mapping[int, int]

    @property
    def count(self) -> int:
        """How many requests there were."""
        return sum(self.durations)

    def failed(self, hundreds: int) -> int:
        """Return how many had a status of those hundreds."""
        return sum(number for status, number in self.statuses.items() if status // 100 == hundreds)


class Traffic:
    """Counts requests, and keeps what other parts count where all workers see it.

    `totals` and `states` name what `gather` returns: totals only grow, and what a worker that has ended
    counted stays; of states only those of living workers count.
    """

    def __init__(
        self,
        clock: Clock,
        paths: Iterable[str],
        memory: SharedMemory,
        gathering: "Gathering | None" = None,
    ) -> None:
        self._clock = clock
        self._numbers = memory.take().cast("d")
        self._memory = memory
        self._every = [part.cast("d") for part in memory.parts]
        self._gathering = gathering or Gathering((), (), dict)
        self._layout = _Layout([*paths, ""])
        self._places: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._second = -1
        self._seconds = self._remembered()
        self._before = self._numbers[_GATHERED:_SECONDS].tolist()
        self._answers, self._failures = self._numbers[_ANSWERS], self._numbers[_FAILURES]
        if not self._numbers[_IS_USED]:
            self._numbers[_STARTED] = clock.monotonic()
            self._numbers[_STARTED_AT] = clock.now().timestamp()
            self._numbers[_IS_USED] = 1
        self.beat()

    def count(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has ended; the path is a route's, or empty."""
        now = int(self._clock.monotonic())
        if now != self._second:
            self._turn(now)
        try:
            by_status, times = self._places[path, method, status]
        except KeyError:
            by_status, times = self._placed(path, method, status)
        numbers = self._numbers
        numbers[by_status] += 1
        numbers[times] += seconds
        numbers[times + 1 + bisect_left(BOUNDS, seconds)] += 1
        self._answers += 1
        if status >= 500:
            self._failures += 1

    def beat(self) -> None:
        """Say that this worker is there, and publish what is gathered. To be called every second."""
        self._look(int(self._clock.monotonic()))
        self._publish()
        found, numbers = self._gathering.gather(), self._numbers
        for place, name in enumerate(self._gathering.totals):
            numbers[_GATHERED + place] = self._before[place] + found.get(name, 0)
        for place, name in enumerate(self._gathering.states, len(self._gathering.totals)):
            numbers[_GATHERED + place] = found.get(name, 0)
        numbers[_BEAT] = self._clock.monotonic()

    @property
    def uptime(self) -> float:
        """Seconds since the first worker started."""
        return self._clock.monotonic() - self._first(_STARTED)

    @property
    def started_at(self) -> float:
        """When the first worker started, in Unix time."""
        return self._first(_STARTED_AT)

    @property
    def workers(self) -> int:
        """How many workers are there."""
        return len(self._living())

    @property
    def last_update(self) -> dt.datetime | None:
        """When the latest request ended, to the second."""
        latest = max(part[_UPDATED] for part in self._every)
        return dt.datetime.fromtimestamp(latest, dt.UTC) if latest else None

    def last_minute(self) -> tuple[int, int]:
        """Return how many answers the last minute saw, and how many of them were failures of the server."""
        self._look(int(self._clock.monotonic()))
        self._publish()
        _, answers, failures = self._seconds[0]
        return int(self._sum(_ANSWERS) - answers), int(self._sum(_FAILURES) - failures)

    def gathered(self) -> Mapping[str, float]:
        """Return what was gathered over all workers; this one's share is up to date."""
        self.beat()
        totals, states = self._gathering.totals, self._gathering.states
        living = self._living()
        return {
            **{name: self._sum(_GATHERED + place) for place, name in enumerate(totals)},
            **{
                name: sum(part[_GATHERED + place] for part in living)
                for place, name in enumerate(states, len(totals))
            },
        }

    def routes(self) -> Iterator[RouteCounts]:
        """Yield what came to each method of each route, as long as it was anything."""
        layout = self._layout
        parts = [part[_ROUTES : _ROUTES + layout.size].tolist() for part in self._every if part[_IS_USED]]
        for start, (route, method) in layout.names():
            seen = [part[start : start + layout.width] for part in parts]
            if any(map(any, seen)):
                yield _counts(route, method, [sum(cell) for cell in zip(*seen, strict=True)])

    def _placed(self, path: str, method: str, status: int) -> tuple[int, int]:
        """Return where such requests are counted; remember it unless clients could make up any number."""
        place = self._layout.place(path, method, status)
        if method in METHODS:
            self._places[path, method, status] = place
        return place

    def _turn(self, second: int) -> None:
        """Begin a second in which something was answered."""
        self._second = second
        self._look(second)
        self._numbers[_UPDATED] = self._clock.now().timestamp()

    def _look(self, second: int) -> None:
        """Note how much had been answered before this second, and forget what is older than a minute."""
        seconds = self._seconds
        if not seconds or seconds[-1][0] != second:
            self._publish()
            seconds.append((second, self._sum(_ANSWERS), self._sum(_FAILURES)))
            start = _SECONDS + 3 * (second % _WINDOW)
            for place, number in enumerate((second + 1, *seconds[-1][1:]), start):
                self._numbers[place] = number
            while seconds[0][0] <= second - _WINDOW:
                seconds.popleft()

    def _remembered(self) -> deque[tuple[float, float, float]]:
        """Return the seconds of the last minute that whichever worker saw the most of."""
        oldest = max(0.0, self._clock.monotonic() - _WINDOW + 1)
        each: list[list[tuple[float, float, float]]] = []
        for part in self._every:
            kept = part[_SECONDS : _SECONDS + 3 * _WINDOW].tolist()
            seconds = zip(kept[::3], kept[1::3], kept[2::3], strict=True)
            each.append(sorted((one[0] - 1, one[1], one[2]) for one in seconds if one[0] > oldest))
        most = max(each, key=len)
        return deque(most)

    def _publish(self) -> None:
        self._numbers[_ANSWERS], self._numbers[_FAILURES] = self._answers, self._failures

    def _first(self, place: int) -> float:
        return min(part[place] for part in self._every if part[_IS_USED])

    def _sum(self, place: int) -> float:
        return sum(part[place] for part in self._every)

    def _living(self) -> "list[memoryview[float]]":
        oldest = self._clock.monotonic() - _ALIVE_SECONDS
        return [part for part in self._every if part[_IS_USED] and part[_BEAT] >= oldest]


@frozen
class Gathering:
    """What other parts of the program count: the names of what grows, and of what is so now."""

    totals: tuple[str, ...]
    states: tuple[str, ...]
    gather: Gather

    def __attrs_post_init__(self) -> None:
        if len(self.totals) + len(self.states) > _SECONDS - _GATHERED:
            raise ValueError("there is no room for so many numbers")


class _Layout:
    """Where the numbers of a method of a route lie: their seconds, then by duration, then by status."""

    width = 2 + len(BOUNDS) + len(STATUSES)

    def __init__(self, paths: list[str]) -> None:
        self._methods = [*METHODS, UNKNOWN]
        self._paths = {path: number for number, path in enumerate(paths)}
        self.size = len(paths) * len(self._methods) * self.width

    def place(self, path: str, method: str, status: int) -> tuple[int, int]:
        """Return where a status is counted, and where the seconds are that the durations follow."""
        known = method if method in METHODS else UNKNOWN
        number = self._paths[path] * len(self._methods) + self._methods.index(known)
        times = _ROUTES + number * self.width
        column = STATUSES.index(status if status in STATUSES else STATUSES[-1])
        return times + 2 + len(BOUNDS) + column, times

    def names(self) -> Iterator[tuple[int, tuple[str, str]]]:
        """Yield where the numbers of each begin among those of the routes, and the route and method."""
        names = ((path, method) for path in self._paths for method in self._methods)
        for number, (path, method) in enumerate(names):
            yield number * self.width, (_BRACES.sub(r"{\1}", path) or UNKNOWN, method)


def _counts(route: str, method: str, cells: list[float]) -> RouteCounts:
    durations = cells[1 : 2 + len(BOUNDS)]
    statuses = zip(STATUSES, cells[2 + len(BOUNDS) :], strict=True)
    return RouteCounts(
        route,
        method,
        cells[0],
        tuple(map(int, durations)),
        {status: int(number) for status, number in statuses if number},
    )
