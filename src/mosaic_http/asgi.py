"""The module that a server loads: `create` makes the application from the environment."""

import os

from starlette.types import ASGIApp

from mosaic_adapters.allocator import collect_young_ones, share_freed_memory
from mosaic_adapters.settings import load
from mosaic_adapters.wiring import build
from mosaic_http.app import create_app
from mosaic_http.handles import make_room
from mosaic_http.helper import command_of
from mosaic_http.logs import Log, request_log, send_library_logs
from mosaic_http.pacing import switch_sooner
from mosaic_http.shared_memory import WorkersMemory
from mosaic_http.stopping import end_in_time


def create(memory: WorkersMemory | None = None) -> ASGIApp:
    """Return the application over what the environment's settings name; it closes that at its end.

    `memory` is what it shares with the other workers of the server.
    """
    share_freed_memory()
    end_in_time()
    make_room()
    switch_sooner()
    settings = load(os.environ)
    memory = memory or WorkersMemory.make(1)
    log = Log(settings, memory=memory.log)
    send_library_logs(settings, log)
    mosaic = build(settings)
    app = create_app(
        mosaic,
        settings,
        request_log(settings, log),
        log.close,
        log.recent.newest,
        memory.numbers,
        helper_command=command_of(settings),
    )
    collect_young_ones()
    return app
