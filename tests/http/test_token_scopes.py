"""What a personal access token opens, on every path there is."""

import re

import pytest
from attrs import evolve

from mosaic_core.tokens.model import ADMIN, INGEST, READ, SCOPES, WRITE
from mosaic_http.app import PATHS
from support_http import Client, Reply

OWNERS_ALONE = ("/logout", "/tokens", "/sessions", "/webhooks", "/app/session")
ADMINISTRATORS = ("/users", "/backup/", "/logs/")
FILLED = {"id:int": "999", "filename:path": "backup-20240601-120000.zip"}


OPERATIONS = [
    (method, path)
    for path, methods in PATHS.items()
    for method, operation in {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}.items()
    if not operation.public
]


def scope_wanted(method: str, path: str) -> str | None:
    """Return the one scope that opens it, None where no token does."""
    if path.startswith(OWNERS_ALONE) or (path == "/user" and method in {"PATCH", "DELETE"}):
        return None
    if path.startswith(ADMINISTRATORS):
        return ADMIN
    if path == "/ingest/wearable/batch":
        return INGEST
    if path == "/api/stream-ticket":
        return READ  # it stands for one look
    return READ if method in {"GET", "HEAD"} else WRITE


def with_token(person: Client, *scopes: str) -> Client:
    """Return a client that signs in with a new token of the person's."""
    token = person.post("/tokens", {"name": "watch", "scopes": scopes}).went(201).json["token"]
    return evolve(person, headers={"Authorization": f"Bearer {token}"}, token=token)


def asked(client: Client, method: str, path: str) -> Reply:
    target = re.sub(r"\{([^}]+)\}", lambda found: FILLED[found[1]], path)
    return client.ask(method, target, *([] if method in {"GET", "HEAD"} else [{}]))


def is_forbidden(reply: Reply) -> bool:
    return reply.status == 403 and reply.code == "forbidden"


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_token_opens_what_its_scope_says_and_nothing_else(ada: Client, method: str, path: str) -> None:
    wanted = scope_wanted(method, path)
    opened = [scope for scope in SCOPES if not is_forbidden(asked(with_token(ada, scope), method, path))]
    assert opened == ([] if wanted is None else [wanted])
    everything = with_token(ada, *SCOPES)
    assert is_forbidden(asked(everything, method, path)) == (wanted is None)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_scope_of_administrators_is_that_of_what_is_forbidden_to_others(
    ada: Client,  # noqa: ARG001  # Ben must not be the first
    ben: Client,
    method: str,
    path: str,
) -> None:
    if method != "HEAD" and path != "/backup/toggle":  # whose body is judged first
        assert is_forbidden(asked(ben, method, path)) == (scope_wanted(method, path) == ADMIN)


def test_without_the_scope_an_administrators_token_is_an_ordinary_users(ada: Client, ben: Client) -> None:
    ben.add_entry().went(201)
    (entry,) = ben.get("/entries").json
    ada.add_activity("Shared", shared=True).went(201)
    plain = with_token(ada, READ, WRITE)
    plain.delete(f"/entries/{entry['id']}").failed("not_found")
    plain.add_activity("Mine", shared=True).failed("forbidden")
    assert plain.get("/today").json == []
    whole = with_token(ada, READ, WRITE, ADMIN)
    assert [row["name"] for row in whole.get("/today").json] == ["Shared"]
    whole.delete(f"/entries/{entry['id']}").went(200)


def test_a_refusal_names_the_scope_that_is_missing(ada: Client) -> None:
    refused = with_token(ada, READ).add_entry().failed("forbidden")
    assert refused.details == {"scope": WRITE}
    assert WRITE in refused.message


def test_a_token_of_an_administrator_who_is_none_any_more_does_not_do_what_they_do(
    ada: Client, ben: Client
) -> None:
    accounts = ada.world.mosaic.accounts
    accounts.set_admin("ben", is_admin=True)
    token = with_token(ben, READ, ADMIN)
    token.get("/users").went(200)
    accounts.set_admin("ben", is_admin=False)
    token.get("/users").failed("forbidden")
    token.get("/today").went(200)
