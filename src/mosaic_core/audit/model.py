"""What an audit row tells."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen


@frozen(kw_only=True)
class AuditEvent:
    """Something that was done or attempted. `context` is JSON and never holds a secret."""

    id: int = 0
    timestamp: dt.datetime
    user_id: int | None
    event_type: str
    message: str
    context: Mapping[str, Any] = Factory(dict)
    level: str = "info"


@frozen(kw_only=True)
class AuditFilter:
    """Which events to list; None means no filter. `start` is included, `end` is not."""

    user_id: int | None = None
    event_type: str | None = None
    level: str | None = None
    start: dt.datetime | None = None
    end: dt.datetime | None = None
