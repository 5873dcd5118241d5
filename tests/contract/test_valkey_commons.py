"""What servers share in a real Valkey: counted once for all, read by nobody else, never waited for long."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest

from mosaic_adapters.valkey import breaker
from mosaic_adapters.valkey.commons import ValkeyCommons
from mosaic_core.commons import FAILURE_SECONDS, Commons
from mosaic_core.testing import CommonsContract
from mosaic_core.testing.contracts.commons import ADA, calls
from support_server import patiently
from support_tls import PEM, Tunnel
from support_valkey import Valkey, a_secret, valkey

T = TypeVar("T")


@pytest.fixture(scope="module")
def shared() -> Iterator[Valkey]:
    with TemporaryDirectory() as folder, valkey(Path(folder)) as server:
        yield server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey that the test may end."""
    with valkey(tmp_path) as server:
        yield server


@pytest.fixture
def secret() -> bytes:
    return a_secret()


UNHURRIED = 10.0
"""Where nothing is away, a machine that is busy with other tests is waited for."""

Open = Callable[..., ValkeyCommons]


@pytest.fixture
def opened(shared: Valkey, secret: bytes) -> Iterator[Open]:
    """Open what the servers of one installation share, once for each."""
    made: list[ValkeyCommons] = []

    def open_one(url: str = shared.url, patience: float = UNHURRIED) -> ValkeyCommons:
        made.append(ValkeyCommons(url, secret, patience))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


class TestValkeyCommons(CommonsContract):
    @pytest.fixture
    def open_commons(self, opened: Open) -> Callable[[], Commons]:
        return opened

    def test_what_is_too_large_is_not_kept(self, one: Commons, other: Commons) -> None:
        one.keep("large", b"x" * (2**18 + 1), 60)
        one.keep("last", b"bytes", 60)
        assert any(other.value("last") for _ in patiently())
        assert other.value("large") is None


def test_values_are_dropped_where_too_many_wait_to_be_kept(own: Valkey, opened: Open) -> None:
    one = opened(own.url)
    assert one.works()
    own.freeze()
    for number in range(1_000):
        one.keep(str(number), b"bytes", 60)
    own.thaw()
    for _ in patiently():
        if one.works() and one.value("0") == b"bytes":
            break
    assert one.value("999") is None


def test_nothing_in_it_can_be_read_and_everything_expires(opened: Open, own: Valkey) -> None:
    one = opened(own.url)
    one.keep("view of ada", b"what ada did", 60)
    one.failed(["adamantine\n192.0.2.1", "adamantine", "\ud800"])
    assert calls((one, "address:192.0.2.1", 5, 60)) == [0.0]
    for _ in patiently():
        if one.value("view of ada") is not None:
            break
    with own.client() as seen:
        keys = seen.keys("*")
        assert len(keys) == 5
        ages = {key: seen.ttl(key) for key in keys}
    assert all(key.startswith("mosaic") and "adamantine" not in key and "192." not in key for key in keys)
    assert sorted(-(-age // 10) for age in ages.values()) == [6, 6, *[FAILURE_SECONDS // 10] * 3]
    same = opened(own.url)
    with closing(ValkeyCommons(own.url, a_secret())) as others:
        assert (same.value("view of ada"), others.value("view of ada")) == (b"what ada did", None)
        assert others.failures(["adamantine"]) == [0]
    with own.client() as stranger:
        for key in keys:
            if stranger.type(key) == "string":
                stranger.set(key, "1")
    assert one.value("view of ada") is None


def test_a_connection_that_was_lost_while_it_was_idle_is_replaced_without_anybody_noticing(
    own: Valkey, opened: Open
) -> None:
    one = opened(own.url)

    async def both() -> list[float | None]:
        told = [await one.call("login", ADA, 5, 60)]
        with own.client() as killer:
            killer.client_kill_filter(_type="normal", skipme=True)
        told.append(await one.call("login", ADA, 5, 60))
        await one.leave()
        return told

    one.failed(["ada"])
    assert asyncio.run(both()) == [0.0, 0.0]
    one.failed(["ada"])
    assert one.failures(["ada"]) == [2]
    assert one.unanswered() == 0


def asked_all(one: ValkeyCommons) -> list[object]:
    """Ask everything."""
    one.failed(["ada"])
    one.forget_failures(["ben"])
    one.write("view", b"bytes", 60)
    return [*calls((one, ADA, 5, 60)), one.failures(["ada"]), one.value("view")]


@pytest.mark.parametrize("ending", ["killed", "frozen"])
def test_whoever_asks_while_it_is_away_is_told_so_soon_and_once_it_is_back_it_counts_again(
    own: Valkey, opened: Open, ending: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 3600.0)
    one = opened(own.url, 1.0)
    assert asked_all(one) == [0.0, [1], b"bytes"]
    assert (one.works(), one.unanswered()) == (True, 0)
    (own.kill if ending == "killed" else own.freeze)()
    begun = time.monotonic()
    for _ in range(50):
        assert asked_all(one) == [None, None, None]
    assert time.monotonic() - begun < 60  # each of the 300 would wait for a second
    assert one.unanswered() == 1  # the first of them
    assert (one.works(), one.unanswered()) == (False, 2)
    (own.start if ending == "killed" else own.thaw)()
    assert any(one.works() for _ in patiently())
    failures = [2] if ending == "frozen" else [1]
    told = asked_all(one)
    assert told[0] == 0.0
    assert told[1] in (failures, [3])  # what it got before it was frozen it does as soon as it goes on
    logged = [record.getMessage() for record in caplog.records if record.name == "mosaic.valkey"]
    assert len(logged) == 2
    assert f"Valkey at 127.0.0.1:{own.port} gives no answer" in logged[0]
    assert "answers again" in logged[1]


def test_while_it_is_away_one_caller_in_a_while_tries_and_brings_it_back_for_all(
    own: Valkey, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.1)
    one = opened(own.url)
    own.kill()
    assert one.failures(["ada"]) is None
    own.start()
    assert any(one.failures(["ada"]) == [0] for _ in patiently())


def test_many_calls_at_once_wait_for_a_frozen_one_together(own: Valkey, opened: Open) -> None:
    one = opened(own.url, 1.0)
    assert calls((one, ADA, 5, 60)) == [0.0]
    own.freeze()
    begun = time.monotonic()
    assert calls(*[(one, ADA, 5, 60)] * 200) == [None] * 200
    assert time.monotonic() - begun < 30


def test_a_question_that_waits_too_long_while_others_are_answered_is_given_up_alone() -> None:
    made = breaker.Breaker("Valkey")

    def ask_for_long(meanwhile: Callable[[], object] = lambda: None) -> None:
        with made.asking():
            meanwhile()
            raise TimeoutError

    def ask() -> None:
        with made.asking():
            pass

    with pytest.raises(breaker.Away):
        ask_for_long(meanwhile=ask)
    ask()
    with pytest.raises(breaker.Away):
        ask_for_long()
    with pytest.raises(breaker.Away):
        ask()
    assert made.unanswered == 2


def test_a_password_is_given_and_told_nobody(
    tmp_path: Path, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with valkey(tmp_path, password="hush @:/ hush") as server, caplog.at_level(logging.DEBUG):
        right = opened(f"redis://:hush%20%40%3A%2F%20hush@127.0.0.1:{server.port}/1")
        assert asked_all(right) == [0.0, [1], b"bytes"]
        wrong = opened(f"redis://:hushed@127.0.0.1:{server.port}")
        assert not wrong.works()
        assert asked_all(wrong) == [None, None, None]
    assert "AuthenticationError" in caplog.text
    assert "hush" not in caplog.text


def test_a_socket_of_the_machine_serves_as_well(shared: Valkey, opened: Open) -> None:
    one = opened(f"unix://{shared.socket}?db=1")
    assert asked_all(one) == [0.0, [1], b"bytes"]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1?nonsense=1", "redis://127.0.0.1:1?socket_timeout=x"])
def test_a_parameter_that_nobody_knows_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"parameter|Invalid value"):
        ValkeyCommons(url, a_secret())


def test_tls_is_spoken_where_it_is_asked_for_and_the_certificate_must_be_the_hosts(
    shared: Valkey, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Tunnel(("127.0.0.1", shared.port))) as tunnel:
        trusted = opened(f"rediss://localhost:{tunnel.port}?ssl_ca_certs={PEM}")
        assert asked_all(trusted) == [0.0, [1], b"bytes"]
        for url in (
            f"rediss://localhost:{tunnel.port}",
            f"valkeys://127.0.0.1:{tunnel.port}?ssl_ca_certs={PEM}",
            f"rediss://127.0.0.1:{shared.port}?ssl_ca_certs={PEM}",
        ):
            one = opened(url, 1.0)
            assert not one.works()
            assert asked_all(one) == [None, None, None]
        unchecked = opened(f"rediss://127.0.0.1:{tunnel.port}?ssl_cert_reqs=none&ssl_check_hostname=false")
        assert unchecked.works()
    assert "gives no answer" in caplog.text
