"""What everything promises that servers have in common beside the store."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from mosaic_core.commons import Commons

ADA, BEN = "user:1", "user:2"

_PATIENCE_SECONDS = 30.0

Asked = tuple[Commons, str, int, int]


def calls(*asked: Asked) -> Sequence[float | None]:
    """Make these calls in one event loop, at once; each has a client, a limit and its seconds."""

    async def asking() -> Sequence[float | None]:
        answers = [one.call("login", client, limit, seconds) for one, client, limit, seconds in asked]
        try:
            return await asyncio.gather(*answers)
        finally:
            for one in {one for one, *_ in asked}:
                await one.leave()

    return asyncio.run(asking())


class CommonsContract:
    """What everything promises that servers have in common. Override `open_commons`."""

    @pytest.fixture
    def open_commons(self) -> Callable[[], Commons]:
        """Return a function that opens, for each server of one installation, what they have in common."""
        raise NotImplementedError("override the fixture `open_commons`")

    @pytest.fixture
    def one(self, open_commons: Callable[[], Commons]) -> Commons:
        """Return what the first server has."""
        return open_commons()

    @pytest.fixture
    def other(self, one: Commons, open_commons: Callable[[], Commons]) -> Commons:  # noqa: ARG002  # it is first
        """Return what another server has."""
        return open_commons()

    def test_it_works_and_has_answered_everything(self, one: Commons) -> None:
        assert (one.is_elsewhere, one.works(), one.unanswered()) == (True, True, 0)

    def test_calls_add_up_over_all_servers_and_one_too_many_is_told_how_long_it_waits(
        self, one: Commons, other: Commons
    ) -> None:
        answers = calls(*[(each, ADA, 10, 60) for each in (one, other) for _ in range(50)])
        assert answers.count(0.0) == 10
        assert None not in answers
        assert all(50 < answer <= 60 for answer in answers if answer)
        assert calls((one, BEN, 10, 60)) == [0.0]

    def test_a_refused_call_is_not_counted_and_the_window_slides(self, one: Commons) -> None:
        assert calls((one, ADA, 1, 1)) == [0.0]
        refused = 0
        for _ in _patiently():
            (left,) = calls((one, ADA, 1, 1))
            if left == 0.0:
                break
            assert left is not None
            assert 0 < left <= 1
            refused += 1
        assert refused > 0

    def test_windows_are_counted_apart(self, one: Commons) -> None:
        assert calls((one, ADA, 1, 60), (one, ADA, 1, 30), (one, ADA, 2, 60)) == [0.0] * 3

    def test_failures_add_up_over_all_servers_until_they_are_forgotten(
        self, one: Commons, other: Commons
    ) -> None:
        for each in (one, other, one):
            each.failed(["ada\nhere", "ada"])
        other.failed(["ada\nthere", "ada"])
        for each in (one, other):
            assert each.failures(["ada\nhere", "ada\nthere", "ada", "ben"]) == [3, 1, 4, 0]
        other.forget_failures(["ada\nhere", "ada"])
        assert one.failures(["ada\nhere", "ada\nthere", "ada"]) == [0, 1, 0]

    def test_what_one_server_keeps_all_find_until_its_time_is_over(
        self, one: Commons, other: Commons
    ) -> None:
        for key, seconds in (("view", 60.0), ("late", 0.0), ("last", 60.0)):
            one.keep(key, b"bytes", seconds)
        assert any(other.value("last") == b"bytes" for _ in _patiently())
        assert [other.value(key) for key in ("view", "late", "another")] == [b"bytes", None, None]
        one.keep("brief", b"bytes", 0.05)
        assert any(other.value("brief") is None for _ in _patiently())

    def test_any_text_is_a_key(self, one: Commons) -> None:
        one.failed(["", "\ud800", "ä 🌲\n"])
        assert one.failures(["", "\ud800", "ä 🌲\n", "ä 🌲"]) == [1, 1, 1, 0]
        assert calls((one, "\ud800", 1, 60)) == [0.0]
        assert one.value("\ud800") is None


def _patiently() -> Iterator[None]:
    """Yield again and again until much time has passed."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
