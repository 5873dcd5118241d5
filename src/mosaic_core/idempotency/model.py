"""What is kept of an answered request."""

import datetime as dt

from attrs import frozen

LIFETIME = dt.timedelta(hours=24)

MOST_LISTED = 2**22
"""So many bytes of a list an answer has if it is kept: every key is another record, for a whole day."""


@frozen
class Answer:
    """The status and the body that answered a request."""

    status: int
    body: bytes


@frozen
class IdempotencyRecord:
    """The answer to the request that came under a user's key; the fingerprint tells requests apart."""

    user_id: int
    key: str
    fingerprint: str
    answer: Answer
    created_at: dt.datetime
