"""Tokens as JSON Web Tokens, signed with HS256."""

import re
import secrets
from functools import lru_cache
from typing import Any

import jwt

from mosaic_core.accounts.model import Claims
from mosaic_core.accounts.ports import Tokens
from mosaic_core.errors import Unauthorized

_ALGORITHM = "HS256"
_CLAIMS: dict[str, type] = {
    "sub": str,
    "username": str,
    "display_name": str,
    "is_admin": bool,
    "csrf": str,
    "iat": int,
    "exp": int,
    "jti": str,
}
_KNOWN_TOKENS = 4096


class JwtTokens(Tokens):
    """Signs and reads tokens. Claims never change, so those of the tokens read last are kept."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._known = lru_cache(_KNOWN_TOKENS)(self._decode)

    def issue(self, claims: Claims) -> str:
        """Return the signed token."""
        return jwt.encode(
            {
                "sub": str(claims.user_id),
                "username": claims.username,
                "display_name": claims.display_name,
                "is_admin": claims.is_admin,
                "csrf": claims.csrf,
                "iat": claims.issued_at,
                "exp": claims.expires_at,
                "jti": claims.token_id,
            },
            self._secret,
            algorithm=_ALGORITHM,
        )

    def new_id(self) -> str:
        """Return 144 random bits as text."""
        return secrets.token_urlsafe(18)

    def new_secret(self) -> str:
        """Return 256 random bits as text."""
        return secrets.token_urlsafe(32)

    def read(self, token: str) -> Claims:
        """Return the claims; whether their time has run out is for the reader to judge."""
        return self._known(token)

    def _decode(self, token: str) -> Claims:
        try:
            payload: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                options={"require": [*_CLAIMS], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise Unauthorized("The token is not valid") from None
        if any(type(payload[name]) is not kind for name, kind in _CLAIMS.items()):
            raise Unauthorized("The token is not valid")
        return Claims(
            user_id=_user_id(payload["sub"]),
            username=payload["username"],
            display_name=payload["display_name"],
            is_admin=payload["is_admin"],
            csrf=payload["csrf"],
            issued_at=payload["iat"],
            expires_at=payload["exp"],
            token_id=payload["jti"],
        )


def _user_id(subject: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", subject):
        raise Unauthorized("The token is not valid")
    return int(subject)
