"""What every way of hashing passwords and of signing tokens promises."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import evolve

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_adapters.tokens import JwtTokens
from mosaic_core.accounts.model import Claims
from mosaic_core.accounts.ports import Passwords, Tokens
from mosaic_core.errors import Unauthorized

PASSWORDS: Mapping[str, Callable[[], Passwords]] = {"argon2": lambda: Argon2Passwords(memory_kib=8, rounds=1)}
TOKENS: Mapping[str, Callable[[bytes], Tokens]] = {"jwt": JwtTokens}

SECRET = b"a secret that is 32 bytes long.."
CLAIMS = Claims(
    user_id=7,
    username="Zoë",
    display_name="Zoë the First",
    is_admin=True,
    csrf="csrf",
    issued_at=1_700_000_000,
    expires_at=1_700_003_600,
    token_id="0-abc",
)


@pytest.fixture(params=PASSWORDS)
def passwords(request: pytest.FixtureRequest) -> Passwords:
    return PASSWORDS[request.param]()


@pytest.fixture(params=TOKENS)
def make_tokens(request: pytest.FixtureRequest) -> Callable[[bytes], Tokens]:
    return TOKENS[request.param]


@pytest.fixture
def tokens(make_tokens: Callable[[bytes], Tokens]) -> Tokens:
    return make_tokens(SECRET)


@pytest.mark.parametrize("password", ["password", "pässwörd 🌲", " ", "x" * 1024])
def test_a_password_fits_its_hash_and_no_other_does(passwords: Passwords, password: str) -> None:
    hashed = passwords.hash(password)
    assert password not in hashed
    assert passwords.verify(hashed, password)
    assert not passwords.verify(hashed, password + "x")
    assert not passwords.verify(hashed, "")


def test_a_password_hashes_differently_each_time(passwords: Passwords) -> None:
    assert passwords.hash("password") != passwords.hash("password")


def test_without_a_hash_no_password_fits(passwords: Passwords) -> None:
    assert not passwords.verify(None, "password")
    assert not passwords.verify(None, "a password that nobody has")


def test_a_damaged_hash_fits_no_password(passwords: Passwords) -> None:
    assert not passwords.verify("", "password")
    assert not passwords.verify("no hash", "password")
    assert not passwords.verify(passwords.hash("password")[:-2], "password")


def test_hashes_of_other_costs_can_be_verified() -> None:
    hashed = Argon2Passwords(memory_kib=16, rounds=2).hash("password")
    assert Argon2Passwords(memory_kib=8, rounds=1).verify(hashed, "password")


def test_a_token_tells_the_claims_it_was_issued_for(tokens: Tokens) -> None:
    token = tokens.issue(CLAIMS)
    assert tokens.read(token) == CLAIMS
    assert tokens.read(token) == CLAIMS


def test_another_process_with_the_secret_reads_the_token(
    tokens: Tokens, make_tokens: Callable[[bytes], Tokens]
) -> None:
    assert make_tokens(SECRET).read(tokens.issue(CLAIMS)) == CLAIMS


@pytest.mark.parametrize(("issued_at", "expires_at"), [(0, 1), (4_000_000_000, 4_000_003_600)])
def test_whether_its_time_has_run_out_or_not_yet_come_does_not_matter(
    tokens: Tokens, issued_at: int, expires_at: int
) -> None:
    claims = evolve(CLAIMS, issued_at=issued_at, expires_at=expires_at)
    assert tokens.read(tokens.issue(claims)) == claims


def test_a_token_signed_with_another_secret_is_refused(
    tokens: Tokens, make_tokens: Callable[[bytes], Tokens]
) -> None:
    with pytest.raises(Unauthorized):
        tokens.read(make_tokens(SECRET[::-1]).issue(CLAIMS))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "ünïcode", "\0", "a" * 10_000])
def test_what_is_no_token_is_refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(Unauthorized):
        tokens.read(token)


def test_a_token_changed_anywhere_is_refused(tokens: Tokens) -> None:
    token = tokens.issue(CLAIMS)
    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Unauthorized):
            tokens.read(changed)


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _payload(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return payload


@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "RS256"])
def test_a_token_that_names_another_algorithm_is_refused(tokens: Tokens, algorithm: str) -> None:
    token = tokens.issue(CLAIMS)
    header = _encoded({"alg": algorithm, "typ": "JWT"})
    _, payload, signature = token.split(".")
    for forged in (f"{header}.{payload}.", f"{header}.{payload}.{signature}"):
        with pytest.raises(Unauthorized):
            tokens.read(forged)


def test_a_jwt_carries_the_agreed_claims() -> None:
    assert _payload(JwtTokens(SECRET).issue(CLAIMS)) == {
        "sub": "7",
        "username": "Zoë",
        "display_name": "Zoë the First",
        "is_admin": True,
        "csrf": "csrf",
        "iat": 1_700_000_000,
        "exp": 1_700_003_600,
        "jti": "0-abc",
    }
