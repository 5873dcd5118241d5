"""The CSV import over HTTP."""

import gc
from collections.abc import Iterator

import pytest

from support_http import Client, Serve, Then, form

HEADER = "date,activity,value,note,description,category,goal\n"
GOOD = HEADER + "2024-06-01,Running,1.5,wet,outside,Health,2\n"


def nothing_changed(person: Client) -> bool:
    empty: bool = person.get("/entries").json == person.get("/activities?all=true").json == []
    return empty


def test_an_import_tells_the_fate_of_every_row(ada: Client) -> None:
    ada.add_entry("Reading", value=9).went(201)
    text = (
        "date,activity,value\n"
        "2024-06-01,Running,1\n"
        "01/06/2024,READING,2\n"
        ",,\n"
        "2024-06-01,running,3\n"
        '2024-06-01,"two\nlines",4\n'
        "2024-02-30,Running,5\n"
        "2024-06-02,Running,six\n"
        "2024-06-02,Running,\n"
    )
    reply = ada.upload(text).went(200)
    assert set(reply.json) == {"message", "summary"}
    summary = reply.json["summary"]
    details = summary.pop("details")
    assert summary == {"created": 2, "updated": 1, "skipped": 4}
    reasons = [detail.pop("reason", None) for detail in details]
    assert details == [
        {"row": 2, "date": "2024-06-01", "activity": "Running", "status": "created"},
        {"row": 3, "date": "2024-06-01", "activity": "READING", "status": "updated"},
        {"row": 5, "date": "2024-06-01", "activity": "running", "status": "skipped"},
        {"row": 6, "date": "2024-06-01", "activity": "two\nlines", "status": "skipped"},
        {"row": 8, "date": "2024-02-30", "activity": "Running", "status": "skipped"},
        {"row": 9, "date": "2024-06-02", "activity": "Running", "status": "skipped"},
        {"row": 10, "date": "2024-06-02", "activity": "Running", "status": "created"},
    ]
    assert [bool(reason) for reason in reasons] == [False, False, True, True, True, True, False]
    assert reasons[2] == "duplicate_in_file"
    assert {one["activity"] for one in ada.get("/entries").json} == {"Running", "Reading"}


def test_an_imported_entry_and_its_new_activity_take_the_rows_cells(ada: Client) -> None:
    ada.upload(GOOD).went(200)
    entry = ada.get("/entries").json[0]
    assert (entry["value"], entry["note"], entry["description"]) == (1.5, "wet", "outside")
    assert (entry["activity_category"], entry["activity_goal"]) == ("Health", 2.0)
    assert ada.activity()["goal"] == 2.0


def test_a_known_activity_takes_the_cells_that_are_not_empty_and_stays_inactive(ada: Client) -> None:
    ada.add_activity(description="outside", goal=5).went(201)
    ada.add_entry(day="2024-05-01", value=1).went(201)
    ada.patch("/activities/1/deactivate").went(200)
    ada.upload("date,activity,category,goal,description\n2024-06-01,running,Sport,,\n").went(200)
    activity = ada.activity()
    assert (activity["category"], activity["description"], activity["goal"]) == ("Sport", "outside", 5.0)
    assert activity["active"] == 0
    assert {one["activity_category"] for one in ada.get("/entries").json} == {"Sport"}


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + GOOD,
        GOOD.encode("utf-16"),
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        "sep=;\r\nDatum;date;activity;value\r\nx;1.6.2024;Running;1,5\r\n",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        "goal,unknown,ACTIVITY,date,Value\n1,x,Running,2024-06-01,1\n",
        HEADER + "2024-06-01,Running\n",
        "\n\n" + GOOD,
        GOOD.rstrip("\n"),
    ],
)
def test_files_of_many_makes_are_read(ada: Client, content: str | bytes) -> None:
    assert ada.upload(content).went(200).json["summary"]["created"] == 1


def test_a_header_alone_imports_nothing(ada: Client) -> None:
    summary = ada.upload(HEADER).went(200).json["summary"]
    assert summary == {"created": 0, "updated": 0, "skipped": 0, "details": []}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "header"),
        (b"\n\n", "header"),
        (b"2024-06-01,Running,1\n", "Line 1"),
        (b"date,value\n2024-06-01,1\n", "activity"),
        (b"date,date,activity\n", "twice"),
        (GOOD.encode() + '2024-06-02,"Käfer'.encode("latin-1") + b'",1\n', "UTF-8"),
        (GOOD.encode() + '2024-06-02,"Käfer'.encode("latin-1") + b'",1\n', "Line 3: there is the byte 0xE4"),
        (GOOD.encode("utf-16-le"), 'save the file as "CSV UTF-8"'),
        (b"\xff\xfe" + GOOD.encode("utf-16-le") + b"\x00\xdc\n\0", "Line 3: there is the byte 0x00"),
        (GOOD.encode() + b"x," + b"y" * 2**21, "Line 3: the row that begins here has more than"),
        (GOOD.encode() + b'2024-06-02,"never closed,1\n', "Line 3"),
        (GOOD.encode() + b"2024-06-02,a,1," + b"x" * 200_000 + b"\n", "Line 3"),
        (bytes(range(256)) * 100, "UTF-8"),
    ],
)
def test_a_file_of_no_use_is_refused_with_a_clear_message_and_changes_nothing(
    ada: Client, content: bytes, told: str
) -> None:
    assert told in ada.upload(content).failed("invalid_input").message
    assert nothing_changed(ada)
    assert [one["user_id"] for one in ada.world.audit("import.csv_failed")] == [ada.id]


def test_a_file_that_breaks_off_after_many_good_rows_changes_nothing(ada: Client) -> None:
    rows = "".join(f"2024-06-01,activity {n},1\n" for n in range(3000))
    assert "Line 3002" in ada.upload(HEADER + rows + '2024-06-01,"open,1\n').failed("invalid_input").message
    assert nothing_changed(ada)


def test_an_upload_without_the_file_is_told(ada: Client) -> None:
    ada.upload(GOOD, name="another").failed("missing_file")
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nonly text\r\n--x--\r\n'
    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    ada.ask("POST", "/import_csv", body=body, headers=sent).failed("missing_file")
    ada.ask("POST", "/import_csv", body=b"--x--\r\n", headers=sent).failed("missing_file")
    assert len(ada.world.audit("import.csv_failed")) == 3


def test_a_form_whose_file_nobody_chose_has_none(ada: Client) -> None:
    body, sent = form("")
    ada.ask("POST", "/import_csv", body=body.replace(b"days.csv", b""), headers=sent).failed("missing_file")
    body, sent = form(GOOD)
    ada.ask("POST", "/import_csv", body=body.replace(b"days.csv", b""), headers=sent).went(200)


@pytest.mark.parametrize("kind", [None, "text/csv", "application/json", "multipart/mixed; boundary=x", ""])
def test_a_body_that_is_no_form_is_an_unsupported_media_type(ada: Client, kind: str | None) -> None:
    sent = {} if kind is None else {"Content-Type": kind}
    ada.ask("POST", "/import_csv", body=GOOD.encode(), headers=sent).failed("unsupported_media_type")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--\r\n"),
        ("multipart/form-data; boundary=", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b"no form at all"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\n: \r\n\r\nx\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx'),
        ("multipart/form-data; boundary=x; charset=nonsense", form(GOOD, boundary="x")[0]),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 2**21 + b"\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="f%d"; filename="f"\r\n\r\nx\r\n' % n
                for n in range(99)
            )
            + b"--x--\r\n",
        ),
    ],
)
def test_a_broken_form_is_a_clients_error(ada: Client, kind: str, body: bytes) -> None:
    reply = ada.ask("POST", "/import_csv", body=body, headers={"Content-Type": kind})
    assert reply.status in {200, 400}
    assert reply.status == 200 or reply.code in {"bad_request", "missing_file"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_form_that_is_cut_off_imports_nothing(ada: Client) -> None:
    body, sent = form(GOOD + "2024-06-02,Running,1\n")
    reply = ada.ask("POST", "/import_csv", body=body[: body.index(b"-02,Running")], headers=sent)
    gc.collect()  # the form parser leaves the half file to the garbage collector, which warns
    assert reply.status == 400
    assert nothing_changed(ada)


def test_a_file_over_the_upload_limit_is_too_large_and_changes_nothing(serve: Serve) -> None:
    ada = serve(max_upload=2000).person("ada")
    reply = ada.upload(GOOD + "x" * 2000).failed("payload_too_large")
    assert reply.details["limit_bytes"] == 2000
    body, sent = form(GOOD + "x" * 2000)
    parts = [body[at : at + 100] for at in range(0, len(body), 100)]
    ada.ask("POST", "/import_csv", body=parts, headers=sent).failed("payload_too_large")
    assert nothing_changed(ada)
    assert len(ada.world.audit("import.csv_failed")) == 2
    ada.upload(GOOD).went(200)


def test_a_file_over_the_limit_of_other_bodies_is_taken(serve: Serve) -> None:
    ada = serve(max_body=1000).person("ada")
    ada.upload(GOOD + ",,,,,,\n" * 500).went(200)


def test_an_upload_that_stops_coming_times_out_and_changes_nothing(serve: Serve) -> None:
    ada = serve(body_timeout=0.05).person("ada")
    body, sent = form(GOOD)
    ada.ask("POST", "/import_csv", body=[body[:150], Then.SILENCE], headers=sent).failed("request_timeout")
    assert nothing_changed(ada)


def test_a_client_that_leaves_in_the_middle_of_its_upload_changes_nothing(ada: Client) -> None:
    body, sent = form(GOOD)
    ada.ask("POST", "/import_csv", body=[body[:150], Then.LEAVE], headers=sent)
    assert nothing_changed(ada)
    assert ada.world.log.lines[-3]["note"] == "client left"


@pytest.mark.parametrize("bad", [b"\xe4", b"x\r\nx\ry\xe4", b'"x\ny",\xe4', "ä".encode() * 5000 + b"\xe4"])
@pytest.mark.parametrize("before", [0, 1, 700])
def test_the_line_of_what_is_no_text_is_told(ada: Client, bad: bytes, before: int) -> None:
    row = b"2024-06-01,Running,1,\xc3\xa4\n"
    line = 2 + before + len(bad.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")) - 1
    message = ada.upload(HEADER.encode() + row * before + bad).failed("invalid_input").message
    assert message.startswith(f"Line {line}: there is the byte 0xE4, which is no UTF-8 text here; save")


def test_a_column_that_is_absent_changes_nothing_of_an_entry_that_is_there(ada: Client) -> None:
    ada.add_entry(value=5, note="wet").went(201)
    for text in ("date,activity,value\n2024-06-01,Running,7\n", "date,activity\n2024-06-01,running\n"):
        ada.upload(text).went(200)
    entry = ada.get("/entries").json[0]
    assert (entry["value"], entry["note"]) == (7.0, "wet")
    ada.upload("date,activity,value,note\n2024-06-01,Running,,\n").went(200)
    entry = ada.get("/entries").json[0]
    assert (entry["value"], entry["note"]) == (0.0, "")


def test_the_audit_names_the_file_and_what_became_of_its_rows(ada: Client) -> None:
    ada.upload(GOOD + "never,Running,1,,,,\n").went(200)
    ada.upload("of no use").failed("invalid_input")
    assert [
        one["context"] for event in ("import.csv", "import.csv_failed") for one in ada.world.audit(event)
    ] == [
        {"filename": "days.csv", "created": 1, "updated": 0, "skipped": 1},
        {"filename": "days.csv", "created": 0, "updated": 0, "skipped": 0},
    ]


def test_an_import_leaves_no_file_behind(ada: Client) -> None:
    ada.upload(GOOD).went(200)
    ada.upload("of no use").failed("invalid_input")
    ada.upload(GOOD + '"open').failed("invalid_input")
    assert not list(ada.world.settings.data_dir.glob("import-*"))


def test_20_000_rows_land_in_one_transaction(ada: Client) -> None:
    def rows() -> Iterator[str]:
        for n in range(20_000):
            yield f"{2000 + n % 20}-{1 + n // 20 % 12:02}-{1 + n // 240 % 28:02},activity {n // 6720},{n}\n"

    before = len(ada.world.audit())
    summary = ada.upload("date,activity,value\n" + "".join(rows())).went(200).json["summary"]
    assert (summary["created"], summary["updated"], summary["skipped"]) == (20_000, 0, 0)
    assert [one["row"] for one in summary["details"]] == list(range(2, 10_002))
    assert ada.get("/export/json?limit=1").json["meta"]["entries"]["total"] == 20_000
    assert len(ada.world.audit()) == before + 1
