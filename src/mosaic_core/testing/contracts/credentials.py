"""What every way of hashing passwords and of signing tokens promises."""

import re
from collections.abc import Callable

import pytest
from attrs import evolve

from mosaic_core.accounts.model import Claims
from mosaic_core.accounts.ports import Passwords, Tokens
from mosaic_core.errors import Unauthorized

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


class PasswordsContract:
    """What every way of hashing passwords promises. Override `passwords`."""

    @pytest.fixture
    def passwords(self) -> Passwords:
        """Return what hashes passwords, as cheaply as it can."""
        raise NotImplementedError("override the fixture `passwords`")

    @pytest.mark.parametrize("password", ["password", "pässwörd 🌲", " ", "x" * 1024])
    def test_a_password_fits_its_hash_and_no_other_does(self, passwords: Passwords, password: str) -> None:
        hashed = passwords.hash(password)
        assert password not in hashed or password == " "
        assert passwords.verify(hashed, password)
        assert not passwords.verify(hashed, password + "x")
        assert not passwords.verify(hashed, "")

    def test_a_password_hashes_differently_each_time(self, passwords: Passwords) -> None:
        assert passwords.hash("password") != passwords.hash("password")

    def test_without_a_hash_no_password_fits(self, passwords: Passwords) -> None:
        assert not passwords.verify(None, "password")
        assert not passwords.verify(None, "")
        assert not passwords.verify(None, "a password that nobody has")

    def test_a_damaged_hash_fits_no_password(self, passwords: Passwords) -> None:
        assert not passwords.verify("", "password")
        assert not passwords.verify("no hash", "password")
        assert not passwords.verify(passwords.hash("password")[:-2], "password")


class TokensContract:
    """What every way of signing tokens promises. Override `make_tokens`."""

    @pytest.fixture
    def make_tokens(self) -> Callable[[bytes], Tokens]:
        """Return a function that makes what signs with the given secret of 32 bytes."""
        raise NotImplementedError("override the fixture `make_tokens`")

    @pytest.fixture
    def tokens(self, make_tokens: Callable[[bytes], Tokens]) -> Tokens:
        """Return what is tested."""
        return make_tokens(SECRET)

    def test_a_token_tells_the_claims_it_was_issued_for(self, tokens: Tokens) -> None:
        token = tokens.issue(CLAIMS)
        assert tokens.read(token) == CLAIMS
        assert tokens.read(token) == CLAIMS

    def test_another_process_with_the_secret_reads_the_token(
        self, tokens: Tokens, make_tokens: Callable[[bytes], Tokens]
    ) -> None:
        assert make_tokens(SECRET).read(tokens.issue(CLAIMS)) == CLAIMS

    @pytest.mark.parametrize(("issued_at", "expires_at"), [(0, 1), (4_000_000_000, 4_000_003_600)])
    def test_whether_its_time_has_run_out_or_not_yet_come_does_not_matter(
        self, tokens: Tokens, issued_at: int, expires_at: int
    ) -> None:
        claims = evolve(CLAIMS, issued_at=issued_at, expires_at=expires_at)
        assert tokens.read(tokens.issue(claims)) == claims

    def test_a_token_signed_with_another_secret_is_refused(
        self, tokens: Tokens, make_tokens: Callable[[bytes], Tokens]
    ) -> None:
        with pytest.raises(Unauthorized):
            tokens.read(make_tokens(SECRET[::-1]).issue(CLAIMS))

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "ünïcode", "\0", "a" * 10_000])
    def test_what_is_no_token_is_refused(self, tokens: Tokens, token: str) -> None:
        with pytest.raises(Unauthorized):
            tokens.read(token)

    def test_a_token_changed_anywhere_is_refused(self, tokens: Tokens) -> None:
        token = tokens.issue(CLAIMS)
        for place in range(0, len(token) - 1, 7):
            changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(Unauthorized):
                tokens.read(changed)

    def test_secrets_differ_are_long_and_of_plain_characters(self, tokens: Tokens) -> None:
        secrets = {tokens.new_secret() for _ in range(20)}
        assert len(secrets) == 20
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{27,100}", one) for one in secrets)
