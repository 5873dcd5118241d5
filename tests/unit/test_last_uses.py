"""When logins and tokens were last used is remembered until the store is told, within bounds."""

from mosaic_core.accounts.uses import LastUses
from mosaic_core.testing import NOON, a_session

MOST = 10_000


def test_of_each_the_latest_use_is_handed_over_once() -> None:
    uses = LastUses()
    assert not uses.are_there
    uses.note_session(a_session(1, user_agent="before"))
    uses.note_session(a_session(1))
    uses.note_token(7, NOON.replace(hour=1))
    uses.note_token(7, NOON)
    assert uses.are_there
    assert uses.take() == ([a_session(1)], [(7, NOON)])
    assert not uses.are_there
    assert uses.take() == ([], [])


def test_no_more_than_so_many_are_remembered() -> None:
    uses = LastUses()
    for number in range(MOST + 10):
        uses.note_session(a_session(number, token_id=str(number)))
        uses.note_token(number, NOON)
    sessions, tokens = uses.take()
    assert (len(sessions), len(tokens)) == (MOST, MOST)
