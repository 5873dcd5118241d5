"""How texts that people type are kept, compared and shown."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.texts import (
    LONGEST,
    composed,
    hides_something,
    name_key,
    printable,
    shows_something,
    tidied,
)

marks = st.sampled_from("\u0301\u0323\u0345\u0307\u0338\u05b0\u3099")
texts = st.text(st.sampled_from("ae\u03b9\u03b1ßİǰᾴﬀ\u017f각") | marks | st.characters(), max_size=12)


@given(texts)
def test_every_composition_of_a_name_has_one_key(name: str) -> None:
    key = name_key(name)
    assert name_key(unicodedata.normalize("NFC", name)) == key
    assert name_key(unicodedata.normalize("NFD", name)) == key
    assert name_key(unicodedata.normalize("NFD", name).casefold()) == key


@given(texts)
def test_a_key_is_its_own_key_and_composed(name: str) -> None:
    key = name_key(name)
    assert name_key(key) == key
    assert composed(key) == key


def is_assigned(character: str) -> bool:
    return unicodedata.category(character) not in {"Cn", "Co", "Cs"}


def test_every_character_has_one_key_in_any_case_and_composition() -> None:
    for character in filter(is_assigned, map(chr, range(sys.maxunicode + 1))):
        key = name_key(character)
        assert key == name_key(character.casefold()) == name_key(unicodedata.normalize("NFD", character))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE\u0301"),
        ("Straße", "STRASSE"),
        ("İstanbul", "i\u0307stanbul"),
        ("\u1fb4", "\u0391\u0345\u0301"),
        ("각", "\u1100\u1161\u11a8"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_composition_is_not_likeness() -> None:
    assert len({name_key(name) for name in ("Café", "Cafe", "Caf\u0435", "\uff23afé", "Café\u200b")}) == 5


def test_what_is_too_long_to_be_taken_is_not_composed() -> None:
    marks = "\u0323\u0301" * LONGEST
    assert composed(marks) == marks
    assert name_key("É" + marks) == "é" + marks


def test_what_four_characters_make_up_is_composed_in_the_longest_text() -> None:
    assert composed("\u03b1\u0313\u0300\u0345" * 180) == "ᾂ" * 180


def test_a_tidy_text_is_composed_and_has_no_blanks_around_it() -> None:
    assert tidied(" \u2028\tCafe\u0301 au lait\n") == "Café au lait"


@pytest.mark.parametrize(
    "text", ["a", " a", "\u200b.", "🏃", "❤\ufe0f", "👨\u200d👩", "\U0001fae9", "שלום", "ก"]
)
def test_a_text_shows_something(text: str) -> None:
    assert shows_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x1b",
        "\u200b",
        "\u3164\u115f",
        "\u2800",
        "\u0301\u0323",
        "\ufe0f",
        "\u2028\u00a0",
        "\U000e0020",
    ],
)
def test_a_text_shows_nothing(text: str) -> None:
    assert not shows_something(text)


def test_invisible_characters_hide_among_others() -> None:
    assert [hides_something(text) for text in ("alice", "alícé", "al\u3164ice", "al\ufe0fice")] == [
        False,
        False,
        True,
        True,
    ]


def test_a_terminal_gets_no_control_sequence() -> None:
    assert printable("a\x1b[2J\nb\x9b\u202e\u200b\ud800") == r"a\x1b[2J\nb\x9b\u202e\u200b\ud800"


@pytest.mark.parametrize("text", ["plain", "❤️ 👨\u200d👩\u200d👧", "\u06cc\u200c\u062e", "שלום"])
def test_a_terminal_gets_readable_text_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text())
def test_what_a_terminal_gets_is_printable(text: str) -> None:
    assert printable(text).replace("\u200c", "").replace("\u200d", "").isprintable()
