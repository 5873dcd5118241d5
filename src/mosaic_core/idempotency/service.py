"""A repeated request has one effect."""

import datetime as dt
from collections.abc import Callable

from attrs import evolve, frozen

from mosaic_core.clock import Clock
from mosaic_core.errors import IdempotencyMismatch, MosaicError
from mosaic_core.idempotency.model import LIFETIME, Answer, IdempotencyRecord
from mosaic_core.idempotency.ports import Sealing
from mosaic_core.store import Store, UnitOfWork

_SEALED = "sealed"
"""The fingerprint of records whose answers are sealed: whatever tells the request is sealed with them."""

_OTHER_REQUEST = "This idempotency key was used for a different request"


@frozen
class IdempotencyService:
    """Runs a piece of work at most once per user and key."""

    store: Store
    clock: Clock
    sealing: Sealing

    def kept(self, user_id: int, key: str, fingerprint: str) -> Answer | None:
        """Return the answer that is kept under the key, None if there is none.

        Raises IdempotencyMismatch if the key came with another request.
        """
        with self.store.read() as unit:
            return _kept(unit, user_id, key, fingerprint, self.clock.now())

    def once(
        self,
        user_id: int,
        key: str,
        fingerprint: str,
        work: Callable[[], Answer],
        *,
        tells_secret: bool = False,
    ) -> tuple[Answer, bool]:
        """Return the answer of `work`, and whether it was given before.

        The record shares the transaction of the work: both last or neither, and work that raises leaves no
        record. Records count for 24 hours. Raises IdempotencyMismatch if the key came with another request.

        `work` undoes its own changes when it raises; what it noted of its failure stays. An answer that
        `tells_secret` is kept sealed, and the fingerprint not at all, as the request may have a secret too.
        """
        if tells_secret:
            return self._once_sealed(user_id, key, f"{user_id} {fingerprint} {key}".encode(), work)
        now = self.clock.now()
        with self.store.write() as unit:
            kept = _kept(unit, user_id, key, fingerprint, now)
            if kept is not None:
                return kept, True
            try:
                answer = work()
            except MosaicError as error:
                failure = error
            else:
                unit.idempotency.put(IdempotencyRecord(user_id, key, fingerprint, answer, now))
                return answer, False
        raise failure

    def _once_sealed(
        self, user_id: int, key: str, about: bytes, work: Callable[[], Answer]
    ) -> tuple[Answer, bool]:
        told: list[Answer] = []

        def sealed_work() -> Answer:
            with self.store.write():  # what cannot be sealed is not done
                told.append(work())
                return evolve(told[0], body=self.sealing.seal(told[0].body, about))

        kept, is_replayed = self.once(user_id, key, _SEALED, sealed_work)
        if not is_replayed:
            return told[0], False
        body = self.sealing.open(kept.body, about)
        if body is None:
            raise IdempotencyMismatch(_OTHER_REQUEST)
        return evolve(kept, body=body), True


def _kept(unit: UnitOfWork, user_id: int, key: str, fingerprint: str, now: dt.datetime) -> Answer | None:
    """Return the answer that counts. Raises IdempotencyMismatch if it was given to another request."""
    known = unit.idempotency.find(user_id, key)
    if known is None or known.created_at <= now - LIFETIME:
        return None
    if known.fingerprint != fingerprint:
        raise IdempotencyMismatch(_OTHER_REQUEST)
    return known.answer
