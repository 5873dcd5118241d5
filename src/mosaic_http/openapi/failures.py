"""Which errors an operation can meet with: those it declares, and those of all operations of its kind."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mosaic_core.errors import (
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    InvalidQuery,
    MosaicError,
    ServiceUnavailable,
    StorageFull,
    TokenExpired,
    TooManyRequests,
    Unauthorized,
)
from mosaic_core.lanes import Lane
from mosaic_http.auth import SAFE_METHODS
from mosaic_http.errors import (
    STATUS,
    BadRequest,
    InvalidCsrf,
    InvalidJson,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from mosaic_http.operation import Form, Operation
from mosaic_http.replays import lane_under_key

_OF_ALL = (InvalidQuery, MosaicError, ServiceUnavailable)
_OF_BODIES = (BadRequest, RequestTimeout, PayloadTooLarge, UnsupportedMediaType, StorageFull)


def failures(method: str, operation: Operation) -> Mapping[int, Sequence[type[MosaicError]]]:
    """Return the errors by status, each once."""
    found: defaultdict[int, list[type[MosaicError]]] = defaultdict(list)
    for error in dict.fromkeys([*_of_kind(method, operation), *operation.errors]):
        found[STATUS[error.code]].append(error)
    return dict(sorted(found.items()))


def is_kept(operation: Operation) -> bool:
    """Return whether the operation takes an idempotency key."""
    return operation.lane in {Lane.WRITE, lane_under_key} and not operation.public


def _of_kind(method: str, operation: Operation) -> Iterator[type[MosaicError]]:
    yield from _OF_ALL
    if not operation.public:
        yield from (Unauthorized, TokenExpired, Forbidden)
        if method not in SAFE_METHODS:
            yield InvalidCsrf
    if operation.has_body:
        yield from _OF_BODIES
        if not isinstance(operation.body, Form):
            yield from (InvalidJson, InvalidInput)
    if operation.limit is not None:
        yield TooManyRequests
    if operation.lane is Lane.WRITE:
        yield StorageFull
    if is_kept(operation):
        yield from (IdempotencyMismatch, InvalidInput)
