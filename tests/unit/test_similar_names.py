"""Names that were probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.activities.similar import similar_name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Runing", "Running"),
        ("Runnning", "Running"),
        ("Rnuning", "Running"),
        ("Running!", "Running"),
        ("Cafe", "Café"),
        ("read ing", "Reading"),
        ("Meditatoin", "Meditation"),
        ("Medittaion ", "Meditation"),
        ("Gum", "gum"),
        ("☕", "☕"),
    ],
)
def test_a_typo_finds_what_was_meant(typed: str, meant: str) -> None:
    assert similar_name(typed, ["Swimming", meant, "Piano"]) == meant


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Run", "Fun"),
        ("Gym", "Gum"),
        ("Walk", "Work"),
        ("Running", "Reading"),
        ("Evening walk", "Morning walk"),
        ("☕", "🍵"),
        ("Yoga", "Yoghurt"),
        ("Listen", "Silent"),
    ],
)
def test_another_word_is_no_typo(typed: str, known: str) -> None:
    assert similar_name(typed, [known]) is None


def test_the_nearest_is_found_whatever_comes_first() -> None:
    assert similar_name("Meditatin", ["Mediation", "Meditation"]) == "Meditation"
    assert similar_name("Meditatin", ["Meditation", "Mediation"]) == "Meditation"


def test_without_names_there_is_none() -> None:
    assert similar_name("Running", []) is None


@given(st.text(max_size=12), st.lists(st.text(max_size=12)))
def test_what_is_found_is_one_of_those_known(typed: str, known: list[str]) -> None:
    found = similar_name(typed, known)
    assert found is None or found in known
    assert similar_name(typed, [*known, typed]) is not None
