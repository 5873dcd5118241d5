"""The command `mosaic`, run as a person runs it."""

import csv
import io
import json
import signal
from importlib.metadata import version
from pathlib import Path

import pytest
from attrs import evolve

from support_server import PASSWORD, Start, connected, run, with_ada

ROWS = "date,activity,value,note\n2026-01-02,Running,3,fast\n2026-01-03,Running,4,\n"
TOKEN_SECRET = "a secret for tokens that is long enough"
ADA = ("--user", "ada")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which Ada has an account."""
    with_ada(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def lasting_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a folder for tests that change nothing."""
    folder = tmp_path_factory.mktemp("lasting")
    with_ada(folder)
    return folder


def output(folder: Path, *arguments: str, stdin: str = "", **variables: str) -> str:
    """Return what a command that succeeds prints."""
    done = run(folder, *arguments, stdin=stdin, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refusal(folder: Path, *arguments: str, stdin: str = "", **variables: str) -> str:
    """Return the one line in which a command says why it fails."""
    done = run(folder, *arguments, stdin=stdin, **variables)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("Error: ").rstrip("\n")


def test_tokens_are_managed_straight_on_the_database(folder: Path, start: Start) -> None:
    done = run(folder, "token", "add", "cron", *ADA, "--scope", "read", "--scope", "write")
    assert (done.returncode, done.stderr) == (0, "Keep it: it is not told again.\n")
    token = done.stdout.rstrip("\n")
    ending = run(folder, "token", "add", "till then", *ADA, "--expires", "2999-12-31")
    assert ending.returncode == 0
    assert output(folder, "token", "list") == (
        "1\tada\tcron\tread,write\t-\t-\n2\tada\ttill then\tread\t-\t3000-01-01T00:00:00+00:00\n"
    )
    assert output(folder, "token", "list", *ADA) == output(folder, "token", "list")
    server = start()
    script = evolve(server.anyone, headers={"Authorization": f"Bearer {token}"})
    script.add_entry("Running").went(201)
    script.get("/users").failed(403, "forbidden")
    assert output(folder, "token", "delete", "1", *ADA) == "Token 1 deleted\n"
    script.get("/today").failed(401, "unauthorized")
    assert server.stop() == 0
    assert token not in server.log


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "cron", "--user", "nobody"], "There is no user named nobody"),
        (["add", "cron", *ADA, "--expires", "tomorrow"], "tomorrow must be a date of the form YYYY-MM-DD"),
        (["add", "cron", *ADA, "--expires", "9999-12-31"], "9999-12-31 is too late: no day comes after it"),
        (["add", "cron", *ADA, "--expires", "2020-01-01"], "expires_at must lie in the future"),
        (["list", "--user", "nobody"], "There is no user named nobody"),
        (["add", "cron", *ADA, "--expires", "2030-02-30"], "2030-02-30 is no day of the calendar"),
        (["delete", "7", *ADA], "There is no token 7"),
        (["delete", "9" * 20, *ADA], f"There is no token {'9' * 20}"),
    ],
)
def test_a_wrong_token_command_says_why(lasting_folder: Path, arguments: list[str], said: str) -> None:
    assert refusal(lasting_folder, "token", *arguments) == said


def test_version_is_the_packages(tmp_path: Path) -> None:
    assert output(tmp_path, "--version") == f"mosaic, version {version('mosaic-tracker')}\n"


def test_a_database_is_made_before_anybody_serves_from_it(tmp_path: Path) -> None:
    assert run(tmp_path, "user", "list").returncode == 1
    for _ in range(2):
        assert run(tmp_path, "migrate").stdout == "The database is up to date\n"
    assert run(tmp_path, "user", "list").returncode == 0


def test_accounts_are_managed_straight_on_the_database(folder: Path) -> None:
    assert output(folder, "user", "add", "ben", "--password-stdin", stdin=PASSWORD) == "User ben added\n"
    assert output(folder, "user", "list") == "1\tada\tadmin\tada\n2\tben\tuser\tben\n"
    assert output(folder, "user", "set-admin", "ben") == "User ben is now an administrator\n"
    assert output(folder, "user", "set-admin", "ada", "--off") == "User ada is no longer an administrator\n"
    assert output(folder, "user", "list") == "1\tada\tuser\tada\n2\tben\tadmin\tben\n"
    assert output(folder, "user", "delete", "--yes", "ada") == "User ada deleted\n"
    assert output(folder, "user", "add", "cid", "--admin", "--password-stdin", stdin=PASSWORD) == (
        "User cid added as an administrator\n"
    )
    assert output(folder, "user", "list") == "2\tben\tadmin\tben\n3\tcid\tadmin\tcid\n"


def test_a_password_from_the_command_line_is_the_one_that_logs_in(folder: Path, start: Start) -> None:
    server = start()
    before = server.anyone.logged_in("ada")
    set_ = output(folder, "user", "set-password", "ada", "--password-stdin", stdin="quite another password\n")
    assert set_ == "Password of ada set\n"
    before.get("/user").failed(401, "unauthorized")
    server.anyone.post("/login", {"username": "ada", "password": PASSWORD}).failed(401, "invalid_credentials")
    server.anyone.logged_in("ada", "quite another password").get("/user").went(200)


@pytest.mark.parametrize(
    ("arguments", "stdin", "reason"),
    [
        (("user", "add", "ada", "--password-stdin"), PASSWORD, "taken"),
        (("user", "add", "xy", "--password-stdin"), PASSWORD, "username"),
        (("user", "add", "ben", "--password-stdin"), "short", "password"),
        (("user", "set-password", "ada", "--password-stdin"), "", "password"),
        (("user", "set-password", "nobody", "--password-stdin"), PASSWORD, "nobody"),
        (("user", "set-admin", "nobody"), "", "nobody"),
        (("user", "set-admin", "ada", "--off"), "", "last administrator"),
        (("user", "delete", "--yes", "nobody"), "", "nobody"),
        (("user", "delete", "--yes", "ada"), "", "last administrator"),
        (("export", "json", "--user", "nobody"), "", "nobody"),
        (("export", "json", *ADA, "-o", "absent/file"), "", "absent/file"),
        (("import", "csv", "broken.csv", *ADA), "", "Line 1"),
        (("import", "csv", "picture.csv", *ADA), "", "UTF-8"),
        (("import", "csv", "rows.csv", "--user", "nobody"), "", "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    lasting_folder: Path, arguments: tuple[str, ...], stdin: str, reason: str
) -> None:
    (lasting_folder / "broken.csv").write_text("day,what\n2026-01-02,Running\n")
    (lasting_folder / "picture.csv").write_bytes(b"\x89PNG\r\n\xff\xfe")
    (lasting_folder / "rows.csv").write_text(ROWS)
    assert reason in refusal(lasting_folder, *arguments, stdin=stdin)


def test_a_csv_file_is_brought_in_and_given_out_again(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS + "2026-13-01,Running,1,\n")
    done = run(folder, "import", "csv", "rows.csv", *ADA)
    assert (done.returncode, done.stdout) == (0, "2 created, 0 updated, 1 skipped\n")
    assert done.stderr.startswith("Line 4 skipped: ")
    entries = json.loads(output(folder, "export", "json", *ADA))["entries"]
    assert [(one["date"], one["activity"], one["value"], one["note"]) for one in entries] == [
        ("2026-01-03", "Running", 4, ""),
        ("2026-01-02", "Running", 3, "fast"),
    ]
    rows = list(csv.DictReader(io.StringIO(output(folder, "export", "csv", *ADA))))
    assert [row["date"] for row in rows if row["dataset"] == "entries"] == ["2026-01-03", "2026-01-02"]


def test_an_export_goes_into_a_file_for_its_owner_alone(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS)
    output(folder, "import", "csv", "rows.csv", *ADA)
    for kind in ("json", "csv"):
        assert output(folder, "export", kind, *ADA, "-o", f"mine.{kind}") == ""
        assert (folder / f"mine.{kind}").read_text() == output(folder, "export", kind, *ADA)
        assert (folder / f"mine.{kind}").stat().st_mode & 0o777 == 0o600
    assert "0 created, 2 updated, 0 skipped" in output(folder, "import", "csv", "mine.csv", *ADA)


def test_shared_rows_are_seen_by_administrators(folder: Path) -> None:
    (folder / "rows.csv").write_text(ROWS)
    assert output(folder, "import", "csv", "rows.csv", "--shared") == "2 created, 0 updated, 0 skipped\n"
    output(folder, "user", "add", "ben", "--password-stdin", stdin=PASSWORD)
    seen = {name: json.loads(output(folder, "export", "json", "--user", name)) for name in ("ada", "ben")}
    assert len(seen["ada"]["entries"]) == 2
    assert seen["ben"]["entries"] == []


def test_an_import_wants_either_a_user_or_shared(lasting_folder: Path) -> None:
    (lasting_folder / "rows.csv").write_text(ROWS)
    for flags in ((), (*ADA, "--shared")):
        done = run(lasting_folder, "import", "csv", "rows.csv", *flags)
        assert done.returncode == 2
        assert "Give either --user NAME or --shared" in done.stderr


def test_records_are_processed_again(lasting_folder: Path) -> None:
    assert output(lasting_folder, "wearables", "reprocess") == "0 records processed again\n"
    assert output(lasting_folder, "wearables", "reprocess", *ADA) == "0 records processed again\n"


def test_config_shows_the_settings_in_force_and_masks_secrets(tmp_path: Path) -> None:
    shown = output(
        tmp_path, "config", api_key="a key nobody may see", jwt_secret=TOKEN_SECRET, max_body="2 MiB"
    )
    lines = dict(line.split("=", 1) for line in shown.splitlines())
    assert lines["MOSAIC_MAX_BODY"] == str(2 * 2**20)
    assert lines["MOSAIC_API_KEY"] == lines["MOSAIC_JWT_SECRET"] == "********"
    assert lines["MOSAIC_DATA_DIR"] == str(tmp_path / "data")
    assert "a key" not in shown
    assert TOKEN_SECRET not in shown


def test_a_toml_file_gives_settings_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "mosaic.toml"
    file.write_text(
        'jwt_exp_minutes = 5\nbody_timeout = 7\ncors_origins = ["https://a.example", "https://b.example"]\n'
    )
    lines = output(tmp_path, "config", config=str(file), body_timeout="9").splitlines()
    assert "MOSAIC_JWT_EXP_MINUTES=5" in lines
    assert "MOSAIC_BODY_TIMEOUT=9.0" in lines
    assert "MOSAIC_CORS_ORIGINS=https://a.example,https://b.example" in lines


def test_an_unknown_variable_is_warned_about_with_the_nearest_name(tmp_path: Path) -> None:
    done = run(tmp_path, "config", max_boddy="1")
    assert done.returncode == 0
    assert done.stderr == "Warning: there is no setting MOSAIC_MAX_BODDY; did you mean MOSAIC_MAX_BODY?\n"


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({"jwt_secret": "short"}, ()),
        ({"rate_limits": "login=often"}, ()),
        ({"database_url": "memory:"}, ("--workers", "2")),
        ({"config": "/there/is/no/such.toml"}, ()),
    ],
)
def test_a_setting_without_sense_stops_the_start_with_one_line_that_names_it(
    tmp_path: Path, given: dict[str, str], arguments: tuple[str, ...]
) -> None:
    reason = refusal(tmp_path, "serve", "--port", "0", *arguments, **given)
    assert reason.startswith(f"MOSAIC_{next(iter(given)).upper()} ")
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_cannot_be_made_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = str(tmp_path / "file" / "data")
    assert place in refusal(tmp_path, "serve", "--port", "0", data_dir=place)


def test_a_kept_secret_that_is_too_short_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret").write_text("short")
    assert refusal(tmp_path, "serve", "--port", "0").startswith("MOSAIC_DATA_DIR ")


def test_port_0_takes_a_free_port_and_says_which(start: Start) -> None:
    for workers in (1, 2):
        server = start(workers=workers)
        server.stop()
        server.serve_anywhere()
        said = server.output.splitlines()[-2]
        assert said.startswith("Mosaic serves on http://127.0.0.1:")
        assert int(said.rpartition(":")[2]) != 0
        assert server.anyone.get("/").json["message"] == "Mosaic is running"
        server.stop()


def test_serve_says_where_it_serves_and_where_the_data_lies(start: Start) -> None:
    server = start()
    assert server.output.splitlines() == [
        f"Mosaic serves on http://127.0.0.1:{server.port}",
        f"Data: {server.data / 'mosaic.db'}",
    ]
    assert server.anyone.get("/").json["message"] == "Mosaic is running"


def test_data_and_secret_are_for_their_owner_alone_and_the_secret_stays(start: Start) -> None:
    server = start()
    secret = server.data / "secret"
    assert server.data.stat().st_mode & 0o777 == 0o700
    assert secret.stat().st_mode & 0o777 == 0o600
    made = secret.read_bytes()
    assert len(made) >= 32
    token = server.anyone.registered("ada").headers
    server.stop()
    server.start()
    assert secret.read_bytes() == made
    server.anyone.get("/user", token).went(200)


def test_memory_keeps_nothing_and_makes_no_directory(start: Start) -> None:
    server = start(database_url="memory:")
    server.anyone.registered("ada")
    assert "nowhere" in server.output
    assert not server.data.exists()


def test_logs_are_lines_of_json_or_on_demand_lines_for_people(start: Start) -> None:
    server = start()
    server.stop()
    written = server.log
    requests = [event for event in server.events() if event["event"] == "request"]
    assert set(requests[0]) >= {
        "timestamp",
        "level",
        "worker",
        "id",
        "method",
        "route",
        "status",
        "duration_ms",
        "user",
    }
    server.environment = {"log_format": "console"}
    server.start()
    server.stop()
    lines = server.log.removeprefix(written).splitlines()
    assert any("Application startup complete" in line for line in lines)
    assert any("request" in line and "/" in line and "200" in line for line in lines)
    assert not any(line.startswith("{") for line in lines)


def test_a_taken_port_stops_the_start(start: Start) -> None:
    server = start()
    stopped = run(server.folder, "serve", "--port", str(server.port))
    assert stopped.returncode != 0
    assert "Address already in use" in stopped.stderr
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGTERM, 2)]
)
def test_a_signal_ends_the_server_when_running_requests_are_finished(
    start: Start, number: int, workers: int
) -> None:
    server = start(workers=workers)
    person = server.anyone.registered("ada")
    body = b'{"date": "2026-01-02", "activity": "Running"}'
    head = (
        f"POST /add_entry HTTP/1.1\r\nHost: mosaic\r\nAuthorization: Bearer {person.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with connected(server.port, head.encode()) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        assert server.process is not None
        server.process.send_signal(number)
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 201 ")
    assert server.ended() == 0
    assert "Traceback" not in server.log
    assert not list(server.data.glob("*-wal"))


def test_a_signal_ends_the_server_whatever_clients_do(start: Start) -> None:
    """It gives them less time than a slow client has, which no test would wait for."""
    server = start(body_timeout="300")
    head = (
        b"POST /login HTTP/1.1\r\nHost: mosaic\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    )
    with connected(server.port, head), connected(server.port):
        assert server.stop(signal.SIGTERM) == 0
