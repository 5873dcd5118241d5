"""The metrics, as Prometheus and as JSON."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from mosaic_core.errors import ServiceUnavailable
from mosaic_http.app import PATHS
from mosaic_http.shared_memory import NUMBERS_BYTES
from mosaic_http.traffic import METHODS, STATUSES, _Layout
from support_http import Client, Reply, Serve, Then, World
from wearable_records import heart

FILES = Path(__file__).parents[2] / "docs"
RULES, DASHBOARD, PAGE = (
    FILES / name
    for name in ("monitoring/mosaic.rules.yml", "monitoring/mosaic-dashboard.json", "monitoring.md")
)
LINE = re.compile(r"(mosaic_[a-z_]+)(?:\{(.*)\})? (\S+)")
NAME = re.compile(r"\bmosaic_[a-z_]+")

promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian: apt-get install prometheus)"
)


def samples(client: Client) -> Mapping[str, float]:
    """Return every value by its name and labels, as they are written."""
    reply = client.get("/metrics").went(200)
    assert reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in reply.text.splitlines() if not line.startswith("#")]
    found = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}
    assert len(found) == len(lines), "a value is told twice"
    assert all(LINE.fullmatch(line) for line in lines)
    return found


def all_that_happens(serve: Serve) -> World:
    """Let something of everything happen."""
    world = serve(rate_limits={"finalize_day": (1, 60)})
    ada = world.person("ada")
    ada.get("/today").went(200)
    ada.get("/today").went(200)
    ada.post("/finalize_day", {}).went(200)
    ada.post("/finalize_day", {}).failed("too_many_requests")
    told = {"source_app": "App", "device_id": "watch", "tz": "UTC"}
    records = [heart("h", "2024-06-01T08:00:00"), {"dedupe_key": "bad"}]
    for _ in range(2):
        ada.post("/ingest/wearable/batch", {**told, "records": records})
    ada.post("/backup/run").went(200)
    return world


def test_what_happened_is_counted(serve: Serve, store_name: str) -> None:
    found = samples(all_that_happens(serve).anyone)
    expected = {
        'mosaic_http_requests_total{method="GET",route="/today",status="200"}': 2,
        'mosaic_http_requests_total{method="POST",route="/finalize_day",status="429"}': 1,
        'mosaic_http_errors_total{class="4xx"}': 1,
        'mosaic_http_errors_total{class="5xx"}': 0,
        'mosaic_rate_limit_refusals_total{limit="finalize_day"}': 1,
        'mosaic_cache_hits_total{view="today"}': 1,
        'mosaic_cache_misses_total{view="today"}': 1,
        'mosaic_wearable_records_total{outcome="accepted"}': 1,
        'mosaic_wearable_records_total{outcome="duplicate"}': 1,
        'mosaic_wearable_records_total{outcome="error"}': 2,
        'mosaic_backups_total{outcome="success"}': 1,
        'mosaic_backups_total{outcome="failure"}': 0,
        "mosaic_backup_duration_seconds_count": 1,
        "mosaic_backup_last_failed": 0,
        "mosaic_backup_last_success_timestamp_seconds": 1717243200,
        "mosaic_camera_cameras": 0,
        "mosaic_store_up": 1,
        "mosaic_cache_up": 1,
        "mosaic_workers": 1,
        "mosaic_process_start_time_seconds": 1717243200,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["mosaic_backup_size_bytes"] > 1000
    for kind in ("read", "write"):
        assert (found[f'mosaic_database_transactions_total{{kind="{kind}"}}'] > 0) == (store_name != "memory")
        assert (found[f'mosaic_database_seconds_total{{kind="{kind}"}}'] > 0) == (store_name != "memory")


@pytest.mark.parametrize("version", ["", ";version=1.0.0,text/plain;q=0.5", ";version=nonsense"])
def test_whoever_accepts_openmetrics_gets_the_same_in_that_form(serve: Serve, version: str) -> None:
    anyone = all_that_happens(serve).anyone
    plain = samples(anyone)
    headers = {"Accept": f"application/openmetrics-text{version}"}
    reply = anyone.get("/metrics", headers=headers).went(200)
    assert reply.header("content-type") == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert reply.header("vary") == "Accept"
    families = [*text_string_to_metric_families(reply.text)]  # type: ignore[no-untyped-call]  # its own
    told = {
        (one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples
    }
    assert told[("mosaic_cache_hits_total", ("view", "today"))] == 1
    assert len(told) >= len(plain)


def test_durations_are_told_as_a_histogram_whose_last_class_is_all(world: World) -> None:
    for _ in range(3):
        world.anyone.get("/")
    found = samples(world.anyone)
    labels = 'method="GET",route="/"'
    name = "mosaic_http_request_duration_seconds"
    counts = [number for key, number in found.items() if key.startswith(f"{name}_bucket{{") and labels in key]
    assert counts == sorted(counts)
    assert counts[-1] == found[f"{name}_count{{{labels}}}"] == 3
    assert found[f"{name}_sum{{{labels}}}"] > 0


def test_paths_and_methods_that_there_are_not_are_one_label_each(world: World) -> None:
    for number in range(5):
        world.anyone.get(f"/no/such/{number}")
        world.anyone.ask(f"M{number}", "/today")
    found = samples(world.anyone)
    assert found['mosaic_http_requests_total{method="GET",route="unknown",status="404"}'] == 5
    assert found['mosaic_http_requests_total{method="unknown",route="/today",status="405"}'] == 5
    assert len([name for name in found if name.startswith("mosaic_http_requests_total")]) == 2


def test_a_client_that_leaves_is_counted_as_no_failure(ada: Client) -> None:
    ada.ask("POST", "/add_activity", body=[b"{", Then.LEAVE], headers={"Content-Type": "application/json"})
    told = ada.get("/metrics?format=json").json
    (one,) = [one for one in told["endpoints"] if one["endpoint"] == "/add_activity"]
    assert (one["status_counts"], one["errors_4xx"], one["errors_5xx"]) == ({"0": 1}, 0, 0)


def test_the_json_form_has_exactly_the_promised_fields(world: World) -> None:
    anyone = world.anyone
    for _ in range(3):
        anyone.get("/")
    anyone.get("/entries/7").failed("unauthorized")
    told = anyone.get("/metrics?format=json").went(200).json
    assert set(told) == {
        "requests_total",
        "total_latency_ms",
        "avg_latency_ms",
        "errors_total",
        "status_counts",
        "endpoints",
        "last_updated",
    }
    assert (told["requests_total"], told["errors_total"]) == (4, {"4xx": 1, "5xx": 0})
    assert told["status_counts"] == {"200": 3, "401": 1}
    assert told["avg_latency_ms"] == pytest.approx(told["total_latency_ms"] / 4, abs=0.001)
    assert told["last_updated"] == "2024-06-01T12:00:00Z"
    by_endpoint = {one["endpoint"]: one for one in told["endpoints"]}
    assert set(by_endpoint) == {"/", "/entries/{id}"}
    failed = by_endpoint["/entries/{id}"]
    assert failed.pop("avg_latency_ms") == failed.pop("total_latency_ms") > 0
    assert failed == {
        "method": "GET",
        "endpoint": "/entries/{id}",
        "count": 1,
        "errors_4xx": 1,
        "errors_5xx": 0,
        "status_counts": {"401": 1},
    }


def test_before_any_request_the_json_form_is_empty(world: World) -> None:
    told = world.anyone.get("/metrics?format=json").went(200).json
    assert (told["requests_total"], told["avg_latency_ms"], told["endpoints"]) == (0, 0.0, [])
    assert told["last_updated"] is None


def test_another_format_is_refused(world: World) -> None:
    world.anyone.get("/metrics?format=xml").failed("invalid_query")


def test_a_failed_backup_is_counted_and_told(ada: Client, folder: Path) -> None:
    (folder / "backups").write_text("no folder")
    ada.post("/backup/run")
    found = samples(ada)
    assert found['mosaic_backups_total{outcome="failure"}'] == 1
    assert "mosaic_backup_size_bytes" not in found, "the folder cannot be looked at"


def test_how_backups_stand_is_asked_once_by_all_who_want_to_know(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    service = type(ada.world.mosaic.backups)
    monkeypatch.setattr(service, "outlook", _noting(looks, service.outlook))
    replies = ada.world.together(ada.asking("GET", "/metrics") for _ in range(20))
    assert {reply.status for reply in replies} == {200}
    assert len(looks) == 1
    ada.world.clock.advance(seconds=5)
    samples(ada)
    assert len(looks) == 2


def _noting(looks: list[int], look):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # a method
    def noted(service):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # the same
        looks.append(1)
        return look(service)

    return noted


def test_a_store_that_is_not_well_is_told_and_keeps_nothing_else_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ServiceUnavailable("Damaged")

    monkeypatch.setattr(type(world.mosaic.store), "check", fail)
    monkeypatch.setattr(type(world.mosaic.backups), "outlook", fail)
    found = samples(world.anyone)
    assert (found["mosaic_store_up"], found["mosaic_cache_up"]) == (0, 1)
    assert "mosaic_backup_enabled" not in found


def test_a_worker_has_room_for_all_that_it_counts() -> None:
    layout = _Layout([*PATHS, ""])
    assert (layout.size + 512) * 8 < NUMBERS_BYTES * 3 / 4, "make parts larger before they are full"
    assert len(set(STATUSES)) == len(STATUSES)
    assert {method for methods in PATHS.values() for method in methods} <= set(METHODS)


@promtool
def test_promtool_accepts_what_is_served(serve: Serve) -> None:
    served = all_that_happens(serve).anyone.get("/metrics").went(200)
    _checked("metrics", served=served)


@promtool
def test_promtool_accepts_the_alerts() -> None:
    assert "SUCCESS" in _checked("rules", str(RULES))


def _checked(*arguments: str, served: Reply | None = None) -> str:
    done = subprocess.run(
        ["promtool", "check", *arguments],  # noqa: S607  # from where the system has it
        input=b"" if served is None else served.body,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b""), done.stdout
    return done.stdout.decode()


def test_every_metric_that_is_named_is_served_and_every_one_that_is_served_is_described(serve: Serve) -> None:
    text = all_that_happens(serve).anyone.get("/metrics").text
    families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    told = {name.partition("{")[0] for name in re.findall(r"^mosaic_\S+", text, re.MULTILINE)}
    for file in (RULES, DASHBOARD):
        named = set(NAME.findall(file.read_text()))
        assert len(named) > 5
        assert named <= told, file
    assert set(NAME.findall(PAGE.read_text())) == families


def test_the_alerts_the_dashboard_and_the_page_have_no_address_outside() -> None:
    assert all("http" not in one.read_text().replace("mosaic_http", "") for one in (RULES, DASHBOARD))
