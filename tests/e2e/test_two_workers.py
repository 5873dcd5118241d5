"""Two processes on one database agree at once."""

import http.client
import json as jsons
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from attrs import evolve

from support_postgresql import new_database
from support_server import PASSWORD, PATIENCE, Answer, Client, Server, patiently, run, serving

REPEATS = int(os.environ.get("MOSAIC_AGREEMENT_REPEATS", "24"))


class Line:
    """A connection that stays with one worker."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self._server = server
        self._asked = 0
        self.connection.connect()
        self.local_port: int = self.connection.sock.getsockname()[1]
        self.ask("GET", "/")
        self.worker = self.workers_so_far().pop()

    def ask(self, method: str, path: str, person: Client | None = None, json: object = None) -> Answer:
        self._asked += 1
        headers: dict[str, str] = {"X-Request-ID": f"line-{self.local_port}-{self._asked}"}
        headers |= person.headers if person else {}
        body = None
        if json is not None:
            body = jsons.dumps(json).encode()
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def workers_so_far(self) -> set[int]:
        """Return who answered this line's requests, by the server's log."""
        for _ in patiently():
            lines = [
                event
                for event in self._server.events()
                if event.get("id", "").startswith(f"line-{self.local_port}-")
            ]
            if len(lines) == self._asked:
                return {line["worker"] for line in lines}
        raise AssertionError("the log lacks requests")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = {"database_url": new_database()} if request.param == "postgresql" else {}
    with serving(tmp_path_factory.mktemp("pair"), workers=2, is_measured=True, **place) as server:
        server.anyone.registered("admin")
        yield server
        assert "Traceback" not in server.log
        assert server.stop() == 0


@contextmanager
def a_line_to_each(server: Server) -> Iterator[tuple[Line, Line]]:
    """Hold connections until each of the two workers has one."""
    with ExitStack() as stack:
        found: dict[int, Line] = {}
        for _ in patiently():
            line = Line(server)
            stack.callback(line.connection.close)
            found.setdefault(line.worker, line)
            if len(found) == 2:
                break
        first, second = found.values()
        yield first, second


@pytest.fixture
def lines(pair: Server) -> Iterator[tuple[Line, Line]]:
    """A line to each of the two workers; at the end, each has spoken with one worker alone."""
    with a_line_to_each(pair) as (first, second):
        yield first, second
        assert first.workers_so_far() == {first.worker}
        assert second.workers_so_far() == {second.worker}


@pytest.fixture
def person(pair: Server, request: pytest.FixtureRequest) -> Client:
    return pair.anyone.registered(request.node.name[:80])


def test_no_worker_shows_a_stale_today_or_stale_statistics(lines: tuple[Line, Line], person: Client) -> None:
    for number in range(1, REPEATS + 1):
        day, activity = f"2026-01-{1 + number % 28:02}", f"Activity {number // 28}"
        said = {"date": day, "activity": activity, "value": number}
        lines[number % 2].ask("POST", "/add_entry", person, said).went(201)
        for line in lines:
            today = line.ask("GET", f"/today?date={day}", person).went(200).json
            assert {row["name"]: row["value"] for row in today}[activity] == number
            stats = line.ask("GET", "/stats/progress?date=2026-01-28", person).went(200).json
            assert sum(category["count"] for category in stats["activity_distribution"]) == number


@pytest.mark.parametrize("ending", ["logout", "password", "delete", "deleted by an administrator"])
def test_no_worker_takes_an_ended_token(
    pair: Server, lines: tuple[Line, Line], request: pytest.FixtureRequest, ending: str
) -> None:
    admin = pair.anyone.logged_in("admin")
    for number in range(max(1, REPEATS // 12)):
        writer, other = lines[number % 2], lines[1 - number % 2]
        person = pair.anyone.registered(f"{request.node.name[-40:-1]}-{number}".replace(" ", "_"))
        person_id, _ = [line.ask("GET", "/user", person).went(200).json["id"] for line in lines]
        if ending == "logout":
            writer.ask("POST", "/logout", person).went(200)
        elif ending == "password":
            elsewhere = pair.anyone.logged_in(person.name)
            writer.ask("PATCH", "/user", elsewhere, {"password": "another " + PASSWORD}).went(200)
            for line in (other, writer):
                line.ask("GET", "/user", elsewhere).went(200)
        elif ending == "delete":
            writer.ask("DELETE", "/user", person).went(200)
        else:
            writer.ask("DELETE", f"/users/{person_id}", admin).went(200)
        for line in (other, writer):
            line.ask("GET", "/user", person).failed(401, "unauthorized")
            line.ask("GET", "/today", person).failed(401, "unauthorized")


@pytest.mark.parametrize("ending", ["token", "session", "password"])
def test_no_worker_takes_what_was_ended_elsewhere(
    pair: Server, lines: tuple[Line, Line], request: pytest.FixtureRequest, ending: str
) -> None:
    for number in range(max(1, REPEATS // 12)):
        writer, other = lines[number % 2], lines[1 - number % 2]
        owner = pair.anyone.registered(f"{request.node.name[-40:-1]}-{number}".replace(" ", "_"))
        ended = ended_later(pair, owner, as_session=ending == "session")
        for line in lines:
            line.ask("GET", "/today", ended).went(200)
        if ending == "token":
            (token,) = writer.ask("GET", "/tokens", owner).went(200).json
            writer.ask("DELETE", f"/tokens/{token['id']}", owner).went(200)
        elif ending == "session":
            (session,) = [one for one in owner.get("/sessions").went(200).json if not one["current"]]
            writer.ask("DELETE", f"/sessions/{session['id']}", owner).went(200)
        else:
            writer.ask("PATCH", "/user", owner, {"password": "another " + PASSWORD}).went(200)
        for line in (other, writer):
            line.ask("GET", "/today", ended).failed(401, "unauthorized")
            line.ask("GET", "/entries", ended).failed(401, "unauthorized")


def ended_later(pair: Server, owner: Client, *, as_session: bool) -> Client:
    """Return the owner on another device: with a login of its own, or with a personal access token."""
    if as_session:
        return pair.anyone.logged_in(owner.name)
    token = owner.post("/tokens", {"name": "watch", "scopes": ["read"]}).went(201).json["token"]
    return evolve(owner, headers={"Authorization": f"Bearer {token}"})


def test_whichever_worker_is_asked_tells_what_all_have_logged(pair: Server, lines: tuple[Line, Line]) -> None:
    admin = pair.anyone.logged_in("admin")
    for line in lines:
        asked = [line.ask("GET", "/today", admin).went(200).headers["X-Request-ID"] for _ in range(3)]
        for other in lines:
            told = other.ask("GET", "/logs/runtime", admin).went(200).json["logs"]
            seen = {one["message"].partition("request ")[2][:-1]: one["worker"] for one in told}
            assert {seen[request_id] for request_id in asked} == {line.worker}
            assert [one["timestamp"] for one in told] == sorted(
                (one["timestamp"] for one in told), reverse=True
            )


def test_what_a_worker_logged_outlives_it(tmp_path: Path) -> None:
    with serving(tmp_path, workers=2) as server:
        admin = server.anyone.registered("admin")
        with a_line_to_each(server):
            told = admin.get("/logs/runtime").went(200).json["logs"]
        requests = [one for one in told if one["logger"] == "mosaic.requests"]
        assert len({one["worker"] for one in requests}) == 2
        os.kill(requests[-1]["worker"], signal.SIGKILL)
        for _ in patiently():
            with suppress(OSError, http.client.HTTPException):
                told = admin.get("/logs/runtime").went(200).json["logs"]
                if sum(one["message"] == "Application startup complete." for one in told) == 3:
                    break
        assert all(one in told for one in requests)
        assert f"Child process [{requests[-1]['worker']}] died" in str(told)


def test_every_worker_knows_at_once_what_the_command_line_changed(
    pair: Server, lines: tuple[Line, Line], person: Client
) -> None:
    for line in lines:
        line.ask("GET", "/users", person).failed(403, "forbidden")
    assert run(pair.folder, "user", "set-admin", person.name, **pair.environment).returncode == 0
    for line in lines:
        line.ask("GET", "/users", person).went(200)
    assert run(pair.folder, "user", "delete", "--yes", person.name, **pair.environment).returncode == 0
    for line in lines:
        line.ask("GET", "/users", person).failed(401, "unauthorized")
