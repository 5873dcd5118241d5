"""Floods of requests for hashes and writes: they keep nobody out but those who send them."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from attrs import evolve

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_core.lanes import Lane
from mosaic_http.app import create_app
from support_http import PASSWORD, Client, Reply, Serve, World
from support_lanes import RecordingLanes

FLOOD = "198.51.100.66"
RIGHT = {"username": "ada", "password": PASSWORD}
WRONG = {"username": "ada", "password": "a guess"}


def beside(
    world: World, flood: Iterable[tuple[Client, dict[str, Any]]], path: str, *asked: tuple[Client, Any]
) -> tuple[list[Reply], list[Reply]]:
    """Send the flood to the path, and right behind it what well-behaved people ask; return both's replies."""
    sent = [*flood, *asked]
    replies = world.together(client.asking("POST", path, said) for client, said in sent)
    return replies[: len(sent) - len(asked)], replies[len(sent) - len(asked) :]


async def some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def codes(replies: Iterable[Reply]) -> Counter[str]:
    return Counter("ok" if reply.status < 400 else reply.code for reply in replies)


@pytest.fixture
def elsewhere(ada: Client) -> Client:
    """Somebody at another address than Ada's."""
    return evolve(ada.world.anyone, address=FLOOD)


def test_guesses_with_the_owners_name_keep_no_owner_out_who_comes_from_elsewhere(
    ada: Client, elsewhere: Client
) -> None:
    anyone = ada.world.anyone
    guesses, owners = beside(
        ada.world, [(elsewhere, WRONG)] * 400, "/login", (anyone, RIGHT), (anyone, WRONG), (anyone, RIGHT)
    )
    assert codes(owners) == {"ok": 2, "invalid_credentials": 1}
    assert codes(guesses) == {"invalid_credentials": 10, "too_many_requests": 390}


@pytest.mark.parametrize("is_crowded", [False, True])
def test_where_others_wait_a_refusal_waits_as_well(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, *, is_crowded: bool
) -> None:
    """What is refused has come first. It is answered after those who wait, or without a wait."""
    monkeypatch.setattr("mosaic_http.endpoint._REFUSAL_SECONDS", 3 if is_crowded else 3600)
    world = serve(rate_limits={"add_entry": (1, 60)})
    ada, app, order = world.person(), world.app, list[str]()

    async def marked(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # any ASGI application
        if is_crowded:
            scope["mosaic.is_crowded"] = True
        await app(scope, receive, send)

    async def asked(who: Client, method: str, path: str, said: object, name: str) -> None:
        reply = await who.asking(method, path, said)
        order.append(f"{name} {reply.status}")

    async def both() -> None:
        await asyncio.gather(
            asked(ada, "POST", "/add_entry", {}, "entry"),
            asked(ada, "GET", "/healthz", None, "health"),
        )

    ada.post("/add_entry", {}).failed("invalid_input")
    world.app = marked
    world.runner.run(asyncio.wait_for(both(), 60))
    assert (
        order == ["health 200", "entry 429"] if is_crowded else sorted(order) == ["entry 429", "health 200"]
    )


def test_guesses_that_are_one_too_many_cost_no_hash_and_say_when_to_come_again(
    ada: Client, elsewhere: Client
) -> None:
    guesses, _ = beside(ada.world, [(elsewhere, WRONG)] * 400, "/login")
    refused = [reply for reply in guesses if reply.status != 401]
    for header in ("retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"):
        assert all(reply.failed("too_many_requests").header(header) is not None for reply in refused)
    assert len(ada.world.audit("auth.login_failed")) == 10


def test_guesses_with_made_up_names_keep_nobody_out_who_comes_from_elsewhere(
    ada: Client, elsewhere: Client
) -> None:
    flood = [(elsewhere, {"username": f"name{number}", "password": "a guess"}) for number in range(1000)]
    guesses, owners = beside(ada.world, flood, "/login", (ada.world.anyone, RIGHT))
    assert codes(owners) == {"ok": 1}
    assert set(codes(guesses)) == {"invalid_credentials", "service_unavailable"}
    assert {reply.header("retry-after") for reply in guesses if reply.status == 503} == {"1"}


def test_behind_one_address_guesses_with_one_name_keep_no_other_name_out(ada: Client, ben: Client) -> None:
    anyone = ben.world.anyone
    _, others = beside(
        ada.world, [(anyone, WRONG)] * 400, "/login", (anyone, {"username": "ben", "password": PASSWORD})
    )
    assert codes(others) == {"ok": 1}


def test_all_addresses_of_one_ipv6_network_have_one_share(serve: Serve) -> None:
    world = serve(trusted_proxies=(ip_network("10.0.0.0/8"),))
    world.person("ada")
    proxy = evolve(world.anyone, address="10.1.2.3")
    flood = [(proxy.with_headers(X_Forwarded_For=f"2001:db8::{number:x}"), WRONG) for number in range(400)]
    neighbour = proxy.with_headers(X_Forwarded_For="2001:db8:0:1::1")
    guesses, owners = beside(world, flood, "/login", (neighbour, RIGHT))
    assert codes(owners) == {"ok": 1}
    assert codes(guesses)["invalid_credentials"] == 10


def test_many_who_register_from_one_address_keep_nobody_elsewhere_from_registering_and_logging_in(
    ada: Client, elsewhere: Client
) -> None:
    flood = [(elsewhere, {"username": f"name{number}", "password": PASSWORD}) for number in range(400)]
    anyone = ada.world.anyone
    made, others = beside(ada.world, flood, "/register", (anyone, {"username": "ben", "password": PASSWORD}))
    assert codes(others) == {"ok": 1}
    assert codes(made)["service_unavailable"] > 0
    anyone.logged_in("ben")


def test_a_login_flood_keeps_nobody_who_is_signed_in_from_changing_their_password(
    ada: Client, elsewhere: Client
) -> None:
    change = {"password": "another one", "current_password": PASSWORD}
    free = threading.Event()

    async def scenario() -> Reply:
        asking = [elsewhere.asking("POST", "/login", {**WRONG, "username": f"name{n}"}) for n in range(400)]
        busy = asyncio.create_task(ada.world.mosaic.lanes.run(Lane.HASHING, lambda: free.wait(60)))
        flood = [asyncio.create_task(one) for one in asking]
        await some_turns()
        changing = asyncio.create_task(ada.asking("PATCH", "/user", change))
        await some_turns()
        free.set()
        await asyncio.gather(busy, *flood)
        return await changing

    ada.world.runner.run(scenario()).went(200)
    ada.world.anyone.logged_in("ada", "another one")


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were checked, in turn."""
    passwords: list[str] = []
    verify = Argon2Passwords.verify

    def noted(self: Argon2Passwords, password_hash: str | None, password: str) -> bool:
        passwords.append(password)
        return verify(self, password_hash, password)

    monkeypatch.setattr(Argon2Passwords, "verify", noted)
    return passwords


def behind_many_who_failed(world: World, asked: Awaitable[Reply]) -> Reply:
    """Ask for something while a guess from each of 50 networks that have failed waits for its hash."""
    networks = [evolve(world.anyone, address=f"198.51.100.{number}") for number in range(50)]
    guesses = [{"username": f"name{number}", "password": "a guess"} for number in range(50)]
    asking = list(zip(networks, guesses, strict=True))
    assert codes(client.post("/login", said) for client, said in asking) == {"invalid_credentials": 50}
    is_busy, free = threading.Event(), threading.Event()
    lanes = RecordingLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)

    def hold() -> None:
        is_busy.set()
        assert free.wait(60)

    async def joined(asked: int) -> None:
        while lanes.ran.count(Lane.HASHING) < asked:  # noqa: ASYNC110  # it is not told, it has to be looked at
            await asyncio.sleep(0.001)

    async def scenario() -> Reply:
        busy = asyncio.create_task(lanes.run(Lane.HASHING, hold))
        await asyncio.to_thread(is_busy.wait, 60)
        flood = [asyncio.create_task(client.asking("POST", "/login", said)) for client, said in asking]
        await joined(51)
        last = asyncio.ensure_future(asked)
        await joined(52)
        free.set()
        await asyncio.gather(busy, *flood)
        return await last

    return world.runner.run(scenario())


def test_who_has_not_failed_lately_passes_ahead_of_all_who_have_but_one(
    ada: Client, checked: list[str]
) -> None:
    behind_many_who_failed(ada.world, ada.world.anyone.asking("POST", "/login", RIGHT)).went(200)
    assert checked[-51:].index(PASSWORD) == 1


def test_who_mistyped_once_has_a_turn_like_all_who_failed(ada: Client, checked: list[str]) -> None:
    ada.world.anyone.post("/login", WRONG).failed("invalid_credentials")
    behind_many_who_failed(ada.world, ada.world.anyone.asking("POST", "/login", RIGHT)).went(200)
    assert checked[-51:].index(PASSWORD) == 50


def test_who_is_signed_in_changes_their_password_ahead_of_all_who_failed_but_one(
    ada: Client, checked: list[str]
) -> None:
    ada.world.anyone.post("/login", WRONG).failed("invalid_credentials")
    change = {"password": "another one", "current_password": PASSWORD}
    behind_many_who_failed(ada.world, ada.asking("PATCH", "/user", change)).went(200)
    assert checked[-51:].index(PASSWORD) == 1


def test_who_registers_where_nobody_has_failed_passes_ahead_of_all_who_have_but_one(
    ada: Client, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted(_: Argon2Passwords, password: str) -> str:
        checked.append(password)
        return "a hash"

    monkeypatch.setattr(Argon2Passwords, "hash", noted)
    new = {"username": "ben", "password": PASSWORD}
    behind_many_who_failed(ada.world, ada.world.anyone.asking("POST", "/register", new)).went(201)
    assert checked[-51:].index(PASSWORD) == 1


def test_what_changes_no_password_waits_for_no_hash(ada: Client) -> None:
    flood = [ada.asking("PATCH", "/user", {"display_name": f"Ada {number}"}) for number in range(200)]
    assert codes(ada.world.together(flood)) == {"ok": 200}


def test_a_key_changes_nothing_for_who_registers(world: World, ada: Client) -> None:
    keyed = ada.with_headers(Idempotency_Key="k")
    evolve(keyed, headers={"Idempotency-Key": "k"}).post(
        "/register", {"username": "ben", "password": PASSWORD}
    ).went(201)
    world.anyone.logged_in("ben")


def test_one_persons_flood_of_writes_keeps_nobody_elses_out(ada: Client, ben: Client) -> None:
    free = threading.Event()

    async def scenario() -> tuple[list[Reply], Reply]:
        busy = asyncio.create_task(ada.world.mosaic.lanes.run(Lane.WRITE, lambda: free.wait(60)))
        asking = [ada.asking("POST", "/finalize_day", {}) for _ in range(1200)]
        flood = [asyncio.create_task(one) for one in asking]
        await some_turns()
        adding = asyncio.create_task(ben.asking("POST", "/finalize_day", {}))
        await some_turns()
        free.set()
        await busy
        return await asyncio.gather(*flood), await adding

    replies, bens = ada.world.runner.run(scenario())
    bens.went(200)
    assert set(codes(replies)) == {"ok", "service_unavailable"}
