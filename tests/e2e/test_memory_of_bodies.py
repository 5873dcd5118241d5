"""What clients send, however much and however slowly, does not fill the server's memory."""

import json
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from support_server import Client, Server, Start, connected, patiently
from wearable_records import heart

MIB = 2**20
CLIENTS = 20
JSON = {"Content-Type": "application/json"}


def memory(server: Server, name: str = "VmRSS") -> int:
    """Return the MiB that the server holds, or (`VmHWM`) has held at most."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) // 1024


def head(target: str, size: int, **headers: str) -> bytes:
    sent = [
        f"POST {target} HTTP/1.1",
        "Host: mosaic",
        "Content-Type: application/json",
        f"Content-Length: {size}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*sent, "", ""]).encode()


def waits_for_more(server: Server) -> bool:
    """Return whether the system has handed all that was sent to the server."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return not any(row[1].endswith(f":{server.port:04X}") and row[4] != "00000000:00000000" for row in rows)


@pytest.mark.parametrize("path", ["/add_entry", "/login", "/register", "/no/such", "/user"])
def test_bodies_that_are_still_coming_are_not_in_memory(start: Start, path: str) -> None:
    server = start()
    ada = server.anyone.registered("ada")
    headers = dict(ada.headers) if path == "/add_entry" else {}
    idle = memory(server)
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            sent = head(path, 10 * MIB, **headers) + b" " * (9 * MIB)
            stack.enter_context(closing(connected(server.port, sent)))
        for _ in patiently():
            if waits_for_more(server):
                break
        assert memory(server) - idle < CLIENTS


def test_a_large_batch_is_never_in_memory_as_a_whole(start: Start) -> None:
    server = start()
    ada: Client = server.anyone.registered("ada")
    note = "x" * MIB
    records = [heart(f"k{number}", "2024-06-01T08:00:00Z", note=note[:-200]) for number in range(90)]
    body = json.dumps({"source_app": "App", "device_id": "w", "tz": "UTC", "records": records}).encode()
    idle = memory(server, "VmHWM")
    assert len(body) > 85 * MIB
    done = ada.ask("POST", "/ingest/wearable/batch", body=body, headers=JSON).went(201)
    assert done.json["accepted"] == len(records)
    assert memory(server, "VmHWM") - idle < 70
