"""Servers that share a Valkey: limits hold over all of them, and its loss is told and fails nobody."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mosaic_adapters.settings import SettingError
from mosaic_adapters.valkey import breaker
from mosaic_adapters.wiring import build
from support_http import ADDRESS, PASSWORD, Client, Reply, Serve, World, settings_for
from support_server import patiently
from support_valkey import Valkey, a_secret, valkey

LIMITS = {"add_entry": (3, 60), "login": (1000, 60)}
WRONG = {"username": "ada", "password": "wrong password"}


@pytest.fixture(scope="module")
def shared() -> Iterator[Valkey]:
    with TemporaryDirectory() as folder, valkey(Path(folder)) as server:
        yield server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Valkey]:
    with valkey(tmp_path) as server:
        yield server


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is away, wait for a machine that is busy with other tests."""
    monkeypatch.setattr("mosaic_adapters.valkey.commons.PATIENCE_SECONDS", 10.0)


Pair = Callable[..., tuple[World, World]]


@pytest.fixture
def pair(serve: Serve, shared: Valkey) -> Pair:
    """Make two servers with one secret; over a memory each has its own people, with the same ids."""
    secret = a_secret()

    def make(server: Valkey = shared, **given: Any) -> tuple[World, World]:  # noqa: ANN401  # any setting
        said = {"rate_limits": LIMITS, "jwt_secret": secret, "cache_url": server.url, **given}
        return serve(**said), serve(**said)

    return make


def people(pair: tuple[World, World]) -> list[Client]:
    """Return the same person at both servers."""
    one, other = pair
    first = one.person("ada")
    if one.settings.in_memory:
        return [first, other.person("ada")]
    return [first, other.anyone.logged_in("ada")]


def guess(client: Client) -> Reply:
    return client.post("/login", WRONG)


def test_a_limit_holds_over_all_servers_and_tells_when_there_is_room_again(pair: Pair) -> None:
    here, there = people(pair())
    assert [who.add_entry().status < 300 for who in (here, there, here)] == [True] * 3
    for who in (there, here, there):
        refused = who.add_entry().failed("too_many_requests")
        assert 50 < int(refused.header("retry-after") or "") <= 60
        assert refused.header("ratelimit-limit") == "3"
        assert refused.header("ratelimit-remaining") == "0"
        assert refused.header("ratelimit-reset") == refused.header("retry-after")


def wait(world: World) -> float:
    """Return how long a login from where the guesses come from would have to wait."""
    sessions = world.mosaic.sessions
    attempt = sessions.begin_login("ada", ADDRESS)
    sessions.end_login(attempt)
    return sessions.seconds_left(attempt)


def test_failed_logins_slow_down_over_all_servers_until_one_succeeds(pair: Pair) -> None:
    one, other = pair()
    people((one, other))
    for number in range(10):
        guess((one, other)[number % 2].anyone).failed("invalid_credentials")
    assert (wait(one), wait(other)) == (0.5, 0.5)
    other.anyone.post("/login", {**WRONG, "password": PASSWORD}).went(200)
    assert (wait(one), wait(other)) == (0.0, 0.0)


def health(world: World) -> dict[str, Any]:
    world.clock.advance(seconds=1)
    told: dict[str, Any] = world.anyone.get("/healthz").went(200).json
    return told


def metric(world: World, name: str) -> float:
    world.clock.advance(seconds=1)
    lines = world.anyone.get("/metrics").went(200).text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


@pytest.mark.parametrize("ending", ["killed", "frozen"])
def test_its_loss_fails_no_request_is_told_and_ends_by_itself(
    pair: Pair, own: Valkey, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 3600.0)
    monkeypatch.setattr("mosaic_adapters.valkey.commons.PATIENCE_SECONDS", 1.0)
    one, other = pair(own)
    here, there = people((one, other))
    here.add_entry().went(201)
    assert (health(one)["cache_ok"], metric(one, "mosaic_cache_up")) == (True, 1)
    (own.kill if ending == "killed" else own.freeze)()
    assert here.add_entry().status == 200
    assert here.add_entry().status == 200
    here.add_entry().failed("too_many_requests")  # each server counts by itself
    assert [there.add_entry().status < 300 for _ in range(3)] == [True] * 3
    there.add_entry().failed("too_many_requests")
    guess(one.anyone).failed("invalid_credentials")
    for path in ("/today", "/agenda", "/stats/progress"):
        here.get(path).went(200)
    told = health(one)
    assert (told["db_ok"], told["cache_ok"]) == (True, False)
    assert metric(one, "mosaic_cache_up") == 0
    assert metric(one, "mosaic_commons_unanswered_total") >= 1
    (own.start if ending == "killed" else own.thaw)()
    assert any(health(one)["cache_ok"] for _ in patiently())
    assert metric(one, "mosaic_cache_up") == 1


@pytest.fixture
def over_postgresql(pair: Pair, store_name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[World, World]:
    """Two servers that share each state, however young it is."""
    if store_name != "postgresql":
        pytest.skip("only servers across a network share what they compute")
    monkeypatch.setattr("mosaic_adapters.postgresql.revision.QUIET_SECONDS", -3600.0)
    return pair(rate_limits={})


def hits(server: Valkey) -> int:
    with server.client() as seen:
        return int(seen.info("stats")["keyspace_hits"])


def counts(who: Client) -> list[float]:
    """Return a value that all that is shared is made from, as each of it tells it."""
    progress = who.get("/stats/progress?date=2024-06-01").went(200).json
    items = who.get("/agenda?date=2024-06-01").went(200).json["items"]
    days = who.get(f"/activities/{items[0]['activity_id']}/history?from=2024-06-01&to=2024-06-01").json[
        "days"
    ]
    return [progress["activity_distribution"][0]["count"], items[0]["value"], days[0]["value"]]


def test_what_servers_share_is_never_stale(over_postgresql: tuple[World, World], shared: Valkey) -> None:
    pair = people(over_postgresql)
    before, taken = hits(shared), 0
    for number in range(1, 41):
        here, there = pair[number % 2], pair[1 - number % 2]
        assert here.add_entry(value=number).status < 300
        assert counts(there) == counts(here) == counts(there) == [1, number, number]
        taken = hits(shared) - before
    assert taken > 40  # of 120 that the second one could take; what is kept too late is computed twice


def test_a_valkey_that_was_never_there_keeps_no_server_from_starting(serve: Serve) -> None:
    world = serve(cache_url="redis://127.0.0.1:1", rate_limits={"add_entry": (1, 60)})
    ada = world.person("ada")
    ada.add_entry().went(201)
    ada.add_entry().failed("too_many_requests")
    assert health(world)["cache_ok"] is False


def test_a_history_is_seen_from_today_though_the_day_ends_while_it_is_kept(serve: Serve) -> None:
    world = serve()
    ada = world.person("ada")
    ada.add_activity().went(201)
    ada.add_entry(day="2024-06-01", value=1).went(201)
    path = f"/activities/{ada.activity()['id']}/history?from=2024-06-01&to=2024-06-02"
    world.clock.instant = world.clock.instant.replace(year=2024, month=6, day=1, hour=23, minute=59)
    before = ada.world.anyone.logged_in("ada").get(path).went(200).json
    world.clock.instant = world.clock.instant.replace(day=3, hour=0, minute=1)
    after = ada.world.anyone.logged_in("ada").get(path).went(200).json
    assert (before["streak"]["current"], after["streak"]["current"]) == (1, 0)


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], str]:
    """Return how the settings show a URL of what is shared."""

    def shown(url: str) -> str:
        made = settings_for("memory", tmp_path, cache_url=url)
        assert "hush" not in repr(made)
        return made.shown()["MOSAIC_CACHE_URL"]

    return shown


def test_no_setting_shows_its_password(settings: Callable[[str], str]) -> None:
    assert settings("redis://:hush@valkey.example:6379/1") == "redis://:********@valkey.example:6379/1"
    assert settings("rediss://me:hush@valkey.example") == "rediss://me:********@valkey.example"
    assert (
        settings("unix:///run/valkey.sock?password=hush&db=1")
        == "unix:///run/valkey.sock?password=********&db=1"
    )


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://:hush@127.0.0.1:port", "MOSAIC_CACHE_URL cannot be understood"),
        ("redis://:hush@127.0.0.1:6379/one", "cache_url must be memory:, redis://"),
        ("redis://:hush@127.0.0.1:6379?pool=8", "MOSAIC_CACHE_URL cannot be understood"),
    ],
)
def test_a_url_of_no_use_stops_the_start_in_one_line(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(SettingError, match=told) as refused:
        build(settings_for("memory", tmp_path, cache_url=url))
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_its_packages_the_start_says_which_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "limits", None)
    monkeypatch.delitem(sys.modules, "mosaic_adapters.valkey.commons", raising=False)
    with pytest.raises(SettingError, match=r"pip install 'mosaic-tracker\[valkey\]'"):
        build(settings_for("memory", tmp_path, cache_url="valkey://127.0.0.1"))
