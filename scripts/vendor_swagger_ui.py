"""Bring swagger-ui into the package: `make vendor`.

Keeps what the page needs, compressed, as it is sent. VENDORED.md beside the files says what they are.
"""

import gzip
import hashlib
from pathlib import Path

from npm_packages import Package, fetched

PACKAGE = "swagger-ui-dist"
TARGET = Path(__file__).parents[1] / "src/mosaic_http/docs_page"
SENT = ("swagger-ui-bundle.js", "swagger-ui.css")
LICENCES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")


def main() -> None:
    """Fetch the newest version."""
    with fetched(PACKAGE, "5") as package:
        _keep(package)


def _keep(package: Package) -> None:
    rows = []
    for name in SENT:
        text = (package.folder / name).read_bytes()
        (TARGET / f"{name}.gz").write_bytes(gzip.compress(text, 9, mtime=0))
        rows.append(f"| `{name}` | {len(text)} | `{hashlib.sha256(text).hexdigest()}` |")
    for name in LICENCES:
        kept = name.replace("LICENSE.txt", "LICENSES")
        (TARGET / kept).write_bytes((package.folder / name).read_bytes())
    (TARGET / "VENDORED.md").write_text(
        f"# {PACKAGE} {package.version}\n\n"
        f"From the npm registry, licence {package.licence} (LICENSE and NOTICE;\n"
        "swagger-ui-bundle.js.LICENSES has those of what is bundled in it). Integrity of the package:\n"
        f"`{package.integrity}`.\n"
        "`make vendor` brings in the newest 5.\n\n"
        "Compressed with gzip, else as they came:\n\n"
        "| file | bytes | SHA-256 |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    main()
