"""What the workers of a server count, each for itself and all together."""

import pytest
from attrs import define, field

from mosaic_http.shared_memory import NUMBERS_BYTES, SharedMemory
from mosaic_http.traffic import BOUNDS, STATUSES, Gathering, Traffic
from support import FixedClock

PATHS = ["/", "/entries/{id:int}"]


class Place(SharedMemory):
    """Memory of which one part is free."""

    def __init__(self, parts: list[memoryview], free: int) -> None:
        self.parts = parts
        self._free = free

    def take(self) -> memoryview:
        """Return the free part."""
        return self.parts[self._free]


@define
class Server:
    """Workers that share numbers."""

    clock: FixedClock = field(factory=FixedClock)
    parts: list[memoryview] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.parts = [memoryview(bytearray(NUMBERS_BYTES)) for _ in range(3)]

    def worker(self, place: int, **gathered: float) -> Traffic:
        gathering = Gathering(("total",), ("state",), lambda: gathered)
        return Traffic(self.clock, PATHS, Place(self.parts, place), gathering)


@pytest.fixture
def server() -> Server:
    return Server()


def test_every_worker_tells_what_all_have_answered(server: Server) -> None:
    one, two = server.worker(0), server.worker(1)
    for _ in range(3):
        one.count("/", "GET", 200, 0.002)
    two.count("/", "GET", 200, 0.002)
    two.count("/", "GET", 503, 20.0)
    for worker in (one, two):
        (counts,) = worker.routes()
        assert (counts.route, counts.method, counts.count) == ("/", "GET", 5)
        assert counts.statuses == {200: 4, 503: 1}
        assert counts.seconds == pytest.approx(20.008)
        assert counts.durations[BOUNDS.index(0.0025)] == 4
        assert counts.durations[-1] == 1
        assert (counts.failed(4), counts.failed(5)) == (0, 1)


def test_a_duration_belongs_to_the_class_that_ends_with_it(server: Server) -> None:
    worker = server.worker(0)
    worker.count("/", "GET", 200, BOUNDS[3])
    (counts,) = worker.routes()
    assert counts.durations[3] == 1


def test_routes_are_told_by_their_templates_and_the_unknown_as_one(server: Server) -> None:
    worker = server.worker(0)
    worker.count("/entries/{id:int}", "GET", 200, 0.1)
    worker.count("", "GET", 404, 0.1)
    for method in ("PROPFIND", "MKCOL"):
        worker.count("", method, 405, 0.1)
    worker.count("/", "GET", 299, 0.1)
    found = {(one.route, one.method): dict(one.statuses) for one in worker.routes()}
    assert found == {
        ("/", "GET"): {STATUSES[-1]: 1},
        ("/entries/{id}", "GET"): {200: 1},
        ("unknown", "GET"): {404: 1},
        ("unknown", "unknown"): {405: 2},
    }


def test_made_up_methods_take_no_memory(server: Server) -> None:
    worker = server.worker(0)
    worker.count("", "GET", 404, 0.1)
    before = len(worker._places)  # noqa: SLF001  # what could grow
    for number in range(100):
        worker.count("", f"M{number}", 404, 0.1)
    assert len(worker._places) == before  # noqa: SLF001  # the same


def test_whoever_takes_the_place_of_a_worker_goes_on_with_its_numbers(server: Server) -> None:
    other, dead = server.worker(1, total=5, state=1), server.worker(0, total=7, state=2)
    dead.count("/", "GET", 500, 0.1)
    dead.beat()
    assert other.gathered() == {"total": 12, "state": 3}
    server.clock.advance(seconds=6)
    assert other.gathered() == {"total": 12, "state": 1}
    assert other.workers == 1
    heir = server.worker(0, total=1)
    heir.count("/", "GET", 500, 0.1)
    assert (other.gathered(), other.workers) == ({"total": 13, "state": 1}, 2)
    assert next(other.routes()).count == 2
    assert heir.last_minute() == other.last_minute() == (2, 2)
    assert heir.uptime == 6.0
    assert heir.started_at == other.started_at


def test_the_last_minute_is_that_of_all_workers(server: Server) -> None:
    one, two = server.worker(0), server.worker(1)
    one.count("/", "GET", 200, 0.1)
    two.count("/", "GET", 500, 0.1)
    for _ in range(2):
        one.beat()
        two.beat()
        assert (one.last_minute(), two.last_minute()) == ((2, 1), (2, 1))
        server.clock.advance(seconds=30)
    one.count("/", "GET", 200, 0.1)
    one.beat()
    assert two.last_minute() == (1, 0)
    server.clock.advance(seconds=60)
    assert two.last_minute() == (0, 0)


def test_a_worker_that_came_later_knows_the_last_minute_too(server: Server) -> None:
    one = server.worker(0)
    one.count("/", "GET", 500, 0.1)
    one.beat()
    server.clock.advance(seconds=20)
    late = server.worker(1)
    assert late.last_minute() == one.last_minute() == (1, 1)
    server.clock.advance(seconds=60)
    assert late.last_minute() == (0, 0)


def test_nothing_was_counted_before_the_first_request(server: Server) -> None:
    worker = server.worker(0)
    assert (worker.last_update, worker.last_minute(), [*worker.routes()]) == (None, (0, 0), [])


def test_more_numbers_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        Gathering(tuple(map(str, range(300))), (), dict)
