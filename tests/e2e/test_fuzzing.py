"""schemathesis holds the running server against its own document, as a user and as an administrator."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mosaic_core.tokens.model import ADMIN
from mosaic_http.app import PATHS
from support_server import PASSWORD, Server, Start, environment

EXAMPLES = int(os.environ.get("MOSAIC_FUZZ_EXAMPLES", "0"))
"""For each operation. A run of 0 is short: the same three each time, without a case for each bound of each
value, without the headers that all operations have, and what only administrators may do by one alone."""

SCHEMATHESIS = str(Path(sys.executable).with_name("schemathesis"))
TESTS = Path(__file__).parents[1]
FOR_ADMINISTRATORS = [
    path.partition(":")[0].replace("{", "\\{")
    for path, methods in PATHS.items()
    if all(operation.scope == ADMIN for operation in methods.values())
]


def fuzz(server: Server, username: str, *options: str) -> None:
    """Let schemathesis loose on the server with an account; fail with its report if it finds anything."""
    url = f"http://127.0.0.1:{server.port}"
    short = {} if EXAMPLES else {"fuzz_short": "1"}
    configured = [SCHEMATHESIS, "--config-file", str(TESTS / "data/schemathesis.toml")]
    done = subprocess.run(
        [*configured, "run", f"{url}/openapi.json", "--url", url, "-n", str(EXAMPLES or 3), *options],
        cwd=server.folder,
        env={
            **environment(server.folder, url=url, fuzz_user=username, **short),
            "PYTHONPATH": str(TESTS),
            "SCHEMATHESIS_HOOKS": "support_fuzzing",
        },
        stdout=None if EXAMPLES else subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def paths(option: str) -> list[str]:
    """Return the option for the paths of administrators."""
    return [option, f"^({'|'.join(FOR_ADMINISTRATORS)})"]


@pytest.mark.parametrize("username", ["ada", "ben"])
def test_what_the_server_does_is_what_its_document_says(start: Start, username: str) -> None:
    server = start()
    is_administrator = username == "ada"
    for name in ("ada", "ben"):
        server.anyone.post("/register", {"username": name, "password": PASSWORD}).went(201)
    chosen = paths("--include-path-regex" if is_administrator else "--exclude-path-regex")
    short = [*chosen, "--phases", "examples,fuzzing,stateful", "--generation-deterministic"]
    fuzz(server, username, *([] if EXAMPLES else short))
