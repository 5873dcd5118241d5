"""A database file that is removed under the running server."""

import pytest

from support_server import PASSWORD, Start, becomes_healthy


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_is_promised_while_the_file_is_away_and_all_goes_on_when_it_is_back(
    start: Start, workers: int
) -> None:
    server = start(workers=workers)
    person = server.anyone.registered("person")
    person.add_entry("Kept", value=1).went(201)
    database = server.data / "mosaic.db"
    away = server.data / "away.db"
    database.rename(away)
    for _ in range(4):
        person.add_entry("Lost").failed(503, "service_unavailable")
        person.get("/today").failed(503, "service_unavailable")
        person.get("/entries").failed(503, "service_unavailable")
        person.get("/export/json?limit=all").failed(503, "service_unavailable")
        server.anyone.post("/login", {"username": "person", "password": PASSWORD}).failed(
            503, "service_unavailable"
        )
        becomes_healthy(server.anyone, db_ok=False)
    assert not database.exists()
    away.rename(database)
    becomes_healthy(server.anyone, db_ok=True)
    person.add_entry("Back", value=2).went(201)
    server.kill()
    server.start()
    rows = server.anyone.logged_in("person").get("/entries").went(200).json
    assert {row["activity"]: row["value"] for row in rows} == {"Kept": 1, "Back": 2}


def test_a_server_does_not_go_on_in_a_file_that_was_deleted(start: Start) -> None:
    server = start()
    person = server.anyone.registered("person")
    (server.data / "mosaic.db").unlink()
    answer = person.add_entry("Lost").failed(503, "service_unavailable")
    assert answer.json["error"]["message"] == "The database file was removed or replaced, so it is not used"
    assert answer.headers["Retry-After"] == "10"
    assert server.anyone.get("/").status == 200
    assert "Traceback" not in server.log
