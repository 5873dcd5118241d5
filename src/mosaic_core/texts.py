"""Texts that people type: how they are kept and compared, and whether they show anything.

One text can be written in several ways: phones send "é" as one character or as "e" with an accent behind it.
Texts are kept in the composed form (Unicode's NFC), and names are compared by their `name_key`.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST = 720
"""Longer texts are not composed: none is taken, and composing takes time that grows with the square.

The longest text that is taken has 180 characters, and four are the most that become one.
"""

# What shows nothing, though it is neither a control, format nor white-space character nor a combining mark:
# fillers, variation selectors, blank symbols, and what Unicode has set aside for more of them.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U000e0000-\U000e0fff]"
)
_SHOW_NOTHING = frozenset({"Mn", "Mc", "Me", "Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})

# Emoji and some scripts are put together with them; they change nothing but the shape of their neighbours.
_JOINERS = frozenset("\u200c\u200d")


def composed(text: str) -> str:
    """Return the text in the form in which it is kept: NFC."""
    if text.isascii() or len(text) > LONGEST:
        return text
    return unicodedata.normalize("NFC", text)


def tidied(text: str) -> str:
    """Return the text composed and without white space around it."""
    text = text.strip()
    return text if text.isascii() else composed(text)


def name_key(name: str) -> str:
    """Return what all spellings of one name have in common, whatever their case and composition.

    That is Unicode's canonical caseless matching (D145 of the standard): decomposed first, because the case
    of some marks (the iota subscript U+0345) decides the order of those around them; then case-folded, which
    may undo the composition; then composed.
    """
    if name.isascii():
        return name.lower()
    return _caseless(name) if len(name) <= LONGEST else name.casefold()


@lru_cache(maxsize=1024)  # an import's thousands of rows name the same few activities
def _caseless(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def shows_something(text: str) -> bool:
    """Return whether a reader sees anything of the text: a combining mark alone does not count.

    A character that this Python's Unicode does not know yet counts: phones send the newest emoji.
    """
    if text.isascii() and text.isprintable():
        return bool(text) and not text.isspace()
    return any(unicodedata.category(one) not in _SHOW_NOTHING and not _INVISIBLE.match(one) for one in text)


def hides_something(text: str) -> bool:
    """Return whether the text has an invisible character that `str.isprintable` lets pass."""
    return not text.isascii() and _INVISIBLE.search(text) is not None


def printable(text: str) -> str:
    r"""Return the text as a terminal may print it: the unprintable as escapes such as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _JOINERS else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
