"""The newest errors of a user's ingests, kept so that the summary can tell them."""

import datetime as dt
import re
from collections.abc import Sequence

from mosaic_core.wearables.model import IngestError
from mosaic_core.wearables.ports import SourceRepository
from mosaic_core.wearables.records import RecordError

MOST_KEPT = 50
"""So many errors of a user are kept, the newest ones."""

LONGEST_REASON = 300
"""Characters of a reason that are kept. Keys are bounded where records are read."""

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and halves of surrogate pairs. Stores need not keep them, and a bad record may have them in its key."""


def keep_errors(
    repository: SourceRepository, user_id: int, now: dt.datetime, errors: Sequence[RecordError]
) -> None:
    """Put the errors before those that are kept, and drop the oldest. Without any, the store is not asked.

    Of one batch, the later a record stands in it, the newer its error.
    """
    if not errors:
        return
    newest = sorted(errors, key=lambda one: one.index, reverse=True)[:MOST_KEPT]
    new = [_kept(one, now) for one in newest]
    repository.set_ingest_errors(user_id, [*new, *repository.ingest_errors(user_id)][:MOST_KEPT])


def _kept(error: RecordError, now: dt.datetime) -> IngestError:
    key = None if error.dedupe_key is None else _storable(error.dedupe_key)
    return IngestError(key, _storable(error.reason[:LONGEST_REASON]), now)


def _storable(text: str) -> str:
    return _NOT_STORABLE.sub("\ufffd", text)
