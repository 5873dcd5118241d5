"""What kept an event loop from its timers: a server that is watched (see beating.py) tells it in files."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Longest(NamedTuple):
    """How long an event loop was kept at most, in seconds, and by what.

    It `computed`, for which a fast machine needs less time, but a busy one hardly more. It was `starved`: the
    machine gave it no processor. Or it was `held`, by anything else: it waited for the interpreter, which
    another thread had, or for a disk. `computed_at` and `held_at` say where it was, innermost function first,
    if it was for long.
    """

    computed: float = 0.0
    starved: float = 0.0
    held: float = 0.0
    computed_at: str = ""
    held_at: str = ""


def longer(each: Iterable[Longest]) -> Longest:
    """Return the longest of each kind."""
    every = [Longest(), *each]
    computed, held = max(every, key=lambda one: one.computed), max(every, key=lambda one: one.held)
    starved = max(one.starved for one in every)
    return Longest(computed.computed, starved, held.held, computed.computed_at, held.held_at)


def write(file: Path, longest: Longest) -> None:
    """Write it into the file, all at once."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(longest))
    fresh.replace(file)


def read(folder: Path) -> Longest:
    """Return the longest that all processes of a server have told in the folder."""
    return longer(Longest(*json.loads(file.read_text())) for file in folder.glob("*.beats"))


def forget(folder: Path) -> None:
    """Have the processes begin anew."""
    for file in folder.glob("*.beats"):
        file.unlink()
