"""A server over every store."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from support_folders import a_folder
from support_http import Client, Serve, World, settings_for
from support_postgresql import emptied, the_database


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let coverage count nothing over the store in memory: it has tests of its own, all else is the same."""
    measuring = Coverage.current() if "[memory" in item.name else None
    if measuring is None:
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "postgresql":
        emptied(the_database())
    return name


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_folder() as made:
        yield made


@pytest.fixture
def serve(store_name: str, folder: Path) -> Iterator[Serve]:
    """Make servers with the settings that a test gives."""
    worlds: list[World] = []

    def make(**given: Any) -> World:  # noqa: ANN401  # any setting
        world = World(settings_for(store_name, folder, **given))
        worlds.append(world)
        return world

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def world(serve: Serve) -> World:
    return serve()


@pytest.fixture
def ada(world: World) -> Client:
    """The first user, an administrator."""
    return world.person("ada")


@pytest.fixture
def ben(world: World, ada: Client) -> Client:  # noqa: ARG001  # Ada comes first
    """Another user."""
    return world.person("ben")
