"""Accounts and sessions: registering, logging in, knowing who calls, and managing users."""

import datetime as dt

import pytest
from attrs import evolve

from mosaic_core.accounts.model import Credentials, Login, NewAccount, ProfileChange
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    InvalidOperation,
    NotFound,
    ServiceUnavailable,
    TokenExpired,
    Unauthorized,
)
from mosaic_core.paging import Page
from mosaic_core.policy import Policy
from support import (
    AUDITOR,
    NOON,
    PASSWORD,
    TODAY,
    FixedClock,
    an_activity,
    an_entry,
    registered,
)

OTHER_PASSWORD = "another password"


def login(mosaic: Mosaic, username: str, password: str = PASSWORD) -> Login:
    return mosaic.sessions.login(Credentials(username=username, password=password))


def events(mosaic: Mosaic, event_type: str) -> list[tuple[int | None, str, dict[str, object]]]:
    """Return user, level and context of the audit rows of a type, newest first."""
    rows = mosaic.audit.page(AUDITOR, AuditFilter(event_type=event_type), Page(None)).items
    return [(row.user_id, row.level, dict(row.context)) for row in rows]


def with_policy(mosaic: Mosaic, policy: Policy) -> Mosaic:
    return evolve(
        mosaic,
        accounts=evolve(mosaic.accounts, policy=policy),
        sessions=evolve(mosaic.sessions, policy=policy),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"),
        ("username", "x" * 81),
        ("username", "a b"),
        ("username", "a\u00a0b"),
        ("username", "a\nb"),
        ("username", "a\0b"),
        ("password", "1234567"),
        ("password", "x" * 1025),
        ("display_name", "x" * 121),
    ],
)
def test_an_account_that_breaks_a_rule_is_refused(field: str, value: str) -> None:
    good = {"username": "Ada", "password": PASSWORD, "display_name": "Ada"}
    with pytest.raises(InvalidInput, match=f"^{field} "):
        NewAccount(**{**good, field: value})


def test_an_account_may_have_the_longest_and_the_shortest_texts() -> None:
    NewAccount(username="abc", password="12345678", display_name="")
    NewAccount(username="x" * 80, password="x" * 1024, display_name="x" * 120)


def test_passwords_never_show_in_what_values_tell_of_themselves(mosaic: Mosaic, ada: Caller) -> None:
    given = (
        NewAccount(username="Ada", password=PASSWORD),
        Credentials(username="Ada", password=PASSWORD),
        ProfileChange(password=PASSWORD, current_password=PASSWORD),
        login(mosaic, "Ada"),
        mosaic.accounts.profile(ada),
    )
    for value in given:
        assert PASSWORD not in repr(value)
        assert "argon2" not in repr(value)


def test_the_first_account_is_an_administrator_and_the_next_is_not(mosaic: Mosaic) -> None:
    first = mosaic.accounts.register(NewAccount(username="Ada", password=PASSWORD))
    second = mosaic.accounts.register(NewAccount(username="ben", password=PASSWORD, display_name="Ben B."))
    assert (first.is_admin, first.display_name, first.created_at) == (True, "Ada", NOON)
    assert (second.is_admin, second.display_name, second.timezone) == (False, "Ben B.", None)
    assert events(mosaic, "auth.register") == [
        (second.id, "info", {"username": "ben", "is_admin": False}),
        (first.id, "info", {"username": "Ada", "is_admin": True}),
    ]


def test_an_empty_display_name_is_the_username(mosaic: Mosaic) -> None:
    made = mosaic.accounts.register(NewAccount(username="Ada", password=PASSWORD, display_name=""))
    assert made.display_name == "Ada"


def test_a_password_is_kept_as_its_hash_alone(mosaic: Mosaic, ada: Caller) -> None:
    user = mosaic.accounts.profile(ada)
    assert PASSWORD not in user.password_hash
    assert mosaic.accounts.passwords.verify(user.password_hash, PASSWORD)


def test_a_taken_name_is_refused_in_any_case_and_noted(mosaic: Mosaic, ada: Caller) -> None:
    with pytest.raises(Conflict):
        mosaic.accounts.register(NewAccount(username="ADA", password=PASSWORD))
    assert mosaic.accounts.every() == [mosaic.accounts.profile(ada)]
    assert events(mosaic, "auth.register_failed") == [
        (None, "warning", {"username": "ADA", "is_admin": False})
    ]


def test_closed_registration_lets_nobody_in_but_the_operator(mosaic: Mosaic) -> None:
    closed = with_policy(mosaic, Policy(registration_open=False))
    with pytest.raises(Forbidden):
        closed.accounts.register(NewAccount(username="Ada", password=PASSWORD))
    assert closed.accounts.add(NewAccount(username="Ada", password=PASSWORD), admin=False).is_admin
    assert closed.accounts.add(NewAccount(username="ben", password=PASSWORD), admin=True).is_admin
    assert not closed.accounts.add(NewAccount(username="cleo", password=PASSWORD), admin=False).is_admin


def test_a_login_gives_a_token_that_tells_who_calls(mosaic: Mosaic, ada: Caller) -> None:
    given = login(mosaic, "aDA")
    session = mosaic.sessions.authenticate(given.access_token)
    assert given.user.id == ada.user_id
    assert given.expires_in == 3600
    assert session.caller == ada
    assert session.csrf == given.csrf_token
    assert events(mosaic, "auth.login") == [(ada.user_id, "info", {"username": "Ada", "is_admin": True})]


def test_logins_have_tokens_of_their_own(mosaic: Mosaic, ada: Caller) -> None:
    one, other = login(mosaic, ada.username), login(mosaic, ada.username)
    assert one.access_token != other.access_token
    assert one.csrf_token != other.csrf_token


@pytest.mark.parametrize(
    ("username", "password"), [("Ada", "wrong password"), ("nobody", PASSWORD), ("", "")]
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    mosaic: Mosaic, ada: Caller, username: str, password: str
) -> None:
    with pytest.raises(InvalidCredentials, match=r"^Wrong username or password$"):
        login(mosaic, username, password)
    known = username == "Ada"
    assert events(mosaic, "auth.login_failed") == [
        (
            ada.user_id if known else None,
            "warning",
            {"username": "Ada" if known else None, "is_admin": known},
        )
    ]


def test_a_token_ends_when_its_time_has_run_out(mosaic: Mosaic, clock: FixedClock, ada: Caller) -> None:
    given = login(mosaic, ada.username)
    clock.advance(seconds=3599)
    mosaic.sessions.authenticate(given.access_token)
    clock.advance(seconds=1)
    with pytest.raises(TokenExpired):
        mosaic.sessions.authenticate(given.access_token)


def test_what_is_no_token_tells_nobody(mosaic: Mosaic) -> None:
    with pytest.raises(Unauthorized):
        mosaic.sessions.authenticate("no token")


def test_a_logout_ends_the_presented_token_at_once_and_no_other(mosaic: Mosaic, ada: Caller) -> None:
    ended, kept = login(mosaic, ada.username), login(mosaic, ada.username)
    mosaic.sessions.logout(mosaic.sessions.authenticate(ended.access_token))
    with pytest.raises(Unauthorized):
        mosaic.sessions.authenticate(ended.access_token)
    assert mosaic.sessions.authenticate(kept.access_token).caller == ada
    assert events(mosaic, "auth.logout") == [(ada.user_id, "info", {"username": "Ada", "is_admin": True})]


def test_a_deleted_users_token_ends_at_once(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    token = login(mosaic, ben.username).access_token
    mosaic.sessions.authenticate(token)
    mosaic.accounts.delete(ada, ben.user_id)
    with pytest.raises(Unauthorized):
        mosaic.sessions.authenticate(token)


def test_a_new_password_ends_all_earlier_tokens_at_once(mosaic: Mosaic, ben: Caller) -> None:
    token = login(mosaic, ben.username).access_token
    mosaic.sessions.authenticate(token)
    mosaic.accounts.update(ben, ProfileChange(password=OTHER_PASSWORD))
    with pytest.raises(Unauthorized):
        mosaic.sessions.authenticate(token)
    with pytest.raises(InvalidCredentials):
        login(mosaic, ben.username)
    renewed = login(mosaic, ben.username, OTHER_PASSWORD)
    assert mosaic.sessions.authenticate(renewed.access_token).caller == ben


def test_a_changed_administrator_flag_counts_at_once(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    token = login(mosaic, ben.username).access_token
    assert not mosaic.sessions.authenticate(token).caller.is_admin
    mosaic.accounts.set_admin("BEN", is_admin=True)
    assert mosaic.sessions.authenticate(token).caller.is_admin
    mosaic.accounts.set_admin("ben", is_admin=False)
    assert not mosaic.sessions.authenticate(token).caller.is_admin
    assert ada.is_admin


def test_a_caller_lives_in_their_time_zone_else_in_the_default_one(mosaic: Mosaic, ada: Caller) -> None:
    there = with_policy(mosaic, Policy(timezone="Europe/Berlin"))
    assert there.sessions.caller("ada").timezone == "Europe/Berlin"
    there.accounts.update(ada, ProfileChange(timezone="Asia/Tokyo"))
    assert there.sessions.caller("ada").timezone == "Asia/Tokyo"


def test_nobody_calls_by_an_unknown_name(mosaic: Mosaic) -> None:
    with pytest.raises(NotFound):
        mosaic.sessions.caller("nobody")


def test_people_change_what_they_ask_for_and_nothing_else(mosaic: Mosaic, ben: Caller) -> None:
    before = mosaic.accounts.profile(ben)
    named = mosaic.accounts.update(ben, ProfileChange(display_name="Benjamin"))
    assert named == evolve(before, display_name="Benjamin")
    moved = mosaic.accounts.update(ben, ProfileChange(timezone="Asia/Tokyo"))
    assert moved == evolve(named, timezone="Asia/Tokyo")
    assert mosaic.accounts.update(ben, ProfileChange(display_name="")).display_name == "ben"
    assert mosaic.accounts.profile(ben) == evolve(moved, display_name="ben")
    assert events(mosaic, "user.update") == [
        (ben.user_id, "info", {"account_id": ben.user_id, "username": "ben", "fields": ["display_name"]}),
        (ben.user_id, "info", {"account_id": ben.user_id, "username": "ben", "fields": ["timezone"]}),
        (ben.user_id, "info", {"account_id": ben.user_id, "username": "ben", "fields": ["display_name"]}),
    ]


def test_a_changed_time_zone_changes_today_at_once(mosaic: Mosaic, clock: FixedClock, ben: Caller) -> None:
    clock.instant = dt.datetime(2024, 6, 1, 23, 30, tzinfo=dt.UTC)
    token = login(mosaic, ben.username).access_token
    assert mosaic.sessions.authenticate(token).caller.timezone == "UTC"
    mosaic.accounts.update(ben, ProfileChange(timezone="Asia/Tokyo"))
    caller = mosaic.sessions.authenticate(token).caller
    assert mosaic.entries.finalize(caller, None).day == dt.date(2024, 6, 2)


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        ProfileChange()
    with pytest.raises(InvalidInput):
        ProfileChange(current_password=PASSWORD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", "x" * 121),
        ("password", "1234567"),
        ("timezone", "Nowhere/Land"),
        ("timezone", ""),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused(field: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{field} "):
        ProfileChange(**{field: value})


def test_a_given_current_password_has_to_be_right(mosaic: Mosaic, ben: Caller) -> None:
    wrong = ProfileChange(password=OTHER_PASSWORD, current_password="wrong password")
    with pytest.raises(InvalidCredentials):
        mosaic.accounts.update(ben, wrong)
    assert events(mosaic, "auth.login_failed") == [
        (ben.user_id, "warning", {"username": "ben", "is_admin": False})
    ]
    assert login(mosaic, ben.username).user.id == ben.user_id
    mosaic.accounts.update(ben, evolve(wrong, current_password=PASSWORD))
    assert login(mosaic, ben.username, OTHER_PASSWORD).user.id == ben.user_id


def test_programs_do_not_guess_a_current_password_fast_either(
    mosaic: Mosaic, clock: FixedClock, ben: Caller
) -> None:
    wrong = ProfileChange(password=OTHER_PASSWORD, current_password="wrong password")
    for waited in (0.0,) * 10 + (0.5, 1.0):
        before = clock.seconds
        with pytest.raises(InvalidCredentials):
            mosaic.accounts.update(ben, wrong)
        assert clock.seconds - before == waited


def test_where_proof_is_asked_a_new_password_wants_the_current_one(mosaic: Mosaic, ben: Caller) -> None:
    with pytest.raises(InvalidInput, match="current_password") as refusal:
        mosaic.accounts.update(ben, ProfileChange(password=OTHER_PASSWORD), password_proof=True)
    assert refusal.value.details == {"fields": ["current_password"]}
    mosaic.accounts.update(ben, ProfileChange(display_name="Benjamin"), password_proof=True)
    proven = ProfileChange(password=OTHER_PASSWORD, current_password=PASSWORD)
    mosaic.accounts.update(ben, proven, password_proof=True)
    assert login(mosaic, ben.username, OTHER_PASSWORD).user.display_name == "Benjamin"


def test_a_new_password_without_its_hash_is_not_taken_for_changed(mosaic: Mosaic, ben: Caller) -> None:
    change = ProfileChange(password=OTHER_PASSWORD, display_name="Benjamin")
    with pytest.raises(ServiceUnavailable):
        mosaic.accounts.write_update(ben, change, None)
    assert login(mosaic, ben.username).user.display_name != "Benjamin"


def test_a_token_of_a_deleted_account_tells_whose_it_was(mosaic: Mosaic, ben: Caller) -> None:
    token = login(mosaic, ben.username).access_token
    with pytest.raises(Unauthorized):
        mosaic.sessions.of_deleted(token)
    mosaic.accounts.delete_own(ben)
    assert mosaic.sessions.of_deleted(token).caller.user_id == ben.user_id
    with pytest.raises(Unauthorized):
        mosaic.sessions.of_deleted(f"{token}x")


def test_a_user_who_is_gone_is_told_so_and_not_found_by_others(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    mosaic.accounts.delete_own(ben)
    with pytest.raises(Unauthorized):
        mosaic.accounts.profile(ben)
    with pytest.raises(Unauthorized):
        mosaic.accounts.update(ben, ProfileChange(display_name="Ghost"))
    with pytest.raises(Unauthorized):
        mosaic.accounts.delete_own(ben)
    with pytest.raises(NotFound):
        mosaic.accounts.delete(ada, ben.user_id)


def test_deleting_an_account_takes_along_all_it_owns_but_its_audit(
    mosaic: Mosaic, ada: Caller, ben: Caller
) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(ben.user_id))
        unit.entries.add_many([an_entry(ben.user_id)])
    mosaic.accounts.delete_own(ben)
    assert mosaic.accounts.every() == [mosaic.accounts.profile(ada)]
    with mosaic.store.read() as unit:
        assert unit.entries.count(ben.user_id, EntryFilter(), shared=False) == 0
        assert unit.activities.count(ben.user_id, shared=False) == 0
    assert events(mosaic, "user.delete") == [
        (ben.user_id, "info", {"account_id": ben.user_id, "username": "ben"})
    ]
    assert events(mosaic, "auth.register")[0][0] == ben.user_id


def test_a_name_taken_again_finds_none_of_the_former_owners_days(mosaic: Mosaic, ben: Caller) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(ben.user_id))
    assert len(mosaic.entries.today(ben, TODAY, Page())) == 1
    mosaic.accounts.delete_own(ben)
    again = registered(mosaic, "ben")
    assert again.user_id != ben.user_id
    assert mosaic.entries.today(again, TODAY, Page()) == []


def test_only_administrators_list_and_delete_others(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    with pytest.raises(Forbidden):
        mosaic.accounts.users(ben)
    with pytest.raises(Forbidden):
        mosaic.accounts.delete(ben, ada.user_id)
    assert [user.username for user in mosaic.accounts.users(ada)] == ["Ada", "ben"]
    mosaic.accounts.delete(ada, ben.user_id)
    assert [user.username for user in mosaic.accounts.users(ada)] == ["Ada"]
    assert events(mosaic, "user.delete") == [
        (ada.user_id, "info", {"account_id": ben.user_id, "username": "ben"})
    ]


def test_administrators_do_not_delete_themselves_by_id(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    mosaic.accounts.set_admin(ben.username, is_admin=True)
    with pytest.raises(InvalidOperation):
        mosaic.accounts.delete(ada, ada.user_id)
    mosaic.accounts.delete_own(ada)


def test_the_last_administrator_stays(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    with pytest.raises(InvalidOperation):
        mosaic.accounts.delete_own(ada)
    with pytest.raises(InvalidOperation):
        mosaic.accounts.delete_named("ada")
    with pytest.raises(InvalidOperation):
        mosaic.accounts.set_admin("ada", is_admin=False)
    mosaic.accounts.set_admin("ada", is_admin=True)
    mosaic.accounts.set_admin("ben", is_admin=False)
    mosaic.accounts.set_admin("ben", is_admin=True)
    mosaic.accounts.set_admin("ada", is_admin=False)
    assert not mosaic.sessions.caller("ada").is_admin
    with pytest.raises(InvalidOperation):
        mosaic.accounts.delete_own(ben)


def test_the_operator_sets_passwords_and_deletes_by_name(mosaic: Mosaic, ben: Caller) -> None:
    token = login(mosaic, "ben").access_token
    mosaic.accounts.set_password("BEN", OTHER_PASSWORD)
    with pytest.raises(Unauthorized):
        mosaic.sessions.authenticate(token)
    assert login(mosaic, "ben", OTHER_PASSWORD).user.id == ben.user_id
    assert events(mosaic, "user.update") == [
        (ben.user_id, "info", {"account_id": ben.user_id, "username": "ben", "fields": ["password"]})
    ]
    mosaic.accounts.delete_named("BEN")
    with pytest.raises(NotFound):
        mosaic.accounts.delete_named("ben")
    with pytest.raises(NotFound):
        mosaic.accounts.set_admin("ben", is_admin=True)
    with pytest.raises(NotFound):
        mosaic.accounts.set_password("ben", OTHER_PASSWORD)


def test_a_password_that_the_operator_sets_has_to_be_long_enough(mosaic: Mosaic, ben: Caller) -> None:
    with pytest.raises(InvalidInput, match=r"^password "):
        mosaic.accounts.set_password(ben.username, "short")


def test_the_audit_never_holds_a_secret(mosaic: Mosaic, ben: Caller) -> None:
    given = login(mosaic, ben.username)
    mosaic.sessions.logout(mosaic.sessions.authenticate(given.access_token))
    with pytest.raises(InvalidCredentials):
        login(mosaic, PASSWORD, PASSWORD)
    mosaic.accounts.update(ben, ProfileChange(password=OTHER_PASSWORD))
    mosaic.accounts.set_password(ben.username, PASSWORD)
    told = repr(mosaic.audit.page(AUDITOR, AuditFilter(), Page(None)))
    for secret in (PASSWORD, OTHER_PASSWORD, given.access_token, given.csrf_token, "argon2"):
        assert secret not in told
