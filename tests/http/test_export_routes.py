"""Exports over HTTP."""

import asyncio
import csv
import io
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager, closing
from typing import Any, TypeVar

import pytest
from attrs import evolve

from mosaic_core.errors import ServiceUnavailable
from mosaic_core.lanes import ANYBODY, Lane, Lanes, Party
from mosaic_http.app import create_app
from mosaic_http.places import PER_USER
from support_http import Client, Reply, Serve, Then, World
from support_postgresql import open_transactions

T = TypeVar("T")

ENTRY_COLUMNS = (
    "dataset,entry_id,date,activity,entry_description,value,note,activity_category,activity_goal,"
    "activity_type"
)
ACTIVITY_COLUMNS = (
    "dataset,activity_id,name,category,activity_type,goal,activity_description,active,frequency_per_day,"
    "frequency_per_week,deactivated_at,schedule,target,unit"
)
NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "'quoted",
    "=tab",
    "a,b",
    'say "x"',
    "line break",
    "ünï\u2028côde",
    "'=x",
]


@pytest.fixture
def world(serve: Serve) -> World:
    return serve(max_activities=3000)


@pytest.fixture
def filled(ada: Client) -> Client:
    """Somebody with five entries of three activities."""
    for name in ("Reading", "Running", "Walking"):
        ada.add_activity(name).went(201)
    for name, day in [("Reading", 1), ("Running", 1), ("Running", 2), ("Walking", 2), ("Walking", 3)]:
        ada.add_entry(name, f"2024-05-0{day}", value=day).went(201)
    return ada


def without_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without their ids and origins: what is brought in was said by an import."""
    gone = {"id", "user_id", "activity_id", "entry_id", "origin"}
    return [{name: value for name, value in row.items() if name not in gone} for row in rows]


def paging_headers(reply: Reply) -> tuple[str | None, ...]:
    return tuple(
        reply.header(name) for name in ("X-Limit", "X-Offset", "X-Total-Entries", "X-Total-Activities")
    )


@pytest.mark.parametrize(
    ("kind", "media_type"), [("json", "application/json"), ("csv", "text/csv; charset=utf-8")]
)
@pytest.mark.parametrize("query", ["", "?limit=all"])
def test_an_export_is_an_attachment_with_a_dated_name(
    filled: Client, kind: str, media_type: str, query: str
) -> None:
    reply = filled.get(f"/export/{kind}{query}").went(200)
    assert reply.header("content-type") == media_type
    name = re.fullmatch(r'attachment; filename="(.*)"', reply.header("content-disposition") or "")
    assert name is not None
    assert name[1] == f"mosaic-export-20240601-120000.{kind}"


@pytest.mark.parametrize("kind", ["json", "csv"])
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ("all", "0", "5", "3")),
        ("?limit=2&offset=1", ("2", "1", "5", "3")),
        ("?limit=5000", ("2000", "0", "5", "3")),
        ("?limit=all", ("all", "0", "5", "3")),
        ("?limit=all&offset=4", ("all", "4", "5", "3")),
        ("?limit=99999999999999999999999&offset=99999999999999999999999", ("2000", str(2**62), "5", "3")),
    ],
)
def test_the_headers_tell_the_page_and_the_totals(
    filled: Client, kind: str, query: str, told: tuple[str, ...]
) -> None:
    assert paging_headers(filled.get(f"/export/{kind}{query}").went(200)) == told


def test_a_json_export_holds_entries_activities_and_meta(filled: Client) -> None:
    export = filled.get("/export/json").went(200).json
    assert set(export) == {"entries", "activities", "meta"}
    assert [one["activity"] for one in export["entries"]] == [
        "Walking",
        "Running",
        "Walking",
        "Reading",
        "Running",
    ]
    assert [one["name"] for one in export["activities"]] == ["Reading", "Running", "Walking"]
    assert export["meta"] == {
        "entries": {"limit": "all", "offset": 0, "total": 5},
        "activities": {"limit": "all", "offset": 0, "total": 3},
    }


def test_rows_of_a_json_export_have_the_names_of_the_csv_exports_columns(ada: Client) -> None:
    target = {"kind": "at_least", "value": 5.0}
    ada.add_activity(description="outside", target=target, unit="km").went(201)
    ada.add_entry(value=1.5, note="wet").went(201)
    ada.patch("/activities/1/deactivate").went(200)
    for query in ("", "?limit=all"):
        export = ada.get(f"/export/json{query}").went(200).json
        assert export["entries"] == [
            {
                "entry_id": 1,
                "date": "2024-06-01",
                "activity": "Running",
                "entry_description": "outside",
                "value": 1.5,
                "note": "wet",
                "activity_category": "Health",
                "activity_goal": 1.0,
                "activity_type": "positive",
            }
        ]
        assert export["activities"] == [
            {
                "activity_id": 1,
                "name": "Running",
                "category": "Health",
                "activity_type": "positive",
                "goal": 1.0,
                "activity_description": "outside",
                "active": False,
                "frequency_per_day": 1,
                "frequency_per_week": 7,
                "deactivated_at": "2024-06-01",
                "schedule": None,
                "target": target,
                "unit": "km",
            }
        ]
        assert ["dataset", *export["entries"][0]] == ENTRY_COLUMNS.split(",")
        assert ["dataset", *export["activities"][0]] == ACTIVITY_COLUMNS.split(",")


def test_a_json_page_is_cut_from_entries_and_activities_alike(filled: Client) -> None:
    export = filled.get("/export/json?limit=2&offset=1").json
    assert [(one["date"], one["activity"]) for one in export["entries"]] == [
        ("2024-05-02", "Running"),
        ("2024-05-02", "Walking"),
    ]
    assert [one["name"] for one in export["activities"]] == ["Running", "Walking"]


def test_an_export_of_everything_says_so_in_its_meta(filled: Client) -> None:
    export = filled.get("/export/json?limit=all").json
    assert len(export["entries"]) == 5
    assert export["meta"]["entries"]["total"] == 5


def test_a_csv_export_has_an_entries_table_an_empty_line_and_an_activities_table(filled: Client) -> None:
    for query in ("", "?limit=all"):
        text = filled.get(f"/export/csv{query}").went(200).text
        entries, _, activities = text.partition("\r\n\r\n")
        assert entries.splitlines()[0] == ENTRY_COLUMNS
        assert activities.splitlines()[0] == ACTIVITY_COLUMNS
        assert len(entries.splitlines()) == 6
        assert len(activities.splitlines()) == 4
        assert entries.splitlines()[1] == "entries,5,2024-05-03,Walking,,3.0,,Health,1.0,positive"
        assert activities.splitlines()[1] == "activities,1,Reading,Health,positive,1.0,,1,1,7,,,,"


def test_an_empty_export_has_its_headers(ada: Client) -> None:
    assert ada.get("/export/csv?limit=all").text == f"{ENTRY_COLUMNS}\r\n\r\n{ACTIVITY_COLUMNS}\r\n"
    assert ada.get("/export/json?limit=all").json["entries"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=ALL", "limit=x", "offset=-1", "offset=all"])
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_wrong_page_is_told_before_anything_is_sent(ada: Client, kind: str, query: str) -> None:
    ada.get(f"/export/{kind}?{query}").failed("invalid_query")


def test_cells_that_a_spreadsheet_would_take_for_a_formula_are_guarded(ada: Client) -> None:
    for at, text in enumerate(NASTY):
        ada.add_entry(f"activity {at}", value=-1, note=text).went(201)
    text = ada.get("/export/csv").text.partition("\r\n\r\n")[0]
    notes = [row["note"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert not any(note[0] in "=+-@\t\r" for note in notes)
    assert "'=1+1" in notes
    assert "''quoted" in notes


def nasty(person: Client) -> None:
    """Give the person one of everything that is hard to carry through a file."""
    for at, text in enumerate(NASTY):
        person.post(
            "/add_activity",
            {
                "name": f"{text}{at}",
                "category": text.strip(),
                "description": text,
                "goal": at / 7,
                "frequency_per_day": 1 + at % 3,
                "frequency_per_week": 1 + at % 7,
                "activity_type": "negative" if at % 4 == 3 else "positive",
            },
        ).went(201)
        person.add_entry(f"{text}{at}", f"2024-05-{at + 1:02}", value=-at / 3, note=text).went(201)
    person.patch("/activities/2/deactivate").went(200)
    person.add_entry("no longer there", value=1).went(201)


@pytest.mark.parametrize("query", ["?limit=all", ""])
def test_an_export_imported_into_a_second_account_is_the_same_data(
    ada: Client, ben: Client, query: str
) -> None:
    nasty(ada)
    export = ada.get(f"/export/csv{query}").body
    summary = ben.upload(export).went(200).json["summary"]
    assert (summary["created"], summary["skipped"]) == (len(NASTY) + 1, 0)
    assert without_ids(ben.get("/entries").json) == without_ids(ada.get("/entries").json)
    there, here = ben.get("/activities?all=true").json, ada.get("/activities?all=true").json
    assert without_ids(there) == without_ids(here)
    before, after = ada.get("/export/json").json, ben.get("/export/json").json
    assert without_ids(before["entries"]) == without_ids(after["entries"])
    assert without_ids(before["activities"]) == without_ids(after["activities"])


def test_importing_ones_own_export_again_changes_nothing(ada: Client) -> None:
    nasty(ada)
    before = ada.get("/export/csv?limit=all").body
    summary = ada.upload(before).went(200).json["summary"]
    assert (summary["created"], summary["updated"]) == (0, len(NASTY) + 1)
    assert ada.get("/export/csv?limit=all").body == before


def snapshots(person: Client) -> int:
    """Return whether, or how many, snapshots of the store are open; none are known of in memory."""
    settings = person.world.settings
    if settings.in_memory:
        return 0
    if settings.in_postgresql:
        return open_transactions(settings.database_url)
    with closing(sqlite3.connect(settings.database_path)) as other:
        busy: int = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_client_that_leaves_in_the_middle_of_an_export_leaves_nothing_open(ada: Client, kind: str) -> None:
    rows = "".join(f"{2001 + n // 300}-{1 + n % 12:02}-{1 + n // 12 % 25:02},a{n},{n}\n" for n in range(2600))
    ada.upload("date,activity,value\n" + rows).went(200)
    for _ in range(10):
        ada.ask("GET", f"/export/{kind}?limit=all", body=[b"", Then.LEAVE])
    ada.add_entry().went(201)
    assert not snapshots(ada)
    ada.get(f"/export/{kind}?limit=all").went(200)


def test_everything_streams_row_by_row_in_the_same_order_as_the_pages(ada: Client) -> None:
    rows = "".join(f"{2001 + n // 300}-{1 + n % 12:02}-{1 + n // 12 % 25:02},a{n},{n}\n" for n in range(2600))
    ada.upload("date,activity,value\n" + rows).went(200)
    everything = ada.get("/export/json").json
    pages = [ada.get(f"/export/json?limit=2000&offset={offset}").json for offset in (0, 2000, 4000)]
    assert [len(page["entries"]) for page in pages] == [2000, 600, 0]
    for part in ("entries", "activities"):
        assert everything[part] == [row for page in pages for row in page[part]]
    listed = list(csv.reader(io.StringIO(ada.get("/export/csv?limit=all").text, newline="")))
    assert len(listed) == 2 * 2601 + 1


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_an_export_of_everything_tells_its_length(filled: Client, kind: str) -> None:
    reply = filled.get(f"/export/{kind}?limit=all").went(200)
    assert reply.header("content-length") == str(len(reply.body))


@pytest.mark.parametrize("query", ["limit=all", "limit=2"])
def test_head_tells_of_an_export_what_get_tells(filled: Client, query: str) -> None:
    told = filled.get(f"/export/json?{query}").went(200)
    reply = filled.ask("HEAD", f"/export/json?{query}").went(200)
    assert paging_headers(reply) == paging_headers(told)
    assert reply.header("content-length") == told.header("content-length")


@asynccontextmanager
async def slow_readers(person: Client, number: int) -> AsyncIterator[list[MutableMapping[str, Any]]]:
    """Ask for so many exports of everything, and take nothing of them until the block ends.

    Gives the beginnings of the answers.
    """
    begun: list[MutableMapping[str, Any]] = []
    all_begun = asyncio.Event()

    async def stays() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def takes_nothing(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
            if len(begun) == number:
                all_begun.set()
        else:
            await asyncio.Event().wait()

    scopes = [person.scope("GET", "/export/csv?limit=all") for _ in range(number)]
    readers = [asyncio.ensure_future(person.world.app(scope, stays, takes_nothing)) for scope in scopes]
    await all_begun.wait()
    try:
        yield begun
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.wait(readers)


def test_nobody_has_more_exports_open_than_one_may_have_and_others_export_all_the_same(
    ada: Client, ben: Client
) -> None:
    async def beside() -> tuple[list[int], Reply, Reply, Reply]:
        async with slow_readers(ada, 2 * PER_USER) as begun:
            refused = await ada.asking("GET", "/export/json?limit=all")
            others = await ben.asking("GET", "/export/json?limit=all")
            page = await ada.asking("GET", "/export/json?limit=1")
        return sorted(one["status"] for one in begun), refused, others, page

    begun, refused, others, page = ada.world.runner.run(beside())
    assert begun == [200] * PER_USER + [429] * PER_USER
    refused.failed("too_many_requests")
    assert (refused.header("Retry-After"), refused.header("RateLimit-Limit")) == ("5", str(PER_USER))
    others.went(200)
    page.went(200)
    ada.get("/export/json?limit=all").went(200)


def test_an_export_that_nobody_reads_holds_no_snapshot(ada: Client) -> None:
    if ada.world.settings.in_memory:
        pytest.skip("snapshots in memory hold nobody up")
    ada.add_entry().went(201)

    async def emptied() -> int:
        async with slow_readers(ada, 1):
            await ada.asking("POST", "/add_entry", {"date": "2024-06-02", "activity": "Running"})
            return snapshots(ada)

    assert ada.world.runner.run(emptied()) == 0


class OnceBriefLanes(Lanes):
    """Lanes that take brief work once, and then are too busy for it."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.taken = False

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        if lane is Lane.BRIEF:
            if self.taken:
                raise ServiceUnavailable("Too much work is waiting", {"retry_after": 1})
            self.taken = True
        return await self.lanes.run(lane, use_case, party)

    def close(self) -> None:
        """The lanes beneath are closed elsewhere."""


def test_an_export_is_refused_before_it_begins_or_not_at_all(ada: Client) -> None:
    rows = "".join(f"{2001 + n // 300}-{1 + n % 12:02}-{1 + n // 12 % 25:02},a{n},{n}\n" for n in range(2600))
    ada.upload("date,activity,value\n" + rows).went(200)
    world = ada.world
    lanes = OnceBriefLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    assert len(ada.get("/export/json?limit=all").went(200).json["entries"]) == 2600
    for _ in range(2 * PER_USER):  # what is refused takes no place
        ada.get("/export/json?limit=all").failed("service_unavailable")
