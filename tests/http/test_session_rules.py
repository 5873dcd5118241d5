"""Who may call: API key, tokens, cookies."""

import base64
import json
import threading
from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from typing import Any

import jwt
import pytest
from attrs import evolve

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_core.accounts.brake import Attempt, LoginBrake
from mosaic_core.entries.model import EntryFilter
from support import FixedClock
from support_http import PASSWORD, SECRET, Client, Reply, Serve, World

KEY = "an-api-key-of-these-tests"
CLAIMS = ("sub", "username", "display_name", "is_admin", "csrf", "iat", "exp", "jti")

WRITES = [
    ("POST", "/logout"),
    ("PATCH", "/user"),
    ("DELETE", "/user"),
    ("POST", "/add_activity"),
    ("PUT", "/activities/1"),
    ("PATCH", "/activities/1/activate"),
    ("DELETE", "/activities/1"),
    ("POST", "/add_entry"),
    ("DELETE", "/entries/1"),
    ("POST", "/finalize_day"),
    ("POST", "/import_csv"),
    ("DELETE", "/users/2"),
]
READS = [
    "/user",
    "/users",
    "/activities",
    "/entries",
    "/today",
    "/stats/progress",
    "/export/json",
    "/export/csv",
]


def claims_of(person: Client) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        person.token, SECRET, algorithms=["HS256"], options={"verify_exp": False}
    )
    return claims


def presenting(person: Client, token: str) -> Reply:
    return evolve(person, headers={"Authorization": f"Bearer {token}"}).get("/user")


def signed(claims: dict[str, Any], secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


@pytest.mark.parametrize("target", READS)
def test_reading_wants_a_token(world: World, target: str) -> None:
    reply = world.anyone.get(target).failed("unauthorized")
    assert reply.header("www-authenticate") == "Bearer"


@pytest.mark.parametrize(("method", "target"), WRITES)
def test_writing_wants_a_token(world: World, method: str, target: str) -> None:
    world.anyone.ask(method, target, {}).failed("unauthorized")


def test_a_token_has_exactly_the_promised_claims(ada: Client) -> None:
    claims = claims_of(ada)
    assert set(claims) == set(CLAIMS)
    assert jwt.get_unverified_header(ada.token)["alg"] == "HS256"
    assert (claims["sub"], claims["username"], claims["is_admin"]) == ("1", "ada", True)
    assert claims["csrf"] == ada.csrf
    assert claims["exp"] - claims["iat"] == 3600


def test_a_token_signed_anew_over_the_same_claims_is_good(ada: Client) -> None:
    presenting(ada, signed(claims_of(ada))).went(200)


@pytest.mark.parametrize("missing", CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(ada: Client, missing: str) -> None:
    claims = claims_of(ada)
    del claims[missing]
    presenting(ada, signed(claims)).failed("unauthorized")


def test_a_token_of_another_secret_is_refused(ada: Client) -> None:
    presenting(ada, signed(claims_of(ada), b"quite another secret, long enough too")).failed("unauthorized")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused_though_the_secret_is_right(
    ada: Client, algorithm: str
) -> None:
    secret = SECRET * 2
    presenting(ada, signed(claims_of(ada), secret, algorithm)).failed("unauthorized")
    head, body, _ = signed(claims_of(ada), secret, algorithm).split(".")
    presenting(ada, f"{head}.{body}.{ada.token.split('.')[2]}").failed("unauthorized")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_a_token_without_a_signature_is_refused(ada: Client, algorithm: str) -> None:
    parts = [{"alg": algorithm, "typ": "JWT"}, claims_of(ada)]
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    presenting(ada, f"{text}.").failed("unauthorized")


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "2"},
        {"sub": 1},
        {"sub": "ada"},
        {"sub": "-1"},
        {"sub": "9" * 5000},
        {"sub": None},
        {"exp": "soon"},
        {"exp": None},
        {"jti": None},
        {"jti": "somebody-else"},
        {"jti": ""},
    ],
)
def test_a_signed_token_with_wrong_claims_is_refused(ada: Client, changed: dict[str, Any]) -> None:
    presenting(ada, signed({**claims_of(ada), **changed})).failed("unauthorized")


@pytest.mark.parametrize("changed", [{"sub": "9" * 30}, {"is_admin": ["yes"]}, {"is_admin": {}}, {"csrf": 1}])
def test_a_signed_token_with_claims_of_strange_types_is_refused(ada: Client, changed: dict[str, Any]) -> None:
    presenting(ada, signed({**claims_of(ada), **changed})).failed("unauthorized")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer \xff\xfe",
        "Basic YWRhOnB3",
        "token",
        "Bearer ." * 500,
    ],
)
def test_a_header_that_is_no_token_is_refused(ada: Client, header: str) -> None:
    evolve(ada, headers={"Authorization": header}).get("/user").failed("unauthorized")


def test_the_scheme_is_known_in_any_case(ada: Client) -> None:
    evolve(ada, headers={"authorization": f"bearer {ada.token}"}).get("/user").went(200)


def test_a_token_expires_at_its_time_and_not_before(ada: Client) -> None:
    ada.world.clock.advance(seconds=3599)
    ada.get("/user").went(200)
    ada.world.clock.advance(seconds=1)
    ada.get("/user").failed("token_expired")


def test_an_expired_token_of_another_secret_is_merely_unauthorized(ada: Client) -> None:
    claims = claims_of(ada)
    ada.world.clock.advance(days=1)
    presenting(ada, signed(claims, b"quite another secret, long enough too")).failed("unauthorized")


def test_a_deleted_users_token_stops_at_once(ada: Client, ben: Client) -> None:
    ben.get("/today").went(200)
    ada.delete(f"/users/{ben.id}").went(200)
    for target in READS:
        ben.get(target).failed("unauthorized")


def test_writes_that_wait_behind_the_deletion_of_their_user_are_refused_and_leave_nothing(
    ada: Client, ben: Client, store_name: str
) -> None:
    said = {"date": "2024-06-01", "activity": "Running"}
    deletion = ben.asking("DELETE", "/user")
    replies = ada.world.together([deletion, *(ben.asking("POST", "/add_entry", said) for _ in range(5))])
    deleted, *written = [reply.status for reply in replies]
    early = {200, 201} if store_name == "postgresql" else set()  # each has a thread there, and may come first
    assert deleted == 200
    assert set(written) <= {401, *early}
    with ada.world.mosaic.store.read() as unit:
        assert unit.entries.count(ben.id, EntryFilter(), shared=False) == 0
        assert unit.activities.owned(ben.id) == []


def test_a_changed_administrator_flag_counts_at_once(ada: Client, ben: Client) -> None:
    ben.get("/users").failed("forbidden")
    ada.world.mosaic.accounts.set_admin("ben", is_admin=True)
    ben.get("/users").went(200)
    ada.world.mosaic.accounts.set_admin("ben", is_admin=False)
    ben.get("/users").failed("forbidden")


def test_a_token_that_claims_to_be_an_administrators_is_believed_only_as_far_as_the_store_agrees(
    ada: Client,  # noqa: ARG001  # Ben must not be the first
    ben: Client,
) -> None:
    forged = signed({**claims_of(ben), "is_admin": True})
    evolve(ben, headers={"Authorization": f"Bearer {forged}"}).get("/users").failed("forbidden")


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/user"), ("POST", "/add_entry"), ("GET", "/logs/activity")]
)
def test_where_an_api_key_is_set_every_other_path_wants_it(serve: Serve, method: str, target: str) -> None:
    ada = serve(api_key=KEY).person("ada")
    ada.ask(method, target).failed("unauthorized")
    ada.ask(method, target, headers={"X-API-Key": KEY[:-1]}).failed("unauthorized")
    ada.ask(method, target, headers={"X-API-Key": KEY + "\xff"}).failed("unauthorized")
    assert ada.ask(method, target, headers={"X-API-Key": KEY}).status != 401


def test_an_api_key_is_no_token(serve: Serve) -> None:
    serve(api_key=KEY).anyone.with_headers(X_API_Key=KEY).get("/user").failed("unauthorized")


def test_public_paths_want_no_api_key(serve: Serve) -> None:
    world = serve(api_key=KEY)
    world.person("ada")
    world.anyone.get("/").went(200)
    world.anyone.get("/healthz").went(200)


def cookie_session(world: World, scheme: str = "http") -> Client:
    """Return a client that authenticates by cookie alone, and knows its CSRF token."""
    client = evolve(world.anyone, scheme=scheme)
    reply = client.post("/login", {"username": "ada", "password": PASSWORD, "cookie": True}).went(200)
    cookie = reply.header("set-cookie")
    assert cookie is not None
    session = cookie.partition(";")[0]
    assert session == f"mosaic_session={reply.json['access_token']}"
    return evolve(client, headers={"Cookie": session}, csrf=reply.json["csrf_token"])


def attributes(reply: Reply) -> set[str]:
    cookie = reply.header("set-cookie")
    assert cookie is not None
    return {part.strip().lower() for part in cookie.split(";")[1:]}


def test_the_cookie_is_http_only_strict_for_every_path_and_secure_over_https(ada: Client) -> None:
    said = {"username": "ada", "password": PASSWORD, "cookie": True}
    plain = attributes(ada.world.anyone.post("/login", said))
    secure = attributes(evolve(ada.world.anyone, scheme="https").post("/login", said))
    assert {"httponly", "samesite=strict", "path=/"} <= plain
    assert secure - plain == {"secure"}


def test_a_cookie_session_reads_without_a_csrf_token(ada: Client) -> None:
    session = cookie_session(ada.world)
    for target in READS:
        session.get(target).went(200)


@pytest.mark.parametrize(("method", "target"), WRITES)
def test_a_cookie_session_writes_only_with_the_right_csrf_token(
    ada: Client, method: str, target: str
) -> None:
    session = cookie_session(ada.world)
    session.ask(method, target, {}).failed("invalid_csrf")
    session.ask(method, target, {}, headers={"X-CSRF-Token": "wrong"}).failed("invalid_csrf")
    session.ask(method, target, {}, headers={"X-CSRF-Token": ""}).failed("invalid_csrf")
    session.ask(method, target, {}, headers={"X-CSRF-Token": ada.csrf}).failed("invalid_csrf")
    reply = session.ask(method, target, {}, headers={"X-CSRF-Token": session.csrf})
    assert reply.status not in {401, 403}


def test_a_session_by_header_needs_no_csrf_token_and_may_send_a_wrong_one(ada: Client) -> None:
    ada.post("/finalize_day", {}, headers={"X-CSRF-Token": "wrong"}).went(200)


def test_the_header_beats_the_cookie(ada: Client) -> None:
    session = cookie_session(ada.world)
    session.get("/user", headers={"Authorization": "Bearer nonsense"}).failed("unauthorized")
    evolve(session, headers={**session.headers, **ada.headers}).post("/finalize_day", {}).went(200)


def test_of_two_cookies_the_one_of_the_longer_path_counts_which_browsers_send_first(ada: Client) -> None:
    session = cookie_session(ada.world)
    own = session.headers["Cookie"]
    for others in ("mosaic_session=of.a.neighbour", "theme=dark; mosaic_session=of.a.neighbour; x"):
        evolve(session, headers={"Cookie": f"lang=cs; {own}; {others}"}).get("/user").went(200)
        evolve(session, headers={"Cookie": f"{others}; {own}"}).get("/user").failed("unauthorized")


def test_logging_out_by_cookie_clears_it_and_kills_its_token(ada: Client) -> None:
    session = cookie_session(ada.world)
    reply = session.post("/logout", headers={"X-CSRF-Token": session.csrf}).went(200)
    assert {"max-age=0", "path=/"} <= attributes(reply)
    session.get("/user").failed("unauthorized")
    ada.get("/user").went(200)


def test_a_cookie_session_changes_its_password_only_with_the_current_one(ada: Client) -> None:
    session = cookie_session(ada.world)
    session = session.with_headers(X_CSRF_Token=session.csrf)
    reply = session.patch("/user", {"password": "a new password"}).failed("invalid_input")
    assert reply.message == "Missing required field(s): current_password"
    wrong = {"password": "a new password", "current_password": "not that one"}
    session.patch("/user", wrong).failed("invalid_credentials")
    session.patch("/user", {"display_name": "needs no proof"}).went(200)
    session.patch("/user", {**wrong, "current_password": PASSWORD}).went(200)


WRONG = {"username": "ada", "password": "wrong"}


def test_attempts_beyond_ten_wait_and_never_lock_the_owner_out(ada: Client) -> None:
    sessions, network = ada.world.mosaic.sessions, ada.address
    for _ in range(10):
        ada.world.anyone.post("/login", WRONG).failed("invalid_credentials")
    attempt = sessions.begin_login("ada", network)
    assert sessions.seconds_left(attempt) == 0.5
    sessions.end_login(attempt)
    ada.world.anyone.logged_in("ADA")
    assert sessions.seconds_left(sessions.begin_login("ada", network)) == 0


Send = Callable[[Iterable[Awaitable[Reply]]], list[Reply]]


@pytest.fixture
def at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Send attempts at a password, of which none is checked before all have begun, or have been refused."""

    def together(asking: Iterable[Awaitable[Reply]]) -> list[Reply]:
        asked, number, all_have_come = list(asking), count(1), threading.Event()

        def begun(brake: LoginBrake, *given: str) -> Attempt:
            try:
                return begin(brake, *given)
            finally:
                if next(number) == len(asked):
                    all_have_come.set()

        def verified(passwords: Argon2Passwords, *given: Any) -> bool:  # noqa: ANN401  # as what it stands for
            assert all_have_come.wait(60)
            return verify(passwords, *given)

        begin, verify = LoginBrake.begin, Argon2Passwords.verify
        with monkeypatch.context() as patched:
            patched.setattr(LoginBrake, "begin", begun)
            patched.setattr(Argon2Passwords, "verify", verified)
            return world.together(asked)

    return together


def test_wrong_passwords_at_the_same_time_are_slowed_down(ada: Client, at_once: Send) -> None:
    asking, clock = ada.world.anyone.asking, ada.world.clock
    replies = at_once(asking("POST", "/login", WRONG) for _ in range(12))
    assert sorted(reply.code for reply in replies) == ["invalid_credentials"] * 10 + ["too_many_requests"] * 2
    before = clock.seconds
    replies = at_once(asking("POST", "/login", WRONG) for _ in range(2))
    assert [reply.code for reply in replies] == ["invalid_credentials"] * 2
    assert clock.seconds - before == 1.0
    ada.world.anyone.logged_in("ada")


def test_guessing_the_current_password_is_as_slow_as_logging_in_and_leaves_audit_rows(
    ada: Client, at_once: Send
) -> None:
    wrong, clock = {"password": "a new password", "current_password": "wrong"}, ada.world.clock
    replies = at_once(ada.asking("PATCH", "/user", wrong) for _ in range(12))
    assert sorted(reply.code for reply in replies) == ["invalid_credentials"] * 10 + ["too_many_requests"] * 2
    assert [reply.header("retry-after") for reply in replies].count("1") == 2
    before = clock.seconds
    ada.patch("/user", wrong).failed("invalid_credentials")
    assert clock.seconds - before == 0.5
    rows = ada.world.audit("auth.login_failed")
    assert len(rows) == 11
    assert rows[0] == {
        "event_type": "auth.login_failed",
        "user_id": ada.id,
        "level": "warning",
        "context": {"username": "ada", "is_admin": True},
    }
    attempt = ada.world.mosaic.sessions.begin_login("ada", ada.address)
    assert ada.world.mosaic.sessions.seconds_left(attempt) == 1.0
    ada.world.mosaic.sessions.end_login(attempt)
    ada.patch("/user", {"display_name": "Not slowed down"}).went(200)
    ada.patch("/user", {**wrong, "current_password": PASSWORD}).went(200)
    assert (
        ada.world.mosaic.sessions.seconds_left(ada.world.mosaic.sessions.begin_login("ada", ada.address)) == 0
    )


def test_a_password_is_not_guessed_by_repeating_a_request_under_a_key(ada: Client) -> None:
    keyed = ada.with_headers(Idempotency_Key="key")
    keyed.patch("/user", {"password": "a new password"}).went(200)
    for number in range(10):
        keyed.patch("/user", {"password": f"a new password {number}"}).failed("idempotency_mismatch")
    before = ada.world.clock.seconds
    keyed.patch("/user", {"password": "a new passwort"}).failed("idempotency_mismatch")
    assert ada.world.clock.seconds - before == 0.5


def test_tokens_are_judged_by_the_servers_clock(serve: Serve) -> None:
    world = serve(jwt_exp_minutes=1)
    ada = world.person("ada")
    assert isinstance(world.clock, FixedClock)
    world.clock.advance(minutes=1)
    ada.get("/user").failed("token_expired")
    world.anyone.logged_in("ada").get("/user").went(200)
