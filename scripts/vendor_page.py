"""Bring the libraries of the web page into the package, and axe-core into the tests: `make vendor`.

Fetches the newest version of each major one named below. They stay as they came, but for what makes modules
of them that a browser loads without a compiler: `preact` is found beside its hooks, and uPlot is exported.
VENDORED.md beside the files says what they are.
"""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from npm_packages import Package, fetched

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "src/mosaic_http/page/vendor"
TESTS = ROOT / "tests/data"


class Taken(NamedTuple):
    """A file of a package, what it is called here, and what makes a module of it."""

    path: str
    name: str
    as_module: Callable[[str], str] = lambda text: text


PACKAGES = {
    ("preact", "11"): (
        Taken("dist/preact.mjs", "preact.js"),
        Taken(
            "hooks/dist/hooks.mjs", "hooks.js", lambda text: text.replace('from"preact"', 'from"./preact.js"')
        ),
    ),
    ("htm", "3"): (Taken("dist/htm.mjs", "htm.js"),),
    ("uplot", "1"): (
        Taken("dist/uPlot.iife.min.js", "uplot.js", lambda text: f"{text}\nexport default uPlot;\n"),
        Taken("dist/uPlot.min.css", "uplot.css"),
    ),
}
AXE = ("axe-core", "4")
_ABOUT = "From the npm registry; `make vendor` brings in newer versions."


def main() -> None:
    """Fetch all of them."""
    parts = [f"# Libraries of the web page\n\n{_ABOUT}\n"]
    for (name, wanted), files in PACKAGES.items():
        with fetched(name, wanted) as package:
            parts.append(_kept(name, package, files))
    (PAGE / "VENDORED.md").write_text("\n".join(parts))
    with fetched(*AXE) as package:
        _keep_axe(package)


def _kept(name: str, package: Package, files: tuple[Taken, ...]) -> str:
    """Keep the files of a package with its licence; return what is to be said of them."""
    rows = []
    for taken in files:
        came = (package.folder / taken.path).read_text()
        kept = taken.as_module(_without_map(came))
        (PAGE / taken.name).write_text(kept)
        rows.append(f"| `{taken.path}` | `{_hash(came)}` | `{taken.name}` | `{_hash(kept)}` |")
    (PAGE / f"{name}.LICENSE").write_bytes((package.folder / "LICENSE").read_bytes())
    return (
        f"## {name} {package.version}\n\n"
        f"Licence {package.licence} ({name}.LICENSE). Integrity of the package: `{package.integrity}`.\n\n"
        "| file | SHA-256 | here | SHA-256 |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _keep_axe(package: Package) -> None:
    text = (package.folder / "axe.min.js").read_bytes()
    (TESTS / "axe.min.js.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    (TESTS / "axe.md").write_text(
        f"# axe-core {package.version}\n\n"
        f"From the npm registry, licence {package.licence}, for tests alone. Integrity of the package:\n"
        f"`{package.integrity}`. `axe.min.js.gz` is `axe.min.js`, SHA-256\n"
        f"`{hashlib.sha256(text).hexdigest()}`. `make vendor` brings in a newer version.\n"
    )


def _without_map(text: str) -> str:
    """Return the text without the name of a file for debuggers, which is not kept."""
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")]
    return "\n".join(lines) + "\n"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    main()
