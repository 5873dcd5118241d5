"""Bodies are JSON, taken at their word."""

import pytest

from support_http import Client

JSON = {"Content-Type": "application/json"}


def say(person: Client, body: bytes | str, kind: str | None = "application/json") -> None:
    """Add an entry with that body; want a success."""
    data = body.encode() if isinstance(body, str) else body
    person.ask("POST", "/add_entry", body=data, headers={"Content-Type": kind} if kind else {}).went(201)


def entry(value: str) -> bytes:
    return f'{{"date": "2024-06-01", "activity": "Running", "value": {value}}}'.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}}",
        b"nonsense",
        b"{'date': 1}",
        b'{"date": }',
        b'{"a": 01}',
        b'{"a": .5}',
        b'{"a": +1}',
        b'{"a": 1,}',
        b'{"a": "\n"}',
        b'{"a": "\\x"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        entry("NaN"),
        entry("Infinity"),
        entry("-Infinity"),
        entry("nan"),
        entry("TRUE"),
        entry("0x10"),
        entry("1_000"),
    ],
)
def test_a_body_that_is_no_json_is_a_bad_request(ada: Client, body: bytes) -> None:
    ada.ask("POST", "/add_entry", body=body, headers=JSON).failed("bad_request")
    assert ada.get("/entries").json == []


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"1", b"true", b"[{}]", b" 1.5 "])
def test_json_that_is_no_object_is_told_apart(ada: Client, body: bytes) -> None:
    ada.ask("POST", "/add_entry", body=body, headers=JSON).failed("invalid_json")


@pytest.mark.parametrize("body", [entry("1e999"), entry("-1e999"), b"1e400"])
def test_a_number_that_no_float_holds_is_invalid_input(ada: Client, body: bytes) -> None:
    ada.ask("POST", "/add_entry", body=body, headers=JSON).failed("invalid_input")
    assert ada.get("/entries").json == []


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json+x",
        "application json",
    ],
)
@pytest.mark.parametrize("target", ["/add_entry", "/add_activity", "/finalize_day", "/ingest/wearable/batch"])
def test_another_content_type_is_not_supported(ada: Client, target: str, kind: str | None) -> None:
    sent = {} if kind is None else {"Content-Type": kind}
    ada.ask("POST", target, body=b"{}", headers=sent).failed("unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
def test_the_content_type_is_known_in_any_case_and_with_parameters(ada: Client, kind: str) -> None:
    say(ada, entry("1"), kind)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("1", 1.0),
        ("1.0", 1.0),
        ("1E2", 100.0),
        ("9007199254740993", 9007199254740992.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("1e-999", 0.0),
        ("1." + "0" * 5000, 1.0),
    ],
)
def test_any_finite_number_is_a_value(ada: Client, value: str, kept: float) -> None:
    say(ada, entry(value))
    assert ada.get("/entries").json[0]["value"] == kept


def test_a_whole_number_beyond_all_floats_is_no_value(ada: Client) -> None:
    reply = ada.ask("POST", "/add_entry", body=entry("1" + "0" * 400), headers=JSON)
    assert (reply.status, reply.code in {"invalid_input", "bad_request"}) == (400, True)


@pytest.mark.parametrize("value", ['"1"', "true", "false", "null", "[1]", "{}", '""'])
def test_a_value_is_a_number_and_nothing_that_looks_like_one(ada: Client, value: str) -> None:
    ada.ask("POST", "/add_entry", body=entry(value), headers=JSON).failed("invalid_input")


@pytest.mark.parametrize(
    "number", ['"1"', "true", "1.9", "null", "[1]", "18446744073709551617", "1e300", "-1"]
)
def test_a_whole_number_is_no_other_value(ada: Client, number: str) -> None:
    body = (
        f'{{"name": "a", "category": "b", "frequency_per_day": {number}, "frequency_per_week": 7}}'.encode()
    )
    ada.ask("POST", "/add_activity", body=body, headers=JSON).failed("invalid_input")


@pytest.mark.parametrize("number", ["3", "3.0", "3e0", "0.3e1"])
def test_a_whole_number_is_one_however_it_is_written(ada: Client, number: str) -> None:
    ada.add_activity().went(201)
    body = f'{{"frequency_per_day": {number}, "frequency_per_week": 7}}'.encode()
    ada.ask("PUT", f"/activities/{ada.activity()['id']}", body=body, headers=JSON).went(200)
    assert b'"frequency_per_day":3,' in ada.get("/activities").body


@pytest.mark.parametrize("truth", ['"false"', '"true"', "0", "1", "null", '""', "[]"])
def test_a_truth_value_is_true_or_false(ada: Client, truth: str) -> None:
    body = f'{{"username": "ada", "password": "x", "cookie": {truth}}}'.encode()
    ada.ask("POST", "/login", body=body, headers=JSON).failed("invalid_input")


def test_of_a_field_given_twice_the_last_counts(ada: Client) -> None:
    say(ada, '{"date": "2024-06-01", "activity": "Running", "value": 1, "value": 2}')
    assert [one["value"] for one in ada.get("/entries").json] == [2.0]


def test_a_nested_value_in_place_of_a_text_is_refused_at_any_depth(ada: Client) -> None:
    body = b'{"date": "2024-06-01", "activity": ' + b"[" * 500 + b"]" * 500 + b"}"
    ada.ask("POST", "/add_entry", body=body, headers=JSON).failed("invalid_input")


def test_every_unknown_field_is_named_but_not_at_length(ada: Client) -> None:
    many = {"x" * 500 + str(n): 1 for n in range(100)}
    reply = ada.post("/add_entry", {"date": "2024-06-01", "activity": "a", **many}).failed("invalid_input")
    assert len(reply.body) < 3000


def test_text_beyond_the_basic_plane_and_escapes_come_back_as_they_were(ada: Client) -> None:
    say(
        ada, b'{"date": "2024-06-01", "activity": "\\ud83c\\udfc3 l\\u00e4uft", "note": "\\"\\\\\\/\\u2028."}'
    )
    shown = ada.get("/entries").json[0]
    assert (shown["activity"], shown["note"]) == ("🏃 läuft", '"\\/\u2028.')
