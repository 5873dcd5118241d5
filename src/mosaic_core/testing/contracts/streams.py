"""What every way of making tickets promises."""

from collections.abc import Callable

import pytest

from mosaic_core.errors import Unauthorized
from mosaic_core.streams.model import CameraWanted, Ticket
from mosaic_core.streams.ports import Tickets
from mosaic_core.testing.contracts.credentials import SECRET

TICKET = Ticket(
    id="ticket-1",
    token="the owner's token",
    wanted=CameraWanted(url="rtsp://Meise:Specht@camera/live", username="Zoë", password='Storch "🌲'),
    expires_at=1_700_000_060,
)


class TicketsContract:
    """What every way of making tickets promises. Override `make_tickets`."""

    @pytest.fixture
    def make_tickets(self) -> Callable[[bytes], Tickets]:
        """Return a function that makes what seals with the given secret of 32 bytes."""
        raise NotImplementedError("override the fixture `make_tickets`")

    @pytest.fixture
    def tickets(self, make_tickets: Callable[[bytes], Tickets]) -> Tickets:
        """Return what is tested."""
        return make_tickets(SECRET)

    def test_a_ticket_is_what_was_sealed(self, tickets: Tickets) -> None:
        assert tickets.open(tickets.seal(TICKET)) == TICKET

    def test_another_process_with_the_secret_opens_the_ticket(
        self, tickets: Tickets, make_tickets: Callable[[bytes], Tickets]
    ) -> None:
        assert make_tickets(SECRET).open(tickets.seal(TICKET)) == TICKET

    def test_a_ticket_that_another_secret_sealed_is_refused(
        self, tickets: Tickets, make_tickets: Callable[[bytes], Tickets]
    ) -> None:
        with pytest.raises(Unauthorized):
            make_tickets(b"another secret, 32 bytes long...").open(tickets.seal(TICKET))

    def test_a_ticket_that_was_changed_anywhere_is_refused(self, tickets: Tickets) -> None:
        sealed = tickets.seal(TICKET)
        for place in range(0, len(sealed) - 1, 7):
            other = "A" if sealed[place] != "A" else "B"
            with pytest.raises(Unauthorized):
                tickets.open(sealed[:place] + other + sealed[place + 1 :])

    @pytest.mark.parametrize("text", ["", "x", "ä", "a.b.c", "\x00", "A" * 21, "=" * 9])
    def test_what_is_no_ticket_is_refused(self, tickets: Tickets, text: str) -> None:
        with pytest.raises(Unauthorized):
            tickets.open(text)

    def test_a_ticket_fits_into_a_query_and_tells_nothing(self, tickets: Tickets) -> None:
        sealed = tickets.seal(TICKET)
        assert sealed.replace("-", "").replace("_", "").isalnum()
        assert sealed.isascii()
        assert sealed != tickets.seal(TICKET)

    def test_an_id_never_comes_twice(self, tickets: Tickets) -> None:
        assert len({tickets.new_id() for _ in range(100)}) == 100
