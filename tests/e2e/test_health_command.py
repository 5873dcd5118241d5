"""`mosaic health`, asked of real servers."""

from pathlib import Path

import pytest

from support_server import Server, Start, run


def test_a_healthy_server_is_shown_as_a_table(server: Server, tmp_path: Path) -> None:
    done = run(tmp_path, "health", url=f"http://127.0.0.1:{server.port}/")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("uptime_s", "db_ok", "cache_ok", "req_per_min", "error_rate", "last_metrics_update"):
        assert name in done.stdout


def test_an_unhealthy_server_ends_the_command_with_1(start: Start, tmp_path: Path) -> None:
    server = start()
    with (server.data / "mosaic.db").open("r+b", buffering=0) as file:
        file.write(b"\xff" * 4096)
    done = run(tmp_path, "health", url=f"http://127.0.0.1:{server.port}")
    assert done.returncode == 1
    assert "db_ok" in done.stdout


def test_a_server_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "health", url="http://127.0.0.1:1")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: There is no answer from http://127.0.0.1:1/healthz\n",
    )


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_an_address_of_no_server_is_a_senseless_setting(tmp_path: Path, url: str) -> None:
    done = run(tmp_path, "health", url=url)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: MOSAIC_URL must be ")
