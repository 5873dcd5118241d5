"""Settings of all tests."""

import gc
import os

from hypothesis import settings

from mosaic_core.testing.strategies import unhurried
from support_examples import ARE_THE_SAME, EXAMPLES

settings.register_profile("mosaic", unhurried, max_examples=EXAMPLES, derandomize=ARE_THE_SAME)
settings.load_profile("mosaic")

for name in (
    "CLICOLOR_FORCE",
    "COLUMNS",
    "FORCE_COLOR",
    "LINES",
    "NO_COLOR",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
):
    os.environ.pop(name, None)  # what commands print depends on the test alone, not on where it runs
os.environ["TERM"] = "xterm"
for name in ("no_proxy", "NO_PROXY"):  # where the world is behind a proxy, this machine is not
    os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"]))


def pytest_collection_finish() -> None:
    """Leave out what was collected, which is much, where garbage is looked for."""
    gc.collect()
    gc.freeze()
