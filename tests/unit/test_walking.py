"""Which distances come with steps."""

import pytest

from mosaic_adapters.imports import walking
from mosaic_adapters.imports.walking import Walked
from mosaic_core.wearables.contents import LONGEST_STEPS
from mosaic_core.wearables.fields import MOST


@pytest.fixture
def walked() -> Walked:
    made = Walked()
    for start, end in [(30, 40), (10, 20), (20, 25)]:
        made.add("watch", start, end, 5)
    return made


@pytest.mark.parametrize(
    ("start", "end", "is_held"),
    [
        (10, 25, True),
        (12, 22, True),
        (30, 40, True),
        (24, 24, True),
        (25, 25, False),
        (9, 12, False),
        (20, 26, False),
        (12, 35, False),
        (26, 29, False),
        (40, 41, False),
        (0, 5, False),
    ],
)
def test_steps_hold_what_lies_within_their_time(
    walked: Walked, start: int, end: int, *, is_held: bool
) -> None:
    assert walked.holds("watch", start, end) is is_held
    assert not walked.holds("phone", start, end)


@pytest.mark.parametrize(("end", "steps"), [(1, 5), (0, 5), (2 + LONGEST_STEPS, 5), (9, -1), (9, MOST + 1)])
def test_what_the_pipeline_refuses_and_what_has_no_length_holds_nothing(end: int, steps: int) -> None:
    walked = Walked()
    walked.add("watch", 1, end, steps)
    assert not walked.holds("watch", 1, 1)


def test_steps_behind_the_first_distance_of_their_source_hold_nothing(walked: Walked) -> None:
    assert not walked.holds("watch", 50, 60)
    walked.add("watch", 50, 60, 5)
    assert not walked.holds("watch", 50, 60)
    assert walked.holds("watch", 30, 40)


def test_sources_and_stretches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_SOURCES", 1)
    walked = Walked(room=2)
    for source, start in [("watch", 0), ("phone", 0), ("watch", 10), ("watch", 20), ("watch", 40)]:
        walked.add(source, start, start + 10, 5)
    assert [walked.holds("watch", start, start + 10) for start in (0, 10, 20, 40)] == [True, True, True, True]
    assert not walked.holds("phone", 0, 10)
    walked = Walked(room=2)
    for start in (0, 20, 40):
        walked.add("watch", start, start + 10, 5)
    assert [walked.holds("watch", start, start + 10) for start in (0, 20, 40)] == [True, True, False]
