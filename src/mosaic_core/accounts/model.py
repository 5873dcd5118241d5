"""What a user is, and what a token claims."""

import datetime as dt
from typing import Any, ClassVar

from attrs import Attribute, Factory, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.caching import CacheScope
from mosaic_core.calendar import MIDNIGHT
from mosaic_core.caller import Caller
from mosaic_core.texts import composed, hides_something
from mosaic_core.validators import Validator, fail, name, obey, some_of, start_of_day, text, zone_name

LONGEST_USERNAME = 80
LONGEST_PASSWORD = 1024


@frozen
class User:
    """A user as it is stored.

    Until `day_start` ("HH:MM", local time) it is still yesterday for them. `token_generation` grows when the
    password changes; tokens of an earlier one are dead.
    """

    id: int
    username: str
    display_name: str
    password_hash: str = field(repr=False)
    is_admin: bool
    timezone: str | None
    token_generation: int
    created_at: dt.datetime
    day_start: str = MIDNIGHT


@frozen
class RevokedToken:
    """A token that was revoked; `expires_at` is in whole seconds since 1970."""

    token_id: str
    user_id: int
    expires_at: int


@frozen
class Claims:
    """What a token says. Times are whole seconds since 1970."""

    user_id: int
    username: str
    display_name: str
    is_admin: bool
    csrf: str = field(repr=False)
    issued_at: int
    expires_at: int
    token_id: str
    scope: CacheScope = field(
        init=False, eq=False, default=Factory(lambda self: CacheScope(self.user_id, self.is_admin), True)
    )


@frozen
class Session:
    """A presented token that holds, and whose it is.

    `scopes` are what a personal access token opens; None is a login, which opens everything. `expires_at` is
    in seconds since 1970; None is never.
    """

    caller: Caller
    csrf: str = field(repr=False)
    token_id: str
    expires_at: float | None
    scopes: frozenset[str] | None = None

    @property
    def login_ends(self) -> int:
        """When a login ends, in whole seconds since 1970; every one does."""
        return int(self.expires_at or 0)


@frozen
class StoredSession:
    """A login as it is stored; `token_id` is its token's, `expires_at` in whole seconds since 1970."""

    id: int
    user_id: int
    token_id: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    expires_at: int
    user_agent: str


@frozen
class Login:
    """What a person gets for name and password. `expires_in` is in seconds."""

    user: User
    access_token: str = field(repr=False)
    csrf_token: str = field(repr=False)
    expires_in: int


def all_seen(_: object, attribute: "Attribute[Any]", value: str) -> None:
    """Require only characters that show: two names that look the same are not two people's.

    Unassigned characters are refused too, for a later Unicode may give them a case or a composition, and with
    it the name another key.
    """
    if any(map(str.isspace, value)):
        raise fail(attribute.name, "must not contain white space")
    if not value.isprintable() or hides_something(value):
        raise fail(attribute.name, "must not contain invisible or unassigned characters")


def _cut_username(text: str) -> str:
    """Cut a name to one character more than an account can have: enough to be wrong."""
    return text[: LONGEST_USERNAME + 1]


def _cut_password(text: str) -> str:
    """Cut a password to one character more than an account can have: enough to be wrong."""
    return text[: LONGEST_PASSWORD + 1]


_username: list[Validator] = [name(3, LONGEST_USERNAME), all_seen]
_zone: list[Validator] = [text(1, 80), zone_name]


@frozen(kw_only=True)
class NewPerson:
    """A person who is known by name, without a password.

    `timezone` is the IANA name of their zone, `day_start` when their days start.
    """

    username: str = field(converter=composed, validator=_username)
    timezone: str | None = field(default=None, validator=optional(zone_name))
    day_start: str | None = field(default=None, validator=optional(start_of_day))


@frozen(kw_only=True)
class NewAccount:
    """What a person says of themselves to get an account. The display name defaults to the username."""

    username: str = field(converter=composed, validator=_username)
    password: str = field(validator=text(8, LONGEST_PASSWORD), repr=False)
    display_name: str | None = field(
        default=None, converter=optional_converter(composed), validator=optional(name(0, 120))
    )


@frozen
class Greeting:
    """What any visitor may know: whether nobody has an account yet, and whether all may make one."""

    is_first: bool
    registration_open: bool


@frozen(kw_only=True)
class Credentials:
    """A name and a password to be checked.

    They may be of any length: what no account can have gets the answer of any wrong password. It is cut
    where it is too long already, for attempts wait, and hashing takes time that grows with length.
    """

    username: str = field(converter=_cut_username)
    password: str = field(converter=_cut_password, repr=False)
    cookie: bool = False


@frozen(kw_only=True)
class ProfileChange:
    """What a person changes about themselves; None leaves a field as it is."""

    display_name: str | None = field(
        default=None, converter=optional_converter(composed), validator=optional(name(0, 120))
    )
    password: str | None = field(default=None, validator=optional(text(8, LONGEST_PASSWORD)), repr=False)
    timezone: str | None = field(default=None, validator=optional(_zone))
    day_start: str | None = field(default=None, validator=optional(start_of_day))
    current_password: str | None = field(
        default=None, converter=optional_converter(_cut_password), repr=False
    )

    RULES: ClassVar = (some_of("display_name", "password", "timezone", "day_start"),)

    def __attrs_post_init__(self) -> None:
        obey(self)
