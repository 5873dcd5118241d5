"""The caller's logins over HTTP: seen, and ended elsewhere."""

from typing import Any

import jwt
import pytest
from attrs import evolve

from mosaic_core.accounts.sessions import MOST_SESSIONS
from support_http import PASSWORD, SECRET, Client

FIELDS = {"id", "created_at", "last_used_at", "user_agent", "current"}


def listed(person: Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = person.get("/sessions").went(200).json
    assert all(set(row) == FIELDS for row in rows)
    return rows


def agents(person: Client) -> list[str]:
    return [row["user_agent"] for row in listed(person)]


def from_device(person: Client, agent: str) -> Client:
    """Return the person, logged in anew from another device."""
    device = evolve(person.world.anyone, headers={"User-Agent": agent})
    username = person.get("/user").json["username"]
    return device.logged_in(username)


def test_the_living_logins_of_the_caller_are_listed(ada: Client, ben: Client) -> None:
    phone = from_device(ada, "Phone/1.0")
    assert {row["user_agent"]: row["current"] for row in listed(phone)} == {"": False, "Phone/1.0": True}
    assert {row["user_agent"]: row["current"] for row in listed(ada)} == {"": True, "Phone/1.0": False}
    (first,) = [row for row in listed(ada) if row["current"]]
    assert first["created_at"] == first["last_used_at"] == "2024-06-01T12:00:00Z"
    assert agents(ben) == [""]


def test_a_login_is_ended_elsewhere_at_once(ada: Client) -> None:
    phone = from_device(ada, "Phone/1.0")
    phone.get("/today").went(200)
    (row,) = [row for row in listed(ada) if not row["current"]]
    ada.delete(f"/sessions/{row['id']}").went(200)
    phone.get("/today").failed("unauthorized")
    assert agents(ada) == [""]
    ada.delete(f"/sessions/{row['id']}").failed("not_found")
    assert ada.world.audit("auth.logout")[-1]["context"]["session_id"] == row["id"]


def test_nobody_ends_anothers_login(ada: Client, ben: Client) -> None:
    (row,) = listed(ben)
    ada.delete(f"/sessions/{row['id']}").failed("not_found")
    ben.get("/today").went(200)


def test_a_session_can_end_itself(ada: Client) -> None:
    (row,) = listed(ada)
    ada.delete(f"/sessions/{row['id']}").went(200)
    ada.get("/today").failed("unauthorized")


def test_a_logout_takes_its_login_off_the_list(ada: Client) -> None:
    from_device(ada, "Phone/1.0").post("/logout").went(200)
    assert agents(ada) == [""]


def test_logins_whose_time_has_run_out_are_not_listed_and_are_swept(ada: Client) -> None:
    ada.world.clock.advance(minutes=30)
    phone = from_device(ada, "Phone/1.0")
    ada.world.clock.advance(minutes=31)
    assert agents(phone) == ["Phone/1.0"]
    ada.world.mosaic.tidy()
    with ada.world.mosaic.store.read() as unit:
        assert [one.user_agent for one in unit.sessions.of(ada.id)] == ["Phone/1.0"]


def test_a_password_that_the_operator_sets_ends_all_logins(ada: Client) -> None:
    from_device(ada, "Phone/1.0")
    ada.world.mosaic.accounts.set_password("ada", PASSWORD + "!")
    assert agents(ada.world.anyone.logged_in("ada", PASSWORD + "!")) == [""]


def test_what_a_program_calls_itself_is_kept_short_and_printable(ada: Client) -> None:
    from_device(ada, "\x1b[31m" + "x" * 500)
    (row,) = [row for row in listed(ada) if not row["current"]]
    assert row["user_agent"].startswith(r"\x1b[31mxxx")
    assert len(row["user_agent"]) == 200


def test_the_last_use_is_told_once_the_server_has_stored_it(ada: Client) -> None:
    ada.get("/today").went(200)
    ada.world.clock.advance(minutes=5)
    ada.get("/today").went(200)
    assert listed(ada)[0]["last_used_at"] == "2024-06-01T12:00:00Z"
    ada.world.mosaic.sessions.write_uses()
    assert listed(ada)[0]["last_used_at"] == "2024-06-01T12:05:00Z"
    ada.world.mosaic.sessions.write_uses()


def without_rows(person: Client) -> None:
    """Make the person's logins those of a version that stored none."""
    with person.world.mosaic.store.write() as unit:
        for one in unit.sessions.of(person.id):
            unit.sessions.delete(one.id)


def test_a_login_from_before_logins_were_stored_goes_on_and_is_listed_once_it_is_used(ada: Client) -> None:
    without_rows(ada)
    assert listed(ada) == []
    ada.world.mosaic.sessions.write_uses()
    (row,) = listed(ada)
    assert row["current"]
    ada.delete(f"/sessions/{row['id']}").went(200)
    ada.get("/today").failed("unauthorized")


@pytest.mark.parametrize("ending", ["logout", "password", "deletion"])
def test_a_use_that_is_stored_late_does_not_bring_an_ended_login_back(ada: Client, ending: str) -> None:
    phone = from_device(ada, "Phone/1.0")
    without_rows(ada)
    phone.get("/today").went(200)
    if ending == "logout":
        phone.post("/logout").went(200)
    elif ending == "password":
        ada.world.mosaic.accounts.set_password("ada", PASSWORD + "!")
    else:
        ada.world.person("cleo")
        ada.world.mosaic.accounts.set_admin("cleo", is_admin=True)
        ada.world.mosaic.accounts.delete_named("ada")
    ada.world.mosaic.sessions.write_uses()
    with ada.world.mosaic.store.read() as unit:
        assert phone.token not in str(unit.sessions.of(ada.id))
        jti = jwt.decode(phone.token, SECRET, algorithms=["HS256"], options={"verify_exp": False})["jti"]
        assert all(one.token_id != jti for one in unit.sessions.of(ada.id))


def test_one_login_too_many_ends_that_which_was_not_used_for_longest(ada: Client) -> None:
    phones = []
    for number in range(MOST_SESSIONS - 1):
        ada.world.clock.advance(seconds=1)
        phones.append(from_device(ada, f"Phone/{number}"))
    ada.world.mosaic.sessions.write_uses()
    assert len(listed(ada)) == MOST_SESSIONS
    ada.world.clock.advance(seconds=1)
    last = from_device(ada, "Phone/last")
    assert len(listed(last)) == MOST_SESSIONS
    ended = [phone for phone in phones if phone.get("/today").status == 401]
    assert ended == [phones[0]]
