"""Names that were probably meant: what a typo makes of a name differs in a letter or two."""

import unicodedata
from collections.abc import Iterable

from mosaic_core.texts import name_key


def similar_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like `name`, None if none is like it; of two alike, the first.

    Case, accents, spaces and punctuation do not count. Beyond that, names of 4 to 7 letters may differ by one
    letter, longer ones by two: a letter too much, too few or another, or two that changed places (Damerau's
    distance, of optimal alignments).
    """
    letters = _letters(name)
    marks = set(letters)
    best, least = None, _tolerance(len(letters)) + 1
    for other in known:
        others = _letters(other)
        bound = min(least - 1, _tolerance(len(others)))
        if abs(len(letters) - len(others)) > bound or len(marks ^ set(others)) > 2 * bound:
            continue
        distance = _distance(letters, others)
        if distance <= bound:
            best, least = other, distance
    return best


def _letters(name: str) -> str:
    key = name_key(name)
    if not key.isascii():
        key = unicodedata.normalize("NFKD", key)
    return "".join([one for one in key if one.isalnum()]) or key


def _tolerance(length: int) -> int:
    if length < 4:
        return 0
    return 1 if length < 8 else 2


def _distance(one: str, other: str) -> int:
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]
