"""Tests for authors of adapters. They come with `pip install mosaic-tracker[testing]`.

Whoever writes a store inherits all of its tests, and overrides one fixture:

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def store(self) -> Store:
            return MyStore()

`StoresAgree` drives that store and another one with the same steps, and compares all that they tell.
`CacheContract`, `ClockContract`, `CommonsContract`, `PasswordsContract`, `SealingContract`, `TallyContract`,
`TicketsContract` and `TokensContract` are the tests of other ports.

The rest helps to test programs that use Mosaic: a clock that stands still, cheap passwords, ordinary values
to vary, `wearable_records` as devices send them, and strategies for Hypothesis that make all values (in
`strategies` and `wearable_strategies`).
"""

import pytest

pytest.register_assert_rewrite("mosaic_core.testing.contracts", "mosaic_core.testing.agreement")

# ruff: noqa: E402  # asserts are rewritten at import

from mosaic_core.testing import strategies, wearable_records, wearable_strategies
from mosaic_core.testing.agreement import StoresAgree
from mosaic_core.testing.clock import FixedClock
from mosaic_core.testing.contracts.activities import ActivityRepositoryContract
from mosaic_core.testing.contracts.archive import ArchiveContract
from mosaic_core.testing.contracts.audit import AuditRepositoryContract
from mosaic_core.testing.contracts.backups import BackupRepositoryContract
from mosaic_core.testing.contracts.cache import CacheContract
from mosaic_core.testing.contracts.clocks import ClockContract
from mosaic_core.testing.contracts.commons import CommonsContract
from mosaic_core.testing.contracts.credentials import PasswordsContract, TokensContract
from mosaic_core.testing.contracts.entries import EntryRepositoryContract
from mosaic_core.testing.contracts.idempotency import IdempotencyRepositoryContract, SealingContract
from mosaic_core.testing.contracts.pasts import PastRepositoryContract
from mosaic_core.testing.contracts.pauses import PauseRepositoryContract
from mosaic_core.testing.contracts.record_staging import RecordStagingContract
from mosaic_core.testing.contracts.rules import RuleRepositoryContract
from mosaic_core.testing.contracts.sessions import SessionRepositoryContract
from mosaic_core.testing.contracts.staging import StagedEntryRepositoryContract
from mosaic_core.testing.contracts.store import StoreContract, StoreSuite
from mosaic_core.testing.contracts.streams import TicketsContract
from mosaic_core.testing.contracts.summaries import SummaryRepositoryContract
from mosaic_core.testing.contracts.tally import TallyContract
from mosaic_core.testing.contracts.tokens import TokenRepositoryContract
from mosaic_core.testing.contracts.users import UserRepositoryContract
from mosaic_core.testing.contracts.wearables import WearableRepositoryContract
from mosaic_core.testing.contracts.webhooks import WebhookRepositoryContract
from mosaic_core.testing.factories import (
    NOON,
    PASSWORD,
    TODAY,
    AbortError,
    a_caller,
    a_delivery,
    a_pause,
    a_plan,
    a_record,
    a_rule,
    a_run,
    a_session,
    a_source,
    a_token,
    a_user,
    a_webhook,
    an_activity,
    an_entry,
    an_event,
    days_ago,
    rolled_back,
)
from mosaic_core.testing.passwords import CheapPasswords

__all__ = [
    "NOON",
    "PASSWORD",
    "TODAY",
    "AbortError",
    "ActivityRepositoryContract",
    "ArchiveContract",
    "AuditRepositoryContract",
    "BackupRepositoryContract",
    "CacheContract",
    "CheapPasswords",
    "ClockContract",
    "CommonsContract",
    "EntryRepositoryContract",
    "FixedClock",
    "IdempotencyRepositoryContract",
    "PasswordsContract",
    "PastRepositoryContract",
    "PauseRepositoryContract",
    "RecordStagingContract",
    "RuleRepositoryContract",
    "SealingContract",
    "SessionRepositoryContract",
    "StagedEntryRepositoryContract",
    "StoreContract",
    "StoreSuite",
    "StoresAgree",
    "SummaryRepositoryContract",
    "TallyContract",
    "TicketsContract",
    "TokenRepositoryContract",
    "TokensContract",
    "UserRepositoryContract",
    "WearableRepositoryContract",
    "WebhookRepositoryContract",
    "a_caller",
    "a_delivery",
    "a_pause",
    "a_plan",
    "a_record",
    "a_rule",
    "a_run",
    "a_session",
    "a_source",
    "a_token",
    "a_user",
    "a_webhook",
    "an_activity",
    "an_entry",
    "an_event",
    "days_ago",
    "rolled_back",
    "strategies",
    "wearable_records",
    "wearable_strategies",
]
