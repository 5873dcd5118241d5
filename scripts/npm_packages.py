"""Packages of the npm registry, each checked against the registry's hash before anything of it is used."""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple


class Package(NamedTuple):
    """An unpacked package: where it lies, and what the registry says of it."""

    folder: Path
    version: str
    licence: str
    integrity: str


@contextmanager
def fetched(name: str, wanted: str) -> Iterator[Package]:
    """Fetch that version of a package, or the newest of a major one; needs npm."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        command = ["npm", "pack", "--json", f"{name}@{wanted}"]
        told = _only(json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout))
        packed = (folder / told["filename"]).read_bytes()
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
        if integrity != told["integrity"]:
            sys.exit(f"The package is not what the registry says: {integrity}")
        with tarfile.open(folder / told["filename"]) as archive:
            archive.extractall(folder, filter="data")
        unpacked = folder / "package"
        licence = json.loads((unpacked / "package.json").read_bytes())["license"]
        yield Package(unpacked, told["version"], licence, integrity)


def _only(told: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """Return what npm says of the one package; newer ones say it under the package's name."""
    (one,) = told.values() if isinstance(told, dict) else told
    return dict(one)
