"""The rows of the table: what each one measures, and what it has to reach."""

import datetime as dt
import itertools
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

import orjson

import apple
import backups
import cameras
import floors
import health
import history
import imports
import load
import postgresql
import server
from floors import rate, took
from server import BenchError, Client
from setting import (
    AGENDA,
    CACHED_TODAY,
    ENTRIES,
    EXPORT,
    EXPORTED,
    LISTED,
    PROGRESS,
    TODAY,
    Bench,
    Filled,
    Read,
)

RECORDS = 10_000
STARTS = 5
LOGINS = 41
CAMERA_ROUNDS = 3


class Row(NamedTuple):
    """A line of the table."""

    work: str
    floor: str
    ours: str
    figure: str
    required: str
    aim: str
    verdict: str


def cached_today(bench: Bench) -> list[Row]:
    """Compare the same answer from a bare route, ready, and from Mosaic's cache."""
    with server.bare(bench.folder / "bare", bench.raw.today(bench.days[-1])) as bare:
        floor, ours = bench.medians(
            lambda: load.send(bare.url, "", "", seconds=bench.seconds).rate,
            lambda: bench.read(*bench.ours, CACHED_TODAY),
        )
        bench.bare_memory = bare.peak_memory()
    return [_rates("GET /today cached", floor, ours, 0.40, 0.60)]


def today(bench: Bench) -> list[Row]:
    """Join 50 activities with one day's entries."""
    return [_read(bench, TODAY, lambda number: bench.raw.today(bench.day(number)), 0.35, 0.60)]


def progress(bench: Bench) -> list[Row]:
    """Group 30 days once; Mosaic answers the whole of the statistics."""
    bench.see_misses(PROGRESS, bench.ours[1])
    return [_read(bench, PROGRESS, lambda number: bench.raw.progress(bench.day(number)), 0.60, 1.0)]


def agenda(bench: Bench) -> list[Row]:
    """Tell how 50 habits stood, beside our own Today, over two years and over ten.

    The servers run side by side, so that all meet the same weather. The first look has the past of the habits
    computed and kept, as for a person who looks each day.
    """
    with ExitStack() as stack:
        usual = bench.filled(stack, "agenda")
        older = bench.filled(stack, "older agenda", parts=history.TEN_YEARS // history.TWO_YEARS)
        for _, person in (usual, older):
            person.get(AGENDA.path)
        bench.see_misses(AGENDA, usual[1])
        base, two, ten = bench.medians(
            lambda: bench.read(*usual, TODAY),
            lambda: bench.read(*usual, AGENDA),
            lambda: bench.read(*older, AGENDA),
            rounds=2 * bench.rounds,
        )
    return [
        _rates(f"{AGENDA.work}, beside Today's", base, two, 0.5, 1.0),
        _times(f"{AGENDA.work}, ten years beside two", 1 / two, 1 / ten, 1.15, 1.05),
    ]


def habit_history(bench: Bench) -> list[Row]:
    """Tell ten years of a habit; each request begins on another day, so that no answer is a cached one."""
    with ExitStack() as stack:
        _, person = bench.filled(stack, "history", parts=history.TEN_YEARS // history.TWO_YEARS)
        person.get(AGENDA.path)
        raw = floors.RawHistory(history.rows(bench.last_day, history.TEN_YEARS))
        stack.callback(raw.close)
        first = bench.last_day - dt.timedelta(days=history.TEN_YEARS - 1)
        later = itertools.count()

        def ask() -> object:
            return person.get(f"/activities/1/history?from={first + dt.timedelta(days=next(later) % 365)}")

        floor, ours = bench.medians(lambda: took(raw.history), lambda: took(ask), rounds=LOGINS)
    return [_rates("GET /activities/{id}/history, ten years", 1 / floor, 1 / ours, 0.35, 0.60)]


def entries(bench: Bench) -> list[Row]:
    """List the newest entries, joined with their activities."""
    return [_read(bench, ENTRIES, lambda _: bench.raw.entries(LISTED), 0.35, 0.60)]


def export(bench: Bench) -> list[Row]:
    """Export the newest entries and all activities."""
    return [_read(bench, EXPORT, lambda _: bench.raw.export(EXPORTED), 0.35, 0.60)]


def add(bench: Bench) -> list[Row]:
    """Add new entries, a request each; the floor commits one at a time."""
    return [_added(bench, 8, 0.35, 0.70), _added(bench, 32, 0.50, 1.0)]


def csv_import(bench: Bench) -> list[Row]:
    """Import the two years for a person who has nothing yet, another one each round."""
    lines = list(history.rows(bench.last_day, history.TWO_YEARS))
    file = history.csv_file(lines)
    visitor = Client(bench.ours[0].port)
    persons = [visitor.account(f"importer{number}") for number in range(bench.rounds)]
    owners = iter(range(100, 100 + bench.rounds))
    newcomers = iter(persons)
    floor, ours = bench.medians(
        lambda: len(lines) / took(lambda: bench.raw.import_rows(lines, next(owners))),
        lambda: len(lines) / took(lambda: next(newcomers).upload(file)),
    )
    return [_rates("POST /import_csv, 36,550 rows (rows)", floor, ours, 0.05, 0.15)]


def large_imports(bench: Bench) -> list[Row]:
    """Tell what another person and the server feel of large imports."""
    return [
        row
        for rows in imports.SIZES
        for row in _felt(rows, imports.measure(bench.folder, rows, bench.last_day))
    ]


def wearables(bench: Bench) -> list[Row]:
    """Take in a batch of new heart rates, for another day each round."""
    person = bench.ours[1]
    batches = [_batch(bench.days[-1 - number], number) for number in range(bench.rounds)]
    raw, sent = iter(batches), iter(batches)
    floor, ours = bench.medians(
        lambda: RECORDS / took(lambda: bench.raw.ingest(next(raw))),
        lambda: RECORDS / took(lambda: person.post("/ingest/wearable/batch", next(sent))),
    )
    return [_rates("POST /ingest/wearable/batch, 10,000 (records)", floor, ours, 0.25, 0.50)]


def apple_health(bench: Bench) -> list[Row]:
    """Import an export of Apple Health by the command, beside parsing the file and no more."""
    found = apple.measure(bench.folder, bench.megabytes)
    work = f"import of Apple Health, {bench.megabytes} MB"
    return [
        _rates(f"{work} (MB)", found.floor, found.ours, 0.3, 0.5),
        _amount(f"{work}: memory", "", found.memory, "MiB", 200, 120),
    ]


def login(bench: Bench) -> list[Row]:
    """Check one password; Mosaic also signs a token and writes the audit row."""
    visitor = Client(bench.ours[0].port)
    hashing = floors.login()
    floor, ours = bench.medians(
        lambda: took(hashing), lambda: took(lambda: visitor.login("person0")), rounds=LOGINS
    )
    return [_times("POST /login", floor, ours, 1.3, 1.1)]


def backup(bench: Bench) -> list[Row]:
    """Back up the two years, read back as a whole; then a million entries."""
    ours = backups.Backups(bench.folder / "backups", bench.last_day)
    ours.ours()
    floor, zipped, made = bench.medians(ours.floor, ours.zipped, ours.ours)
    return [
        _times("backup of 36,550 entries, beside JSON, CSV and zip", floor, made, 3, 1.5),
        _times("backup of 36,550 entries, beside zipfile of its bytes", zipped, made, 3, 3),
        _amount("backup of 1,000,000 entries: memory added", "", backups.memory(bench), "MiB", 100, 50),
    ]


def tenfold(bench: Bench) -> list[Row]:
    """Compare each read over the two years, ten times that of one person, and that of ten persons."""
    with ExitStack() as stack:
        return _tenfold(bench, stack, lambda _: "")


def over_postgresql(bench: Bench) -> list[Row]:
    """Compare a bare app that works in threads with Mosaic over the same PostgreSQL."""
    with ExitStack() as stack:
        url = stack.enter_context(postgresql.databases(bench.folder / "postgresql"))("mosaic")
        ours = bench.filled(stack, "over-postgresql", database_url=url)
        threads = stack.enter_context(postgresql.threads(bench.folder / "threads", url)), ours[1]
        found = [
            bench.medians(lambda: bench.read(*threads, TODAY), lambda: bench.read(*ours, CACHED_TODAY)),
            bench.medians(lambda: bench.read(*threads, TODAY), lambda: bench.read(*ours, TODAY)),
            bench.medians(lambda: _upsert(bench, threads, 8).rate, lambda: _add(bench, ours, 8)),
        ]
        works = (CACHED_TODAY.work, TODAY.work, "POST /add_entry new, 8 clients")
        return [
            _rates(f"PostgreSQL: {work}", floor, rate, 0.35, 0.50)
            for work, (floor, rate) in zip(works, found, strict=True)
        ]


def tenfold_over_postgresql(bench: Bench) -> list[Row]:
    """Compare the same over PostgreSQL, a database for each of the three servers."""
    with ExitStack() as stack:
        new_database = stack.enter_context(postgresql.databases(bench.folder / "tenfold"))
        return [row._replace(work=f"PostgreSQL, {row.work}") for row in _tenfold(bench, stack, new_database)]


def memory(bench: Bench) -> list[Row]:
    """Tell the most that a server of this run held at any time."""
    peak = max([*bench.peaks, bench.ours[0].peak_memory()])
    floor = f"{bench.bare_memory:.0f} MiB" if bench.bare_memory else ""
    return [_amount("memory of the server, peak", floor, peak, "MiB", 120, 80)]


def camera(bench: Bench) -> list[Row]:
    """Watch a camera alone and with twenty others."""
    with cameras.watched(bench.folder / "cameras") as watched:
        costs = [watched.measure() for _ in range(CAMERA_ROUNDS)]
    viewer, ffmpeg = (statistics.median(figures) for figures in zip(*costs, strict=True))
    return [
        _amount("camera: one more viewer", "", viewer * 100, "% of a core", 1, 0.3),
        _amount("camera: ffmpeg for 21 viewers, beside one", "", ffmpeg, "times", 1.3, 1),
    ]


def healthz(bench: Bench) -> list[Row]:
    """Ask whether the server is well while others load it fully."""
    waited = health.slowest(bench.folder / "watched", bench.last_day)
    return [_amount("GET /healthz under full load, 99th percentile", "", waited * 1e3, "ms", 100, 50)]


def start(bench: Bench) -> list[Row]:
    """Tell the processor time from the start of the process to its first answer."""

    def once() -> float:
        with server.mosaic(bench.folder / "started") as running:
            return running.processor_time()

    (ours,) = bench.medians(once, rounds=STARTS)
    return [_amount("processor time to the first answer", "", ours, "s", 1.0, 0.5)]


ROWS: dict[str, Callable[[Bench], list[Row]]] = {
    "cached": cached_today,
    "today": today,
    "stats": progress,
    "agenda": agenda,
    "history": habit_history,
    "entries": entries,
    "export": export,
    "add": add,
    "import": csv_import,
    "imports": large_imports,
    "wearables": wearables,
    "apple": apple_health,
    "login": login,
    "backup": backup,
    "tenfold": tenfold,
    "postgresql": over_postgresql,
    "tenfold-postgresql": tenfold_over_postgresql,
    "camera": camera,
    "healthz": healthz,
    "memory": memory,
    "start": start,
}


def _read(bench: Bench, read: Read, work: Callable[[int], object], required: float, aim: float) -> Row:
    floor, ours = bench.medians(lambda: rate(work, bench.seconds / 2), lambda: bench.read(*bench.ours, read))
    return _rates(read.work, floor, ours, required, aim)


def _added(bench: Bench, clients: int, required: float, aim: float) -> Row:
    floor, ours = bench.medians(
        lambda: rate(
            lambda _: bench.raw.add_entry(history.older(bench.first_day, next(bench.older))),
            bench.seconds / 2,
        ),
        lambda: _add(bench, bench.ours, clients),
    )
    return _rates(f"POST /add_entry new, {clients} clients", floor, ours, required, aim)


def _add(bench: Bench, filled: Filled, clients: int) -> float:
    """Load the server with new entries for one round; see that it kept every one it acknowledged."""
    person = filled[1]
    before = _kept(person)
    told = _upsert(bench, filled, clients)
    if (kept := _kept(person) - before) < told.requests:
        raise BenchError(f"{told.requests} entries were acknowledged as new, {kept} were kept")
    return told.rate


def _upsert(bench: Bench, filled: Filled, clients: int) -> load.Load:
    """Load the server with new entries for one round."""
    running, person = filled
    added = f"added at {running.port}"
    script = load.new_entries(bench.first_day, bench.sent[added])
    told = load.send(running.url, person.token, script, seconds=bench.seconds, connections=clients)
    bench.sent[added] += told.requests + load.SLACK
    return told


def _kept(person: Client) -> int:
    return int(person.header("/export/json?limit=1", "X-Total-Entries"))


def _batch(day: str, number: int) -> bytes:
    start = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    records = [
        {
            "type": "heart_rate",
            "start": (start + dt.timedelta(seconds=8 * place)).isoformat(),
            "fields": {"bpm": 50 + place % 100},
            "dedupe_key": f"{number}-{place}",
        }
        for place in range(RECORDS)
    ]
    return orjson.dumps({"source_app": "bench", "device_id": "watch", "tz": "UTC", "records": records})


def _tenfold(bench: Bench, stack: ExitStack, url_of: Callable[[str], str]) -> list[Row]:
    """Compare three servers, which run side by side, so that all meet the same weather."""
    usual = bench.filled(stack, "usual", database_url=url_of("usual"))
    of_one = bench.filled(stack, "one", parts=10, database_url=url_of("one"))
    of_ten = bench.filled(stack, "ten", persons=10, database_url=url_of("ten"))
    return [
        row
        for read in (CACHED_TODAY, TODAY, PROGRESS, ENTRIES, EXPORT)
        for row in _flatness(bench, read, usual, of_one, of_ten)
    ]


def _flatness(bench: Bench, read: Read, usual: Filled, of_one: Filled, of_ten: Filled) -> list[Row]:
    base, one, ten = bench.medians(
        lambda: bench.read(*usual, read),
        lambda: bench.read(*of_one, read),
        lambda: bench.read(*of_ten, read),
        rounds=2 * bench.rounds,  # a difference of a few percent drowns in the noise of fewer
    )
    required = 1.5 if read is PROGRESS else 1.15
    return [
        _times(f"ten times the history, {whose}: {read.work}", 1 / base, 1 / found, required, 1.05)
        for whose, found in (("one person", one), ("ten persons", ten))
    ]


def _felt(rows: int, felt: imports.Felt) -> list[Row]:
    work = f"import of {rows:,} rows"
    wait = 1.0 if rows < 100_000 else 5.0
    return [
        _amount(f"{work}: POST /add_entry of another at most", "", felt.adding, "s", wait, wait / 2),
        _amount(f"{work}: GET /today of another at most", "", felt.today * 1e3, "ms", 250, 50),
        _amount(f"{work}: stall of the event loop", "", felt.stall * 1e3, "ms", 50, 20),
        _amount(f"{work}: memory above idle", "", felt.memory, "MiB", 150, 100),
        Row(f"{work}: rows", "", f"{felt.rate:,.0f}/s", "", "", "", ""),
    ]


def _rates(work: str, floor: float, ours: float, required: float, aim: float) -> Row:
    ratio = ours / floor
    verdict = "ok" if ratio >= required else "short"
    return Row(work, f"{floor:,.0f}/s", f"{ours:,.0f}/s", f"{ratio:.2f}", f"{required}", f"{aim}", verdict)


def _times(work: str, floor: float, ours: float, most: float, aim: float) -> Row:
    ratio = ours / floor
    verdict = "ok" if ratio <= most else "short"
    return Row(
        work,
        f"{floor * 1e3:,.2f} ms",
        f"{ours * 1e3:,.2f} ms",
        f"{ratio:.2f}",
        f"at most {most}",
        f"{aim}",
        verdict,
    )


def _amount(work: str, floor: str, ours: float, unit: str, most: float, aim: float) -> Row:
    verdict = "ok" if ours <= most else "short"
    return Row(work, floor, f"{ours:.3g} {unit}", "", f"at most {most:g} {unit}", f"{aim:g} {unit}", verdict)
