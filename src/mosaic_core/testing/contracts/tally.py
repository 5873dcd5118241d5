"""What every tally promises."""

import pytest

from mosaic_core.tally import Counted, Tally
from mosaic_core.testing.contracts.threads import in_threads


class TallyContract:
    """What every tally that counts promises. Override `tally`."""

    @pytest.fixture
    def tally(self) -> Tally:
        """Return the tally to be tested, in which nothing is counted yet."""
        raise NotImplementedError("override the fixture `tally`")

    def test_amounts_add_up(self, tally: Tally) -> None:
        tally.add(Counted.WRITES)
        tally.add(Counted.WRITES, 2)
        tally.add(Counted.WRITE_SECONDS, 0.25)
        counted = {one: amount for one, amount in tally.so_far().items() if amount}
        assert counted == {Counted.WRITES: 3, Counted.WRITE_SECONDS: 0.25}

    def test_what_takes_time_is_counted_with_it(self, tally: Tally) -> None:
        tally.add_taken(Counted.READS, Counted.READ_SECONDS, 0.5)
        tally.add_taken(Counted.READS, Counted.READ_SECONDS, 0.25)
        counted = {one: amount for one, amount in tally.so_far().items() if amount}
        assert counted == {Counted.READS: 2, Counted.READ_SECONDS: 0.75}

    def test_what_was_told_does_not_change(self, tally: Tally) -> None:
        tally.add(Counted.READS)
        told = tally.so_far()
        tally.add(Counted.READS)
        assert told[Counted.READS] == 1

    def test_nothing_is_lost_between_threads(self, tally: Tally) -> None:
        def count() -> None:
            for _ in range(500):
                tally.add(Counted.READS)

        in_threads(*[count] * 4)
        assert tally.so_far()[Counted.READS] == 2000
