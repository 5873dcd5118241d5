"""JSON Web Tokens keep what every way of signing tokens promises."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from mosaic_adapters.tokens import JwtTokens
from mosaic_core.accounts.ports import Tokens
from mosaic_core.errors import Unauthorized
from mosaic_core.testing import TokensContract
from mosaic_core.testing.contracts.credentials import CLAIMS


class TestJwtTokens(TokensContract):
    @pytest.fixture
    def make_tokens(self) -> Callable[[bytes], Tokens]:
        return JwtTokens

    @pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "RS256"])
    def test_a_token_that_names_another_algorithm_is_refused(self, tokens: Tokens, algorithm: str) -> None:
        token = tokens.issue(CLAIMS)
        header = _encoded({"alg": algorithm, "typ": "JWT"})
        _, payload, signature = token.split(".")
        for forged in (f"{header}.{payload}.", f"{header}.{payload}.{signature}"):
            with pytest.raises(Unauthorized):
                tokens.read(forged)

    def test_it_carries_the_agreed_claims(self, tokens: Tokens) -> None:
        assert _payload(tokens.issue(CLAIMS)) == {
            "sub": "7",
            "username": "Zoë",
            "display_name": "Zoë the First",
            "is_admin": True,
            "csrf": "csrf",
            "iat": 1_700_000_000,
            "exp": 1_700_003_600,
            "jti": "0-abc",
        }


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _payload(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return payload
