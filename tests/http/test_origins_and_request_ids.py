"""Cross-origin requests, and the id of every answer."""

import pytest
from attrs import evolve

from mosaic_http.cycle import EXTENSIONS
from support_http import Client, Reply, Serve, World

ALLOWED = {
    "content-type",
    "authorization",
    "x-csrf-token",
    "x-api-key",
    "x-idempotency-key",
    "idempotency-key",
    "x-overwrite-existing",
    "x-device-id",
    "x-request-id",
}
EXPOSED = {
    "content-disposition",
    "x-request-id",
    "x-limit",
    "x-offset",
    "x-total-entries",
    "x-total-activities",
    "x-total-count",
    "retry-after",
    "idempotency-replayed",
}
OURS = "http://localhost:3000"


def preflight(client: Client, target: str, origin: str = OURS, method: str = "POST", **headers: str) -> Reply:
    asked = client.with_headers(Origin=origin, Access_Control_Request_Method=method, **headers)
    return asked.ask("OPTIONS", target)


def words(reply: Reply, name: str) -> set[str]:
    return {word.strip().lower() for word in (reply.header(name) or "").split(",")} - {""}


@pytest.mark.parametrize(
    "target", ["/add_entry", "/today", "/users/1", "/logs/activity", "/export/csv", "/no/such"]
)
@pytest.mark.parametrize("origin", [OURS, "http://127.0.0.1:3000"])
def test_a_preflight_is_answered_without_authentication(serve: Serve, target: str, origin: str) -> None:
    anyone = serve(api_key="key").anyone
    asked = ", ".join(sorted(ALLOWED))
    reply = preflight(anyone, target, origin, Access_Control_Request_Headers=asked)
    assert reply.status in {200, 204}
    assert reply.header("access-control-allow-origin") == origin
    assert reply.header("access-control-allow-credentials") == "true"
    assert words(reply, "access-control-allow-headers") >= ALLOWED
    assert {"get", "post", "put", "patch", "delete"} <= words(reply, "access-control-allow-methods")
    assert "origin" in words(reply, "vary")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_may_be_asked_for(world: World, method: str) -> None:
    assert preflight(world.anyone, "/user", method=method).status in {200, 204}


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.example",
    ],
)
def test_another_origin_gets_no_leave(ada: Client, origin: str) -> None:
    assert preflight(ada.world.anyone, "/add_entry", origin).header("access-control-allow-origin") is None
    reply = ada.with_headers(Origin=origin).get("/user").went(200)
    assert reply.header("access-control-allow-origin") is None


def test_a_refused_preflight_has_the_one_shape(world: World) -> None:
    preflight(world.anyone, "/add_entry", "http://evil.example").failed("bad_request")
    preflight(world.anyone, "/add_entry", Access_Control_Request_Headers="X-Strange").failed("bad_request")
    preflight(world.anyone, "/add_entry", method="BREW").failed("bad_request")


@pytest.mark.parametrize("target", ["/user", "/entries?limit=x", "/no/such", "/healthz"])
def test_an_answer_to_our_origin_may_be_read_with_its_headers(ada: Client, target: str) -> None:
    reply = ada.with_headers(Origin=OURS).get(target)
    assert reply.header("access-control-allow-origin") == OURS
    assert reply.header("access-control-allow-credentials") == "true"
    assert words(reply, "access-control-expose-headers") == EXPOSED
    assert "origin" in words(reply, "vary")


def test_failures_before_and_behind_authentication_may_be_read_too(serve: Serve) -> None:
    world = serve(rate_limits={"add_entry": (1, 60)}, max_body=200)
    ada = world.person("ada").with_headers(Origin=OURS)
    for reply in (
        world.anyone.with_headers(Origin=OURS).get("/user").failed("unauthorized"),
        ada.ask("PUT", "/today").failed("method_not_allowed"),
        ada.add_activity("x" * 300).failed("payload_too_large"),
        [ada.add_entry(), ada.add_entry()][1].failed("too_many_requests"),
    ):
        assert reply.header("access-control-allow-origin") == OURS


def test_the_origins_come_from_configuration(serve: Serve) -> None:
    world = serve(cors_origins=("https://mosaic.example",))
    assert preflight(world.anyone, "/user", "https://mosaic.example").status in {200, 204}
    preflight(world.anyone, "/user", OURS).failed("bad_request")


def test_no_answer_allows_every_origin(ada: Client) -> None:
    for origin in (OURS, "http://evil.example"):
        assert ada.with_headers(Origin=origin).get("/user").header("access-control-allow-origin") != "*"


def test_a_request_without_an_origin_gets_no_such_headers(ada: Client) -> None:
    assert not any(name.startswith("access-control") for name, _ in ada.get("/user").headers)


@pytest.mark.parametrize("given", ["a", "A-z_0.9", "x" * 64])
def test_a_given_request_id_is_taken_over(world: World, given: str) -> None:
    assert world.anyone.get("/", {"X-Request-ID": given}).header("x-request-id") == given
    assert world.log.lines[-1]["id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "ä", "a/b", "a\tb", "a\nb", "<script>", "a,b", "{}"])
def test_a_request_id_of_another_form_is_replaced(world: World, given: str) -> None:
    told = world.anyone.get("/", {"X-Request-ID": given}).header("x-request-id")
    assert told is not None
    assert told != given


def test_no_two_requests_without_an_id_get_the_same(world: World) -> None:
    ids = {world.anyone.get("/").header("x-request-id") for _ in range(100)}
    assert len(ids) == 100


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/user"),
        ("PUT", "/today"),
        ("GET", "/no/such"),
        ("OPTIONS", "/today"),
        ("HEAD", "/"),
        ("GET", "/healthz"),
    ],
)
def test_every_kind_of_answer_takes_the_given_id_over(world: World, method: str, target: str) -> None:
    assert world.anyone.ask(method, target, headers={"X-Request-ID": "mine"}).header("x-request-id") == "mine"
    asked = world.anyone.with_headers(X_Request_ID="mine", Origin=OURS, Access_Control_Request_Method="POST")
    assert asked.ask("OPTIONS", target).header("x-request-id") == "mine"


def test_servers_that_take_no_whole_answers_get_the_same(ada: Client) -> None:
    whole, parts = (evolve(ada, extensions=extensions).get("/today") for extensions in (EXTENSIONS, {}))
    assert (whole.status, whole.body) == (parts.status, parts.body)
    assert [name for name, _ in whole.headers] == [name for name, _ in parts.headers]


def test_answers_to_other_origins_say_so_whatever_the_server_takes(ada: Client) -> None:
    for extensions in (EXTENSIONS, {}):
        reply = evolve(ada, extensions=extensions).with_headers(Origin=OURS).get("/today")
        assert reply.header("access-control-allow-origin") == OURS
