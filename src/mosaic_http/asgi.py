"""The module that a server loads: `create` makes the application from the environment."""

import gc
import os

from starlette.types import ASGIApp

from mosaic_adapters.allocator import share_freed_memory
from mosaic_adapters.settings import load
from mosaic_adapters.wiring import build
from mosaic_http.app import create_app
from mosaic_http.logs import Log, request_log, send_library_logs
from mosaic_http.pacing import switch_sooner
from mosaic_http.shared_numbers import SharedFile
from mosaic_http.stopping import end_in_time


def create(shared: SharedFile | None = None) -> ASGIApp:
    """Return the application over what the environment's settings name; it closes that at its end.

    `shared` holds what the workers of one server count.
    """
    end_in_time()
    switch_sooner()
    settings = load(os.environ)
    share_freed_memory()
    log = Log(settings)
    send_library_logs(settings, log.outlet)
    mosaic = build(settings)
    numbers = None if shared is None else shared.join()
    app = create_app(mosaic, settings, request_log(settings, log.outlet), log.close, numbers)
    gc.collect()
    gc.freeze()  # what is there by now stays: looking through it again costs 50 ms each time
    return app
