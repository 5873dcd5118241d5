"""Query parameters that a path does not know."""

import pytest

from mosaic_http.app import PATHS
from support_http import Client, World

EVERY = [(path, method) for path, methods in PATHS.items() for method in methods]
LASTLY = {("/logout", "POST"), ("/user", "DELETE")}


def test_every_operation_refuses_a_parameter_that_it_does_not_know(ada: Client) -> None:
    for path, method in EVERY:
        reply = ada.ask(method, _target(path) + "?unheard_of=1", {})
        assert reply.failed("invalid_query").details["parameter"] == "unheard_of"


def test_what_proxies_and_pages_add_to_a_query_is_passed_over(ada: Client) -> None:
    for path, method in sorted(EVERY, key=LASTLY.__contains__):
        reply = ada.ask(method, _target(path) + "?api_key=secret&_=1717243200", {})
        assert b'"parameter"' not in reply.body


@pytest.mark.parametrize(
    ("target", "nearest"),
    [
        ("/entries?from=2024-01-01", "start_date"),
        ("/entries?FROM=2024-01-01", "start_date"),
        ("/entries?from=", "start_date"),
        ("/entries?from", "start_date"),
        ("/entries?start_data=2024-01-01", "start_date"),
        ("/entries?until=2024-01-01&limit=1", "end_date"),
        ("/entries?catgory=Health", "category"),
        ("/activities?al=true", "all"),
        ("/today?Date=2024-01-01", "date"),
        ("/wearable/trends?start=2024-01-01", "from"),
        ("/logs/activity?type=auth.login", "event_type"),
        ("/export/csv?page_size=5", "limit"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_nearest_one(ada: Client, target: str, nearest: str) -> None:
    reply = ada.get(target).failed("invalid_query")
    assert reply.details["nearest"] == nearest
    assert nearest in reply.message


def test_a_path_that_takes_no_parameters_says_so(ada: Client) -> None:
    reply = ada.get("/user?id=1").failed("invalid_query")
    assert reply.details == {"parameter": "id", "nearest": None}
    assert reply.message == "This path takes no query parameters"


def test_a_writing_call_with_an_unknown_parameter_changes_nothing(ada: Client) -> None:
    entry = {"date": "2024-06-01", "activity": "Running"}
    ada.post("/add_entry?vaule=2", entry).failed("invalid_query")
    assert ada.get("/entries").json == []


def test_who_calls_is_found_out_before_the_query_is_looked_at(world: World) -> None:
    world.anyone.get("/entries?from=1").failed("unauthorized")


def test_of_a_very_long_name_only_the_beginning_is_told(ada: Client) -> None:
    reply = ada.get(f"/entries?{'x' * 5000}=1").failed("invalid_query")
    assert reply.details["parameter"] == "x" * 80
    assert len(reply.body) < 500


@pytest.mark.parametrize("value", ["yes", "2", "true1"])
def test_a_switch_is_true_or_false_and_nothing_else(ada: Client, value: str) -> None:
    assert ada.get(f"/activities?all={value}").failed("invalid_query").details == {"parameter": "all"}


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "1", "false", "0"])
def test_a_switch_is_taken_in_any_case(ada: Client, value: str) -> None:
    ada.get(f"/activities?all={value}").went(200)


def _target(path: str) -> str:
    return path.replace("{id:int}", "1").replace("{filename:path}", "backup-20240601-120000.zip")
