"""How long whoever watches the server waits for `/healthz` while it is loaded fully."""

import datetime as dt
import threading
import time
from functools import partial
from pathlib import Path

import load
import server
from floors import took
from server import Client
from setting import CACHED_TODAY

SECONDS = 6
CONNECTIONS = 32
EVERY_SECONDS = 0.02


def slowest(folder: Path, day: dt.date) -> float:
    """Return the 99th percentile in seconds, while 32 connections ask for Today and 32 more add entries."""
    with server.mosaic(folder) as running:
        token = Client(running.port).account("person").token
        scripts = {running.url + CACHED_TODAY.path: "", running.url: load.new_entries(day, 0)}
        loads = [
            threading.Thread(target=partial(_load, url, token, script)) for url, script in scripts.items()
        ]
        for one in loads:
            one.start()
        waits = sorted(_waits(running.port))
        for one in loads:
            one.join()
    return waits[len(waits) * 99 // 100]


def _load(url: str, token: str, script: str) -> None:
    load.send(url, token, script, seconds=SECONDS, connections=CONNECTIONS)


def _waits(port: int) -> list[float]:
    asking = Client(port)
    end, waits = time.monotonic() + SECONDS - 1, []
    while time.monotonic() < end:
        waits.append(took(partial(asking.get, "/healthz")))
        time.sleep(EVERY_SECONDS)
    return waits
