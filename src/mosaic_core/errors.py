"""What can go wrong in Mosaic. Each kind has one code; the HTTP layer maps codes to statuses in one table."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar


class MosaicError(Exception):
    """The base of every error that Mosaic raises on purpose.

    `message` is meant for a person and never holds a secret, a path or SQL; `details` is JSON.
    """

    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})


class InvalidInput(MosaicError):
    """A given value breaks a rule."""

    code = "invalid_input"


class InvalidQuery(MosaicError):
    """A value that selects what to read (a date, a window, a page) is wrong."""

    code = "invalid_query"


class InvalidState(MosaicError):
    """The thing is not in the state that the operation wants."""

    code = "invalid_state"


class NotEmpty(InvalidState):
    """The store has data, where an empty one is wanted."""


class InvalidOperation(MosaicError):
    """The operation would leave Mosaic without what it needs, such as its last administrator."""

    code = "invalid_operation"


class Unauthorized(MosaicError):
    """The caller is not known: there is no valid token."""

    code = "unauthorized"


USER_GONE = "The account is gone"
"""What is said to those whose account was deleted while their request was under way."""


class TokenExpired(MosaicError):
    """The token was good once; its time has run out."""

    code = "token_expired"


class InvalidCredentials(MosaicError):
    """Wrong name or password; which of the two is not told."""

    code = "invalid_credentials"


class Forbidden(MosaicError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(MosaicError):
    """There is no such thing, or it is not the caller's."""

    code = "not_found"


class Taken(Enum):
    """What can already be taken, and the message for it."""

    USERNAME = "The username is taken"
    ACTIVITY_NAME = "There is an activity of that name"
    ENTRY = "There is an entry for that day and activity"
    RENAMED_ENTRY = "A day would have two entries of that name"
    RULE = "The activity has a rule already"
    BACKUP = "A backup is being made already"
    KEY = "The first request under this idempotency key is still running"


class Conflict(MosaicError):
    """Something that must be unique exists already."""

    code = "conflict"

    def __init__(self, taken: Taken) -> None:
        super().__init__(taken.value)
        self.taken = taken


class IdempotencyMismatch(MosaicError):
    """An idempotency key came again with a different request."""

    code = "idempotency_mismatch"


class TooManyRequests(MosaicError):
    """A rate limit is reached; `details.retry_after` tells the seconds to wait."""

    code = "too_many_requests"


class StorageFull(MosaicError):
    """The disk is full. Nothing was written; reading goes on."""

    code = "storage_full"


class ServiceUnavailable(MosaicError):
    """The store cannot be reached, or is busy beyond the wait limit."""

    code = "service_unavailable"


class SerializationFailure(ServiceUnavailable):
    """A transaction lost a race with others. Nothing was written; run again, it may succeed."""


class TakesLong(RuntimeError):
    """A read in a hurry was given up, as it would have kept others waiting. Nothing is wrong with it."""


class CameraUnauthorized(MosaicError):
    """The camera refuses the credentials."""

    code = "camera_unauthorized"


class CameraTimeout(MosaicError):
    """The camera has sent no picture in time."""

    code = "camera_timeout"


class CameraUnreachable(MosaicError):
    """The camera is not there, or what it sends is of no use."""

    code = "camera_unreachable"


class UnusableBackup(MosaicError):
    """The file is no backup, or is damaged."""


class NewerBackup(UnusableBackup):
    """The backup was made by a newer version of Mosaic."""


class LockedBackup(UnusableBackup):
    """The backup is encrypted, and the passphrase is missing or wrong."""

    code = "service_unavailable"


class ReadOnly(RuntimeError):
    """A program tried to write through a unit of work that only reads, or that has ended."""
