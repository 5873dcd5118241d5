"""How often a request waits for what PostgreSQL says: across a network that is what it costs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mosaic_adapters.postgresql.links import Link
from mosaic_core.views import TODAY
from support import an_activity
from support_http import Client, World, settings_for
from support_postgresql import emptied, the_database

pytestmark = pytest.mark.postgresql

DAY = "2026-01-02"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    emptied(the_database())
    made = World(settings_for("postgresql", tmp_path))
    yield made
    made.close()


@pytest.fixture
def ada(world: World) -> Client:
    """An administrator."""
    return world.person("ada")


@pytest.fixture
def ben(world: World, ada: Client) -> Client:  # noqa: ARG001  # Ada comes first
    """A user."""
    return world.person("ben")


Ways = Callable[[Callable[[], object]], int]


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Count how often a connection waits while something is done; to end a read is to wait for nobody."""
    waited: list[object] = []
    wait, finish, take_up = Link.wait, Link.finish, Link.take_up

    def counted(link: Link, *given: Any, **more: Any) -> object:  # noqa: ANN401  # as it is
        waited.append(link)
        return wait(link, *given, **more)

    def uncounted(work: Callable[[Link], None]) -> Callable[[Link], None]:
        def run(link: Link) -> None:
            before = len(waited)
            work(link)
            del waited[before:]

        return run

    monkeypatch.setattr(Link, "wait", counted)
    monkeypatch.setattr(Link, "finish", uncounted(finish))
    monkeypatch.setattr(Link, "take_up", uncounted(take_up))

    def count(work: Callable[[], object]) -> int:
        waited.clear()
        work()
        return len(waited)

    return count


@pytest.mark.parametrize("name", ["ada", "ben"])
def test_today_that_is_cached_takes_one_question_and_another_one_way_more(
    name: str, request: pytest.FixtureRequest, ways: Ways
) -> None:
    person: Client = request.getfixturevalue(name)
    person.add_entry("Run", DAY).went(201)
    person.get("/today?date=2026-01-01").went(200)
    assert ways(lambda: person.get(f"/today?date={DAY}").went(200)) == 2
    assert ways(lambda: person.get(f"/today?date={DAY}").went(200)) == 1


def test_a_view_that_is_not_at_hand_is_missed_once(world: World, ben: Client) -> None:
    ben.get("/today?date=2026-01-01").went(200)
    before = world.mosaic.views.cache.counts()[TODAY]
    ben.get(f"/today?date={DAY}").went(200)
    ben.get(f"/today?date={DAY}").went(200)
    after = world.mosaic.views.cache.counts()[TODAY]
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)


def test_today_with_shared_activities_takes_one_way_more(world: World, ada: Client, ways: Ways) -> None:
    ada.add_entry("Run", DAY).went(201)
    with world.mosaic.store.write() as unit:
        unit.activities.add(an_activity(None, "Swim"))
    ada.get("/today?date=2026-01-01").went(200)
    told: list[Any] = []
    assert ways(lambda: told.append(ada.get(f"/today?date={DAY}").went(200).json)) == 3
    assert [row["name"] for row in told[0]] == ["Run", "Swim"]


def test_a_new_entry_and_another_value_take_one_question_and_two_ways(ben: Client, ways: Ways) -> None:
    ben.add_entry("Run", DAY).went(201)
    assert ways(lambda: ben.add_entry("Run", "2026-01-03").went(201)) == 3
    assert ways(lambda: ben.add_entry("Run", "2026-01-03", value=2).went(200)) == 3


def test_a_read_of_several_statements_takes_a_way_for_each(world: World, ways: Ways) -> None:
    store = world.mosaic.store

    def look_twice() -> None:
        with store.read() as unit:
            unit.users.count()
            unit.users.every()

    look_twice()
    assert ways(look_twice) == 2
