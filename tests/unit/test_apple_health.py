"""Apple Health's exports become wearable records."""

import datetime as dt
from typing import Any

import pytest

from mosaic_adapters.imports.counting import LeftOut
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput
from mosaic_core.paging import Page
from mosaic_core.wearables.model import RawFilter
from support import a_mosaic, registered
from support_health_files import DTD, SLEEP, STAGE, apple, reasons, record
from support_imports import brought_in
from tracker_files import archive

MORNING, LATER = "2019-05-04 07:12:30 +0200", "2019-05-04 07:22:30 +0200"


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "Ada")


def raw(mosaic: Mosaic, caller: Caller) -> list[Any]:
    """Return the records that were kept, the earliest first, without their keys."""
    kept = mosaic.wearables.raw(caller, RawFilter(), Page(None)).items
    told = [{**one.payload} for one in reversed(kept)]
    for one in told:
        one.pop("dedupe_key")
    return told


def night(*pieces: tuple[str, str, str], source: str = "Watch") -> list[str]:
    """Return the pieces of a night, each a stage, its start and its end on the clock of the 4th of May."""
    return [
        record(
            SLEEP, f"2019-05-04 {start} +0200", f"2019-05-04 {end} +0200", f"{STAGE}{stage}", source=source
        )
        for stage, start, end in pieces
    ]


def test_steps_distances_and_heart_rates_become_records_of_their_devices(mosaic: Mosaic, ada: Caller) -> None:
    file = apple(
        record("StepCount", MORNING, LATER, "812", "count", "Ada's iPhone"),
        record("DistanceWalkingRunning", MORNING, LATER, "0.5", "mi", "Ada's iPhone"),
        record("HeartRate", LATER, LATER, "71.6", "count/min"),
    )
    summary = brought_in(mosaic, ada, file)
    assert (summary.format, summary.accepted, summary.records_skipped) == ("apple-health", 3, 0)
    start, end = "2019-05-04T07:12:30+02:00", "2019-05-04T07:22:30+02:00"
    assert sorted(raw(mosaic, ada), key=str) == sorted(
        [
            {"type": "steps", "start": start, "end": end, "fields": {"steps": 812}},
            {"type": "steps", "start": start, "end": end, "fields": {"steps": 0, "distance_m": 804.67}},
            {"type": "heart_rate", "start": end, "fields": {"bpm": 72}},
        ],
        key=str,
    )
    sources = mosaic.wearables.sources(ada)
    assert [(one.source_app, one.device_id) for one in sources] == [
        ("AppleHealth", "Ada's iPhone"),
        ("AppleHealth", "Watch"),
    ]
    day = mosaic.wearables.day(ada, dt.date(2019, 5, 4))
    assert (day.steps, day.hr.avg) == (812, 72)


def test_a_source_that_tells_distances_alone_takes_no_steps_from_another(mosaic: Mosaic, ada: Caller) -> None:
    kind = "DistanceWalkingRunning"
    file = apple(
        record("HeartRate", MORNING, MORNING, "70", "count/min", "Watch"),
        record("StepCount", MORNING, LATER, "812", "count", "iPhone"),
        record(kind, MORNING, LATER, "0.5", "km", "Watch"),
        record(kind, MORNING, LATER, "0.7", "km", "iPhone"),
        record(kind, LATER, LATER, "0.1", "km", "iPhone"),
    )
    summary = brought_in(mosaic, ada, file)
    assert [one.device_id for one in mosaic.wearables.sources(ada)] == ["Watch", "iPhone"]
    assert mosaic.wearables.day(ada, dt.date(2019, 5, 4)).steps == 812
    assert [one["fields"].get("distance_m") for one in raw(mosaic, ada) if one["type"] == "steps"] == [
        None,
        700,
    ]
    assert (summary.accepted, summary.records_skipped) == (3, 2)
    assert reasons(summary) == [
        f"2 of HKQuantityTypeIdentifier{kind} without steps of the same source and time are not taken"
    ]


def test_importing_again_in_another_time_zone_changes_nothing(mosaic: Mosaic, ada: Caller) -> None:
    pieces = night(("AsleepCore", "01:00:00", "02:00:00"))
    first = apple(record("StepCount", MORNING, LATER, "812", "count"), *pieces)
    assert brought_in(mosaic, ada, first).accepted == 2
    moved = (
        first.replace(b"07:12:30 +0200", b"06:12:30 +0100")
        .replace(b"07:22:30 +0200", b"06:22:30 +0100")
        .replace(b"01:00:00 +0200", b"00:00:00 +0100")
        .replace(b"02:00:00 +0200", b"01:00:00 +0100")
    )
    before = mosaic.wearables.day(ada, dt.date(2019, 5, 4))
    for file in (first, moved):
        again = brought_in(mosaic, ada, file)
        assert (again.accepted, again.duplicates, again.records_skipped) == (0, 2, 0)
    assert mosaic.wearables.day(ada, dt.date(2019, 5, 4)) == before


def test_the_pieces_of_a_night_become_one_session_with_its_stages(mosaic: Mosaic, ada: Caller) -> None:
    pieces = night(
        ("AsleepREM", "03:00:00", "03:30:00"),
        ("AsleepDeep", "02:00:00", "03:00:00"),
        ("Awake", "03:30:00", "04:00:00"),
        ("AsleepCore", "04:20:00", "05:00:00"),
    )
    assert brought_in(mosaic, ada, apple(*pieces)).accepted == 1
    (kept,) = raw(mosaic, ada)
    assert (kept["type"], kept["start"], kept["end"]) == (
        "sleep_session",
        "2019-05-04T00:00:00+00:00",
        "2019-05-04T03:00:00+00:00",
    )
    assert [one["stage"] for one in kept["fields"]["stages"]] == ["deep", "rem", "awake", "light"]
    assert kept["fields"]["duration_seconds"] == 130 * 60
    assert kept["fields"]["efficiency"] == 81.2
    assert mosaic.wearables.day(ada, dt.date(2019, 5, 4)).sleep.total_min == 130


def test_a_long_gap_a_whole_day_and_another_device_begin_another_session(mosaic: Mosaic, ada: Caller) -> None:
    pieces = [
        *night(("Asleep", "00:00:00", "01:00:00"), ("Asleep", "02:00:00", "03:00:00")),
        *night(("Asleep", "04:00:01", "05:00:00")),
        *night(("Asleep", "00:30:00", "05:00:00"), source="Ring"),
        record(SLEEP, "2019-05-06 00:00:00 +0200", "2019-05-06 20:00:00 +0200", f"{STAGE}InBed"),
        record(SLEEP, "2019-05-06 20:00:00 +0200", "2019-05-07 03:00:00 +0200", f"{STAGE}InBed"),
    ]
    brought_in(mosaic, ada, apple(*pieces))
    lengths = [one["fields"]["duration_seconds"] for one in raw(mosaic, ada)]
    assert lengths == [7200, 16_200, 3599, 72_000, 25_200]


def test_lying_in_bed_counts_where_nothing_tells_of_sleep(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, apple(*night(("InBed", "00:00:00", "06:00:00"))))
    (kept,) = raw(mosaic, ada)
    assert (kept["fields"]["duration_seconds"], kept["fields"]["efficiency"]) == (21_600, None)


def test_a_session_has_no_more_stages_than_are_taken(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.imports.nights.MOST_STAGES", 2)
    pieces = night(*(("Asleep", f"00:0{minute}:00", f"00:0{minute + 1}:00") for minute in range(5)))
    brought_in(mosaic, ada, apple(*pieces))
    assert [len(one["fields"]["stages"]) for one in raw(mosaic, ada)] == [2, 2, 1]


def test_pieces_and_devices_that_tell_of_sleep_are_bounded(
    mosaic: Mosaic, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.imports.nights.MOST_PIECES", 1)
    monkeypatch.setattr("mosaic_adapters.imports.apple_records._REMEMBERED", 1)
    pieces = [
        *night(("Asleep", "00:00:00", "01:00:00"), ("Asleep", "01:00:00", "02:00:00")),
        *night(("Asleep", "00:00:00", "01:00:00"), source="Ring"),
    ]
    summary = brought_in(mosaic, ada, apple(*pieces))
    assert summary.accepted == 1
    assert reasons(summary) == [
        "there are more than 1 pieces of sleep",
        "more than 1 devices tell of sleep",
    ]


def test_variability_takes_its_rate_from_the_beats_within(mosaic: Mosaic, ada: Caller) -> None:
    beats = "".join(f'<InstantaneousBeatsPerMinute bpm="{bpm}" time="7:12:31,00 AM"/>' for bpm in (60, 63))
    inner = f"<HeartRateVariabilityMetadataList>{beats}</HeartRateVariabilityMetadataList>"
    kind = "HeartRateVariabilitySDNN"
    odd = inner.replace('"60"', '"fast"')
    file = apple(
        record(kind, MORNING, LATER, "0.0425", "s", inner=inner),
        record(kind, LATER, LATER, "40", "ms"),
        record(kind, LATER, LATER, "40", "ms", inner=odd),
        record(
            kind, LATER, LATER, "40", "ms", inner=inner.replace('"60"', '"1e308"').replace('"63"', '"1e308"')
        ),
        record("HeartRate", LATER, LATER, "1e308", "count/s"),
    )
    summary = brought_in(mosaic, ada, file)
    (kept,) = raw(mosaic, ada)
    assert kept["fields"] == {"bpm": 62, "variability_ms": 42.5}
    assert reasons(summary) == [
        "it has no beats, and so no rate",
        '"fast" is no number',
        *['"1e308" is larger than any measure'] * 2,
    ]


def test_what_is_not_taken_is_counted_by_name(mosaic: Mosaic, ada: Caller) -> None:
    mass = record("BodyMass", MORNING, MORNING, "70", "kg")
    file = apple(mass, mass, "<Workout><WorkoutEvent/></Workout>", "<Record value='1'/>")
    summary = brought_in(mosaic, ada, file)
    assert summary.records_skipped == 4
    assert reasons(summary) == [
        "2 of HKQuantityTypeIdentifierBodyMass are not taken",
        "1 of Workout is not taken",
        "1 of no type is not taken",
    ]


def test_kinds_beyond_a_limit_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_adapters.imports.counting._MOST_KINDS", 2)
    left_out = LeftOut()
    for row, kind in enumerate(("a", "b", "c", "d", "a", "c"), 1):
        left_out.count(kind, row)
    assert [(one.row, one.reason, one.count) for one in left_out.skips()] == [
        (1, "2 of a are not taken", 2),
        (2, "1 of b is not taken", 1),
        (3, "3 of further types are not taken", 3),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ((b'value="812"', b""), "it has no value"),
        ((b'sourceName="Watch"', b""), "it has no sourceName"),
        ((b'value="812"', b'value="many"'), '"many" is no number'),
        ((b'value="812"', b'value="inf"'), '"inf" is no number'),
        ((b'value="812"', b'value="1e308"'), '"1e308" is larger than any measure'),
        ((b'unit="count"', b'unit="dozen"'), 'its unit is "dozen", not one of count'),
        ((b'startDate="2019', b'startDate="19'), "startDate must be a time of the form"),
        ((b"07:22:30 +0200", b"07:02:30 +0200"), "end must not be before start"),
    ],
)
def test_a_record_that_says_something_wrong_is_skipped_with_the_reason(
    mosaic: Mosaic, ada: Caller, changed: tuple[bytes, bytes], reason: str
) -> None:
    good = record("HeartRate", LATER, LATER, "70", "count/min", "Other")
    file = apple(record("StepCount", MORNING, LATER, "812", "count")).replace(*changed)
    summary = brought_in(mosaic, ada, file.replace(b"</HealthData>", f"{good}</HealthData>".encode()))
    assert (summary.accepted, summary.records_skipped) == (1, 1)
    (told,) = reasons(summary)
    assert told is not None
    assert told.startswith(reason)


def test_an_amount_that_no_number_holds_in_the_unit_of_records_is_skipped_with_its_place(
    mosaic: Mosaic, ada: Caller
) -> None:
    file = apple(
        record("StepCount", MORNING, LATER, "812", "count"),
        record("DistanceWalkingRunning", MORNING, LATER, "1e308", "km"),
    )
    summary = brought_in(mosaic, ada, file)
    assert (summary.accepted, summary.records_skipped) == (1, 1)
    assert reasons(summary) == ['"1e308" is larger than any measure']


def test_what_the_pipeline_refuses_is_skipped_with_its_place(mosaic: Mosaic, ada: Caller) -> None:
    file = apple(
        record("HeartRate", MORNING, MORNING, "60", "count/min"),
        record("HeartRate", LATER, LATER, "400", "count/min"),
    )
    summary = brought_in(mosaic, ada, file)
    assert (summary.accepted, summary.records_skipped) == (1, 1)
    (told,) = summary.details
    assert (told.row, told.part, told.status) == (4, "HealthData", "skipped")
    assert told.reason == "bpm must be a whole number from 1 to 300"


@pytest.mark.parametrize(
    ("value", "reason"),
    [(f"{STAGE}Snoring", f'"{STAGE}Snori'), (f"{STAGE}Asleep", "endDate is not after startDate")],
)
def test_a_piece_of_sleep_needs_a_stage_and_some_time(
    mosaic: Mosaic, ada: Caller, value: str, reason: str
) -> None:
    (told,) = reasons(brought_in(mosaic, ada, apple(record(SLEEP, MORNING, MORNING, value))))
    assert told is not None
    assert told.startswith(reason)


def test_a_source_without_a_name_is_a_device_too(mosaic: Mosaic, ada: Caller) -> None:
    brought_in(mosaic, ada, apple(record("StepCount", MORNING, LATER, "1", "count", "  ")))
    assert [one.device_id for one in mosaic.wearables.sources(ada)] == ["unnamed"]


@pytest.mark.parametrize("name", ["apple_health_export/Exportieren.xml", "export.xml"])
def test_an_archive_is_known_by_its_folder_whatever_the_language(
    mosaic: Mosaic, ada: Caller, name: str
) -> None:
    document = apple(record("StepCount", MORNING, LATER, "812", "count"))
    members = {"apple_health_export/export_cda.xml": b"<ClinicalDocument/>", name: document}
    members["apple_health_export/workout-routes/route.gpx"] = b"<gpx/>"
    assert brought_in(mosaic, ada, archive(members)).accepted == 1


def test_an_archive_without_a_document_is_refused(mosaic: Mosaic, ada: Caller) -> None:
    with pytest.raises(InvalidInput, match="has no document"):
        brought_in(mosaic, ada, archive({"apple_health_export/export_cda.xml": b"<ClinicalDocument/>"}))


def test_a_malformed_declaration_spoils_nothing(mosaic: Mosaic, ada: Caller) -> None:
    dtd = DTD.replace(
        "<!ELEMENT Record", "<!ATTLIST Record a CDATA #IMPLIED a CDATA #IMPLIED\n<!ELEMENT Record"
    )
    assert (
        brought_in(mosaic, ada, apple(record("StepCount", MORNING, LATER, "1", "count"), dtd=dtd)).accepted
        == 1
    )
    bare = "<!DOCTYPE HealthData>"
    assert brought_in(
        mosaic, ada, apple(record("StepCount", MORNING, LATER, "1", "count"), dtd=bare)
    ).duplicates


BOMB = "".join(f'<!ENTITY l{one + 1} "{f"&l{one};" * 10}">' for one in range(9))


@pytest.mark.parametrize(
    "dtd",
    [
        f'<!DOCTYPE HealthData [<!ENTITY l0 "lol">{BOMB}]>',
        '<!DOCTYPE HealthData [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE HealthData SYSTEM "http://example.org/a.dtd" [<!ELEMENT a EMPTY>]>',
        '<!DOCTYPE HealthData SYSTEM "http://example.org/a.dtd">',
        f"<!DOCTYPE HealthData [{'<!ELEMENT a EMPTY>' * 10_000}]>",
    ],
)
def test_entities_and_what_lies_outside_are_refused_at_once(mosaic: Mosaic, ada: Caller, dtd: str) -> None:
    file = apple("<Record value='&l9;'/>", dtd=dtd)
    with pytest.raises(InvalidInput, match="declares entities"):
        brought_in(mosaic, ada, file)
    assert mosaic.wearables.summary(ada).accepted == 0


def test_an_entity_bomb_in_another_encoding_is_refused(mosaic: Mosaic, ada: Caller) -> None:
    document = apple("<Record value='&l9;'/>", dtd=f'<!DOCTYPE HealthData [<!ENTITY l0 "lol">{BOMB}]>')
    with pytest.raises(InvalidInput, match="declares entities"):
        brought_in(
            mosaic,
            ada,
            document.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
            format="apple-health",
        )


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (apple(record("StepCount", MORNING, LATER, "1", "count"))[:-20], "The file is damaged: line"),
        (apple("<Record></Workout>"), "mismatched tag"),
        (apple("&nothing;"), "undefined entity"),
        (apple("<a>" * 40), "no export of Apple Health"),
        (b"<Other><HealthData/></Other>", "no export of Apple Health"),
        (apple(f"<Record value='{'1' * 2**21}'/>"), "a tag is too long"),
    ],
)
def test_a_document_that_is_damaged_or_another_is_refused_and_nothing_changes(
    mosaic: Mosaic, ada: Caller, document: bytes, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        brought_in(mosaic, ada, document)
    assert mosaic.wearables.summary(ada).accepted == 0
