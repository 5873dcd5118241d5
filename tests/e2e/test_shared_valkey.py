"""Two real servers over one PostgreSQL and one Valkey: what they share, and that they can do without."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from attrs import define, field

from support_postgresql import drop, new_database
from support_server import PASSWORD, Client, Server, patiently, run
from support_servers import Servers, at, together
from support_valkey import Valkey, valkey

pytestmark = pytest.mark.postgresql

HUSH = "hush-Kolibri-2210"
WRITERS = 4


@define
class Both:
    """The two servers, and the Valkey between them."""

    valkey: Valkey
    pair: tuple[Server, Server]

    @property
    def ada(self) -> tuple[Client, Client]:
        """The same person at each server."""
        ada = self.pair[0].anyone.logged_in("ada")
        return ada, at(self.pair[1], ada)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder, url = tmp_path_factory.mktemp("both"), new_database()
    with ExitStack() as stack:
        (folder / "valkey").mkdir()
        server = stack.enter_context(valkey(folder / "valkey", HUSH))
        servers = Servers(folder, url, stack)
        start = partial(
            servers.start,
            cache_url=f"redis://:{HUSH}@127.0.0.1:{server.port}",
            rate_limits="add_activity=20/60,login=1000/60,register=1000/60,add_entry=100000/60",
        )
        made = Both(server, (start("one"), start("other")))
        made.pair[0].anyone.registered("ada")
        yield made
    drop(url)


@pytest.fixture(autouse=True)
def known(both: Both) -> None:
    """Let both servers know that Valkey is there."""
    become_known(both)


def become_known(both: Both) -> None:
    for server in both.pair:
        become(server, cache_ok=True)


def become(server: Server, *, cache_ok: bool) -> None:
    """Wait until the server says so; it is well in any case."""
    for _ in patiently():
        told = server.anyone.get("/healthz").went(200).json
        assert told["db_ok"]
        if told["cache_ok"] is cache_ok:
            return
    raise AssertionError(told)


def unanswered(both: Both) -> list[str]:
    """Return what each server tells of questions that Valkey did not answer."""
    told = [server.anyone.get("/metrics").went(200).body.decode().splitlines() for server in both.pair]
    return [line for lines in told for line in lines if line.startswith("mosaic_commons_unanswered_total ")]


def undisturbed(both: Both) -> Iterator[str]:
    """Yield a new name, and another if the machine was so busy meanwhile that Valkey seemed to be away."""
    for number in count():
        before = unanswered(both)
        yield f"person{number}-{time.monotonic_ns()}"
        if unanswered(both) == before:
            return
        become_known(both)


def test_limits_add_up_over_both_servers(both: Both) -> None:
    said = {"category": "Health", "frequency_per_day": 1, "frequency_per_week": 7}
    for name in undisturbed(both):
        person = both.pair[0].anyone.registered(name)
        pair = [at(server, person) for server in both.pair]
        works = [
            partial(who.post, "/add_activity", {**said, "name": f"a{number}-{who.port}"})
            for number in range(20)
            for who in pair
        ]
        told = [answer.status for answer in together(*works)]
        refused = [who.post("/add_activity", said) for who in pair]
    assert (told.count(201), told.count(429)) == (20, 20)
    for answer in refused:
        answer.failed(429, "too_many_requests")
        assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60


def test_failed_logins_add_up_over_both_servers(both: Both) -> None:
    for name in undisturbed(both):
        both.pair[0].anyone.registered(name)
        wrong = {"username": name, "password": "wrong password"}
        for number in range(11):
            both.pair[number % 2].anyone.post("/login", wrong).failed(401, "invalid_credentials")
        begun = time.monotonic()
        both.pair[1].anyone.post("/login", wrong).failed(401, "invalid_credentials")
        took = time.monotonic() - begun
    assert took > 0.9  # the second wait; each server has seen six failures at most


def hits(both: Both) -> int:
    with both.valkey.client() as seen:
        return int(seen.info("stats")["keyspace_hits"])


def test_what_one_server_has_computed_while_nobody_wrote_the_other_shows_until_somebody_does(
    both: Both,
) -> None:
    here, there = both.ada
    here.add_entry("Run", value=1)
    for day in patient_days():
        before = hits(both)
        told = here.get(f"/stats/progress?date={day}").went(200).json
        assert there.get(f"/stats/progress?date={day}").went(200).json == told
        if hits(both) > before:
            break
    there.add_entry("Read", day, value=1).went(201)
    for who in (here, there):
        assert who.get(f"/stats/progress?date={day}").went(200).json != told


def patient_days() -> Iterator[str]:
    """Yield a day again and again that nobody has asked for."""
    days = (dt.date(2026, 1, 2) + dt.timedelta(days=number) for number in count())
    for _, day in zip(patiently(), days, strict=False):
        yield day.isoformat()


@define
class Load:
    """People who write at one server and read at the other, all the time, and want what they wrote."""

    both: Both
    asked: int = 0
    is_over: threading.Event = field(factory=threading.Event)

    def live(self, number: int) -> None:
        person = self.both.pair[number % 2].anyone.registered(f"person{number}-{time.monotonic_ns()}")
        turn = 0
        while not self.is_over.is_set() or turn < 10:
            turn += 1
            here, there = (at(self.both.pair[(number + turn + side) % 2], person) for side in range(2))
            assert here.add_entry("Run", value=turn).status in {200, 201}
            for who in (there, here):
                today = who.get("/today?date=2026-01-02").went(200).json
                agenda = who.get("/agenda?date=2026-01-02").went(200).json["items"]
                progress = who.get("/stats/progress?date=2026-01-02").went(200).json
                assert [row["value"] for row in today] == [row["value"] for row in agenda] == [turn], turn
                assert sum(one["count"] for one in progress["activity_distribution"]) == 1
            self.asked += 7


@pytest.mark.parametrize("ending", ["killed", "frozen"])
def test_its_loss_under_load_fails_no_request_shows_nothing_stale_and_ends_by_itself(
    both: Both, ending: str
) -> None:
    load = Load(both)
    with ThreadPoolExecutor(WRITERS) as pool:
        living = [pool.submit(load.live, number) for number in range(WRITERS)]
        for is_there in (False, True):
            if ending == "killed":
                (both.valkey.start if is_there else both.valkey.kill)()
            else:
                (both.valkey.thaw if is_there else both.valkey.freeze)()
            asked = load.asked
            for server in both.pair:
                become(server, cache_ok=is_there)
            for _ in patiently():
                if load.asked > asked + 60 or any(one.done() for one in living):
                    break
        load.is_over.set()
        for one in living:
            one.result()
    for server in both.pair:
        assert "Traceback" not in server.log
        assert " gives no answer" in server.log
        assert " answers again" in server.log


def test_nothing_tells_its_password(both: Both, tmp_path: Path) -> None:
    one = both.pair[0]
    for number in range(3):
        one.anyone.post("/login", {"username": f"x{number}", "password": "wrong"})
    config = run(tmp_path, "config", **one.environment)
    assert f"redis://:********@127.0.0.1:{both.valkey.port}" in config.stdout
    admin = one.anyone.logged_in("ada", PASSWORD)
    told = [config.stdout, config.stderr, one.log, one.output, both.pair[1].log]
    told += [admin.get(path).went(200).body.decode() for path in ("/metrics", "/logs/runtime", "/healthz")]
    told += [Path(f"/proc/{server.pid}/cmdline").read_text() for server in both.pair]
    assert not [text for text in told if HUSH in text]
