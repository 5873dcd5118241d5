"""A store that another program holds: logins go on, and nobody waits for the database in line."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support_http import PASSWORD, Client, Reply, World, settings_for

RIGHT = {"username": "ada", "password": PASSWORD}
WRONG = {"username": "ada", "password": "wrong"}


@contextmanager
def serving(folder: Path, busy_timeout: float) -> Iterator[tuple[World, Client, sqlite3.Connection]]:
    """Give a server, somebody who uses it, and a connection of another program's."""
    world = World(settings_for("sqlite", folder, busy_timeout=busy_timeout))
    ada = world.person("ada")
    with closing(sqlite3.connect(world.settings.database_path, isolation_level=None)) as other:
        yield world, ada, other
    world.close()


def before_long(world: World, *asking: Awaitable[Reply]) -> list[Reply]:
    """Return the replies; fail if they do not come while the store is held."""

    async def gathered() -> list[Reply]:
        return await asyncio.wait_for(asyncio.gather(*asking), 60)

    return world.runner.run(gathered())


def test_logins_are_answered_while_the_store_is_held_and_their_rows_follow(folder: Path) -> None:
    with serving(folder, busy_timeout=600) as (world, _, other):
        asking = world.anyone.asking
        other.execute("BEGIN IMMEDIATE")
        right = [asking("POST", "/login", RIGHT) for _ in range(6)]
        wrong = [asking("POST", "/login", WRONG) for _ in range(2)]
        assert [reply.status for reply in before_long(world, *right, *wrong)] == [200] * 6 + [401] * 2
        other.execute("ROLLBACK")
        world.anyone.post("/register", {"username": "ben", "password": PASSWORD}).went(201)
        assert len(world.audit("auth.login")) == 1 + 6
        assert len(world.audit("auth.login_failed")) == 2


def test_who_registers_while_the_store_is_held_keeps_nobody_from_logging_in(folder: Path) -> None:
    async def scenario(world: World) -> tuple[Reply, Reply]:
        asking = world.anyone.asking
        registering = asyncio.create_task(
            asking("POST", "/register", {"username": "ben", "password": PASSWORD})
        )
        await asyncio.sleep(0)
        login = await asyncio.wait_for(asking("POST", "/login", RIGHT), 60)
        other.execute("ROLLBACK")
        return login, await registering

    with serving(folder, busy_timeout=600) as (world, _, other):
        other.execute("BEGIN IMMEDIATE")
        login, registered = world.runner.run(scenario(world))
        assert (login.status, registered.status) == (200, 201)


def test_the_row_of_a_login_goes_to_the_log_where_the_store_does_not_take_it(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        serving(folder, busy_timeout=0.02) as (world, _, other),
        caplog.at_level(logging.WARNING, "mosaic.audit"),
    ):
        other.execute("BEGIN IMMEDIATE")
        world.anyone.post("/login", RIGHT).went(200)
        world.anyone.post("/login", WRONG).failed("invalid_credentials")
        other.execute("ROLLBACK")
        assert caplog.messages == [
            "audit row not stored: auth.login user=1 User logged in",
            "audit row not stored: auth.login_failed user=1 Login failed",
        ]
        assert len(world.audit("auth.login")) == 1
