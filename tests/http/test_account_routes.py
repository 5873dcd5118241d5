"""Accounts over HTTP."""

import pytest

from support_http import PASSWORD, Client, Serve, World

USER_FIELDS = {"id", "username", "display_name", "is_admin", "created_at", "timezone", "day_start"}


def test_registering_answers_201_with_its_message(world: World) -> None:
    reply = world.anyone.post("/register", {"username": "ada", "password": PASSWORD}).went(201)
    assert reply.json == {"message": "User registered"}


def test_the_first_account_is_an_administrator_and_the_second_is_not(ada: Client, ben: Client) -> None:
    assert ada.get("/user").json["is_admin"] is True
    assert ben.get("/user").json["is_admin"] is False


@pytest.mark.parametrize(
    "said",
    [
        {"username": "ab"},
        {"username": "a" * 81},
        {"username": "a b c"},
        {"username": "tab\tbed"},
        {"username": "no\u00a0break"},
        {"username": "nul\0nul"},
        {"username": 123},
        {"username": None},
        {"password": "seven77"},
        {"password": "x" * 1025},
        {"password": None},
        {"display_name": "d" * 121},
        {"display_name": None},
        {"is_admin": True},
    ],
)
def test_registering_refuses_a_wrong_field(world: World, said: dict[str, object]) -> None:
    wanted = {"username": "someone", "password": PASSWORD, **said}
    world.anyone.post("/register", wanted).failed("invalid_input")


@pytest.mark.parametrize(
    "said",
    [
        {"username": "abc"},
        {"username": "ä" * 80},
        {"password": "x" * 8},
        {"password": "ü" * 1024},
        {"display_name": "d" * 120},
    ],
)
def test_registering_takes_values_at_their_bounds(world: World, said: dict[str, str]) -> None:
    wanted = {"username": "someone", "password": PASSWORD, **said}
    world.anyone.post("/register", wanted).went(201)
    world.anyone.logged_in(wanted["username"], wanted["password"])


def test_missing_fields_are_listed_in_the_message_and_the_details(world: World) -> None:
    reply = world.anyone.post("/register", {}).failed("invalid_input")
    assert reply.message == "Missing required field(s): username, password"
    assert reply.details == {"fields": ["username", "password"]}


def test_an_unknown_field_is_refused(world: World) -> None:
    wanted = {"username": "ada", "password": PASSWORD, "colour": "red"}
    assert (
        "Extra inputs are not permitted"
        in world.anyone.post("/register", wanted).failed("invalid_input").message
    )


@pytest.mark.parametrize("username", ["ada", "ADA", "Ada"])
def test_a_name_that_is_taken_in_any_case_is_a_conflict(ada: Client, username: str) -> None:
    ada.world.anyone.post("/register", {"username": username, "password": PASSWORD}).failed("conflict")


def test_a_name_is_found_in_any_case_at_login(world: World) -> None:
    world.person("Straße")
    assert world.anyone.logged_in("STRASSE").id == 1


def test_of_many_who_register_at_once_under_one_name_one_succeeds(world: World) -> None:
    said = {"username": "ada", "password": PASSWORD}
    replies = world.together(world.anyone.asking("POST", "/register", said) for _ in range(20))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 19


def test_of_many_who_register_at_once_one_is_the_first_and_an_administrator(world: World) -> None:
    said = [{"username": f"user{n}", "password": PASSWORD} for n in range(20)]
    world.together(world.anyone.asking("POST", "/register", one) for one in said)
    people = [world.anyone.logged_in(one["username"]) for one in said]
    assert [person.get("/user").json["is_admin"] for person in people].count(True) == 1


def test_closed_registration_is_forbidden(serve: Serve) -> None:
    closed = serve(registration="closed")
    closed.anyone.post("/register", {"username": "ada", "password": PASSWORD}).failed("forbidden")


def test_login_answers_with_exactly_the_promised_fields(serve: Serve) -> None:
    world = serve(jwt_exp_minutes=5)
    world.anyone.post("/register", {"username": "ada", "password": PASSWORD, "display_name": "Ada L."}).went(
        201
    )
    reply = world.anyone.post("/login", {"username": "ada", "password": PASSWORD}).went(200)
    told = reply.json
    assert isinstance(told.pop("access_token"), str)
    assert isinstance(told.pop("csrf_token"), str)
    assert told == {
        "token_type": "Bearer",
        "expires_in": 300,
        "display_name": "Ada L.",
        "is_admin": True,
        "user_id": 1,
    }
    assert reply.header("set-cookie") is None


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(ada: Client) -> None:
    wrong = ada.world.anyone.post("/login", {"username": "ada", "password": "wrong password"})
    unknown = ada.world.anyone.post("/login", {"username": "nobody", "password": "wrong password"})
    assert wrong.failed("invalid_credentials").body == unknown.failed("invalid_credentials").body


@pytest.mark.parametrize(
    "said", [{"cookie": 1}, {"cookie": "true"}, {"username": 1}, {"password": None}, {"otp": "1"}]
)
def test_login_refuses_a_wrong_field(world: World, said: dict[str, object]) -> None:
    world.anyone.post("/login", {"username": "ada", "password": PASSWORD, **said}).failed("invalid_input")


def test_logging_out_kills_the_presented_token_alone(ada: Client) -> None:
    other = ada.world.anyone.logged_in("ada")
    assert ada.post("/logout").went(200).json == {"message": "Logged out"}
    ada.get("/user").failed("unauthorized")
    other.get("/user").went(200)


def test_the_profile_has_exactly_the_promised_fields(ada: Client) -> None:
    assert ada.get("/user").went(200).json == {
        "id": 1,
        "username": "ada",
        "display_name": "ada",
        "is_admin": True,
        "created_at": "2024-06-01T12:00:00Z",
        "timezone": "UTC",
        "day_start": "00:00",
    }


def test_a_user_without_a_time_zone_of_their_own_has_the_servers(serve: Serve) -> None:
    ada = serve(timezone="Asia/Tokyo").person("ada")
    assert ada.get("/user").json["timezone"] == "Asia/Tokyo"


def test_a_profile_is_updated_and_shown(ada: Client) -> None:
    reply = ada.patch("/user", {"display_name": "Countess", "timezone": "Europe/London"}).went(200)
    assert set(reply.json) == {"message", "user"}
    assert reply.json["message"] == "Profile updated"
    assert reply.json["user"] == ada.get("/user").json
    assert (reply.json["user"]["display_name"], reply.json["user"]["timezone"]) == (
        "Countess",
        "Europe/London",
    )


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"current_password": PASSWORD},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "/etc/localtime"},
        {"timezone": "Europe"},
        {"timezone": ""},
        {"timezone": "UTC\0"},
        {"timezone": "x" * 5000},
        {"timezone": None},
        {"day_start": None},
        {"day_start": ""},
        {"day_start": 3},
        {"day_start": "3:00"},
        {"day_start": "03:00:00"},
        {"day_start": "03:60"},
        {"day_start": "12:01"},
        {"day_start": "24:00"},
        {"day_start": "-1:00"},
        {"day_start": "03:00\n"},
        {"day_start": "\u0660\u0663:00"},
        {"display_name": "d" * 121},
        {"display_name": None},
        {"password": "short"},
        {"password": None},
        {"username": "other"},
        {"is_admin": True},
    ],
)
def test_a_profile_change_refuses_nothing_given_and_wrong_fields(
    ada: Client, said: dict[str, object]
) -> None:
    ada.patch("/user", said).failed("invalid_input")


def test_an_empty_display_name_falls_back_to_the_username(ada: Client) -> None:
    ada.patch("/user", {"display_name": "Countess"}).went(200)
    assert ada.patch("/user", {"display_name": ""}).went(200).json["user"]["display_name"] == "ada"


def test_a_new_password_counts_at_once_and_ends_all_tokens_but_the_one_that_set_it(ada: Client) -> None:
    other = ada.world.anyone.logged_in("ada")
    ada.patch("/user", {"password": "a new password", "current_password": PASSWORD}).went(200)
    ada.get("/user").went(200)
    other.get("/user").failed("unauthorized")
    assert [session["current"] for session in ada.get("/sessions").json] == [True]
    ada.world.anyone.post("/login", {"username": "ada", "password": PASSWORD}).failed("invalid_credentials")
    ada.world.anyone.logged_in("ada", "a new password").get("/user").went(200)


def test_the_session_that_set_a_password_ends_like_any_other(ada: Client) -> None:
    ada.patch("/user", {"password": "a new password"}).went(200)
    later = ada.world.anyone.logged_in("ada", "a new password")
    later.patch("/user", {"password": "a newer password"}).went(200)
    ada.get("/user").failed("unauthorized")
    later.get("/user").went(200)
    later.post("/logout", {}).went(200)
    later.get("/user").failed("unauthorized")


def test_a_wrong_current_password_changes_nothing(ada: Client) -> None:
    said = {"password": "a new password", "current_password": "wrong", "display_name": "x"}
    ada.patch("/user", said).failed("invalid_credentials")
    assert ada.get("/user").json["display_name"] == "ada"


def test_a_bearer_session_changes_the_password_without_the_current_one(ada: Client) -> None:
    ada.patch("/user", {"password": "a new password"}).went(200)


def test_an_account_is_deleted_with_all_that_it_owns(ada: Client, ben: Client) -> None:
    ben.add_activity().went(201)
    ben.add_entry(value=1).went(201)
    assert ben.delete("/user").went(200).json == {"message": "Account deleted"}
    ben.get("/user").failed("unauthorized")
    ada.world.anyone.post("/login", {"username": "ben", "password": PASSWORD}).failed("invalid_credentials")
    again = ada.world.person("ben")
    assert again.id > ben.id
    assert again.get("/entries").json == []
    assert again.get("/activities?all=true").json == []


def test_the_last_administrator_cannot_delete_their_account(ada: Client) -> None:
    ada.delete("/user").failed("invalid_operation")
    ada.get("/user").went(200)


def test_one_of_two_administrators_can_delete_their_account(ada: Client, ben: Client) -> None:
    ada.world.mosaic.accounts.set_admin("ben", is_admin=True)
    ada.delete("/user").went(200)
    assert ben.get("/user").json["is_admin"] is True


def test_an_administrator_lists_users_by_username(ada: Client) -> None:
    for name in ("Zoe", "ben", "Carl"):
        ada.world.person(name)
    users = ada.get("/users").went(200).json
    assert [user["username"] for user in users] == ["ada", "ben", "Carl", "Zoe"]
    assert all(set(user) == USER_FIELDS for user in users)


def test_users_are_listed_and_deleted_by_administrators_only(ada: Client, ben: Client) -> None:
    ben.get("/users").failed("forbidden")
    ben.delete(f"/users/{ada.id}").failed("forbidden")
    ben.delete(f"/users/{ben.id}").failed("forbidden")


def test_an_administrator_deletes_another_by_id(ada: Client, ben: Client) -> None:
    assert ada.delete(f"/users/{ben.id}").went(200).json == {"message": f"User {ben.id} deleted"}
    ben.get("/user").failed("unauthorized")
    ada.delete(f"/users/{ben.id}").failed("not_found")


def test_an_administrator_does_not_delete_themselves_by_id(ada: Client) -> None:
    ada.world.person("ben")
    ada.world.mosaic.accounts.set_admin("ben", is_admin=True)
    ada.delete(f"/users/{ada.id}").failed("invalid_operation")
