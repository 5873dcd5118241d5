"""Files of other trackers that are damaged in any way."""

import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import FileSummary
from support import a_mosaic, registered
from support_examples import EXAMPLES
from support_imports import brought_in, everything
from tracker_files import FILES

NOTHING: object = ([], [], [], [])

LAYOUTS = {
    format_: [name for name, (other, _) in FILES.items() if other == format_]
    for format_ in {format_ for format_, _ in FILES.values()}
}
"""What the files of each format are called that there are."""

Damage = Callable[[bytes, random.Random], bytes]


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def flipped(content: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8, 64])):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def of_other_types(content: bytes, chance: random.Random) -> bytes:
    """Put other words in the place of some: as long as they were, where a file is no text."""
    odd = [b"NaN", b"-1", b"1e999", b"null", b"\xff\xfe", b"\0\0", b'"', b"[[[", b"9" * 30, b"", b"\xf0\x9f"]
    at = chance.randrange(len(content))
    word = chance.choice(odd)
    length = len(word) if content.startswith((b"SQLite", b"PK")) else chance.randrange(12)
    return content[:at] + word + content[at + length :]


def of_other_order(content: bytes, chance: random.Random) -> bytes:
    """Exchange two pieces."""
    one, other = sorted(chance.sample(range(len(content)), 2))
    length = chance.randrange(1, 200)
    return (
        content[:one]
        + content[other : other + length]
        + content[one + length : other]
        + content[one : one + length]
        + content[other + length :]
    )


DAMAGES: tuple[Damage, ...] = (cut, flipped, of_other_types, of_other_order)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Damage a file, or the members of an archive: as they are packed, nearly all damage is told at once."""
    if content.startswith(b"PK") and chance.random() < 0.7:
        return repacked(content, chance)
    return chance.choice(DAMAGES)(content, chance)


def repacked(content: bytes, chance: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as there, zipfile.ZipFile(file, "w") as packed:
        names = there.namelist()
        chosen = chance.choice(names)
        for name in names:
            said = there.read(name)
            packed.writestr(name, chance.choice(DAMAGES)(said, chance) if name == chosen and said else said)
    return file.getvalue()


@lru_cache
def written(name: str) -> bytes:
    return FILES[name][1]()


@pytest.fixture(scope="module")
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture(scope="module")
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "ada")


class _Undone(Exception):
    """Takes an import back, so that the next one finds what the first one found."""


@pytest.mark.parametrize("format_", sorted(LAYOUTS))
@settings(max_examples=max(200, EXAMPLES))
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_refused_or_its_rows_are_named(
    mosaic: Mosaic, ada: Caller, format_: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # Hypothesis gives the seed
    content = damaged(written(chance.choice(LAYOUTS[format_])), chance)
    foretold = told(mosaic, ada, content, dry_run=True) if seed % 4 == 0 else None
    with suppress(_Undone), mosaic.store.write():
        done = told(mosaic, ada, content)
        if isinstance(done, FileSummary):
            told_of = sum(one.status == "skipped" for one in done.details)
            assert done.skipped <= told_of <= done.skipped + done.records_skipped
            again = told(mosaic, ada, content)
            assert isinstance(again, FileSummary)
            assert (again.created, again.updated, again.activities_created, again.paused) == (0, 0, 0, 0)
            assert again.accepted == 0
        else:
            assert everything(mosaic, ada) == NOTHING
        raise _Undone
    assert everything(mosaic, ada) == NOTHING
    if isinstance(foretold, FileSummary):
        foretold = evolve(foretold, dry_run=False)
    assert foretold in [None, done]


def told(mosaic: Mosaic, caller: Caller, content: bytes, *, dry_run: bool = False) -> FileSummary | str:
    """Return what became of a file, or why it was refused."""
    try:
        return brought_in(mosaic, caller, content, dry_run=dry_run)
    except InvalidInput as error:
        return error.message
