"""Bring swagger-ui into the package: `make vendor`, or `make vendor VERSION=5.36.0`.

Fetches the package from the npm registry, checks it against the registry's hash, and keeps what the
page needs, compressed, as it is sent. VENDORED.md beside the files says what they are.
"""

import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "swagger-ui-dist"
TARGET = Path(__file__).parents[1] / "src/mosaic_http/docs_page"
SENT = ("swagger-ui-bundle.js", "swagger-ui.css")
LICENCES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")


def main(wanted: str) -> None:
    """Fetch that version, or the newest of a major one."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        command = ["npm", "pack", "--json", f"{PACKAGE}@{wanted}"]
        told = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)[0]
        packed = (folder / told["filename"]).read_bytes()
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
        if integrity != told["integrity"]:
            sys.exit(f"The package is not what the registry says: {integrity}")
        with tarfile.open(folder / told["filename"]) as archive:
            archive.extractall(folder, filter="data")
        _keep(folder / "package", told["version"], integrity)


def _keep(unpacked: Path, version: str, integrity: str) -> None:
    licence = json.loads((unpacked / "package.json").read_bytes())["license"]
    rows = []
    for name in SENT:
        text = (unpacked / name).read_bytes()
        (TARGET / f"{name}.gz").write_bytes(gzip.compress(text, 9, mtime=0))
        rows.append(f"| `{name}` | {len(text)} | `{hashlib.sha256(text).hexdigest()}` |")
    for name in LICENCES:
        (TARGET / name.replace("LICENSE.txt", "LICENSES")).write_bytes((unpacked / name).read_bytes())
    (TARGET / "VENDORED.md").write_text(
        f"# {PACKAGE} {version}\n\n"
        f"From the npm registry, licence {licence} (LICENSE and NOTICE; swagger-ui-bundle.js.LICENSES has\n"
        f"those of what is bundled in it). Integrity of the package: `{integrity}`.\n"
        "`make vendor` brings in the newest 5, `make vendor VERSION=5.36.0` another version.\n\n"
        "Compressed with gzip, else as they came:\n\n"
        "| file | bytes | SHA-256 |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "5")
