"""Measures Mosaic beside the floors of the machine and prints the table: `bench/run.py [ROW ...]`.

A floor is what the same machine does for the same result with nothing of Mosaic around it (see floors.py).
Every round measures the floor and then Mosaic, so that both meet the same weather; the table has the
medians over the rounds. The server is the real one with its defaults, one worker, rate limits off; the load
comes from a second process. The person has 50 activities and two years of daily entries: 36,550.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import load
import rows
from rows import Row
from server import BenchError
from setting import Bench

HEADINGS = Row("work", "floor", "Mosaic", "figure", "required", "aim", "verdict")


def main() -> int:
    """Measure the rows that are named, or all; 1 if one could not be measured, 2 without wrk."""
    asked = _arguments()
    if load.PROGRAM is None:
        print(
            "The benchmark needs the load program wrk on the PATH (Debian: apt-get install wrk)",
            file=sys.stderr,
        )
        return 2
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version};",
        end=" ",
    )
    print(f"medians of {asked.rounds} rounds of {asked.seconds} s")
    measured, failed = _measure(asked)
    _print_table([HEADINGS, *measured])
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Mosaic beside the floors of this machine.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of: {' '.join(rows.ROWS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=1, help="how long a round loads the server")
    parser.add_argument("--megabytes", type=int, default=100, help="of the file of the row apple")
    asked = parser.parse_args()
    if unknown := [name for name in asked.rows if name not in rows.ROWS]:
        parser.error(f"no such row: {' '.join(unknown)}; there are {' '.join(rows.ROWS)}")
    return asked


def _measure(asked: argparse.Namespace) -> tuple[list[Row], bool]:
    found: list[Row] = []
    failed = False
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mosaic-bench-")))
        bench = stack.enter_context(Bench(folder, asked.rounds, asked.seconds, asked.megabytes))
        for name, row in rows.ROWS.items():
            if asked.rows and name not in asked.rows:
                continue
            print(f"measuring {name} ...", file=sys.stderr)
            try:
                found += row(bench)
            except BenchError as error:
                failed = True
                print(f"{name} could not be measured: {error}", file=sys.stderr)
    return found, failed


def _print_table(lines: Sequence[Row]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


if __name__ == "__main__":
    sys.exit(main())
