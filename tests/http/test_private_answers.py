"""Answers to a signed-in user are theirs alone."""

import pytest

from support_http import Client, Reply

PRIVATE = ("private, no-cache", "Authorization, Cookie")


def caching(reply: Reply) -> tuple[str | None, str | None]:
    return reply.header("cache-control"), reply.header("vary")


@pytest.mark.parametrize(
    "target",
    [
        "/today",
        "/entries",
        "/stats/progress",
        "/user",
        "/export/json",
        "/export/csv?limit=all",
        "/wearable/day",
    ],
)
def test_what_a_person_reads_is_private_and_asked_for_again(ada: Client, target: str) -> None:
    assert caching(ada.get(target).went(200)) == PRIVATE


def test_what_a_person_is_told_of_changes_and_failures_is_private(ada: Client) -> None:
    assert caching(ada.add_entry().went(201)) == PRIVATE
    assert caching(ada.get("/today?date=never").failed("invalid_query")) == PRIVATE
    assert caching(ada.post("/logout").went(200)) == PRIVATE


def test_a_refusal_is_not_shown_to_the_next_who_asks(ada: Client, ben: Client) -> None:
    assert caching(ada.world.anyone.get("/today").failed("unauthorized")) == PRIVATE
    assert caching(ada.with_headers(Authorization="Bearer x").get("/user").failed("unauthorized")) == PRIVATE
    assert caching(ben.get("/users").failed("forbidden")) == PRIVATE
    assert caching(ada.get("/entries/99").failed("not_found")) == PRIVATE
    assert caching(ada.get("/entries?from=x").failed("invalid_query")) == PRIVATE
    assert caching(ada.ask("DELETE", "/today").failed("method_not_allowed")) == (None, None)


def test_an_answer_to_a_page_of_another_origin_varies_by_that_too(ada: Client) -> None:
    page = ada.with_headers(Origin="http://localhost:3000")
    assert caching(page.get("/today").went(200)) == ("private, no-cache", "Authorization, Cookie, Origin")


@pytest.mark.parametrize(("target", "vary"), [("/", "Accept"), ("/healthz", None)])
def test_what_is_public_is_not_marked(ada: Client, target: str, vary: str | None) -> None:
    assert caching(ada.world.anyone.get(target).went(200)) == (None, vary)
