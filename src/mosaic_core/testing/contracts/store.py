"""What every store promises."""

from mosaic_core.testing.contracts.activities import ActivityRepositoryContract
from mosaic_core.testing.contracts.archive import ArchiveContract
from mosaic_core.testing.contracts.audit import AuditRepositoryContract
from mosaic_core.testing.contracts.backups import BackupRepositoryContract
from mosaic_core.testing.contracts.entries import EntryRepositoryContract
from mosaic_core.testing.contracts.idempotency import IdempotencyRepositoryContract
from mosaic_core.testing.contracts.isolation import IsolationContract
from mosaic_core.testing.contracts.pasts import PastRepositoryContract
from mosaic_core.testing.contracts.pauses import PauseRepositoryContract
from mosaic_core.testing.contracts.pending import PendingContract
from mosaic_core.testing.contracts.record_staging import RecordStagingContract
from mosaic_core.testing.contracts.rules import RuleRepositoryContract
from mosaic_core.testing.contracts.sessions import SessionRepositoryContract
from mosaic_core.testing.contracts.several import SeveralStoresContract
from mosaic_core.testing.contracts.staging import StagedEntryRepositoryContract
from mosaic_core.testing.contracts.summaries import SummaryRepositoryContract
from mosaic_core.testing.contracts.tokens import TokenRepositoryContract
from mosaic_core.testing.contracts.transactions import TransactionContract
from mosaic_core.testing.contracts.users import UserRepositoryContract
from mosaic_core.testing.contracts.values import ValueContract
from mosaic_core.testing.contracts.wearable_values import WearableValueContract
from mosaic_core.testing.contracts.wearables import WearableRepositoryContract
from mosaic_core.testing.contracts.webhooks import WebhookRepositoryContract


class StoreContract(SeveralStoresContract, IsolationContract, PendingContract, TransactionContract):
    """What every store promises about its transactions. Override `store`."""


class StoreSuite(
    ArchiveContract,
    WearableValueContract,
    ValueContract,  # tests of the last base run first: the plainest
    WearableRepositoryContract,
    RecordStagingContract,
    SummaryRepositoryContract,
    StagedEntryRepositoryContract,
    EntryRepositoryContract,
    ActivityRepositoryContract,
    IdempotencyRepositoryContract,
    BackupRepositoryContract,
    AuditRepositoryContract,
    PastRepositoryContract,
    PauseRepositoryContract,
    RuleRepositoryContract,
    WebhookRepositoryContract,
    TokenRepositoryContract,
    SessionRepositoryContract,
    UserRepositoryContract,
    StoreContract,
):
    """All that a store promises. Override `store`; see `reopens` and `several_processes` too."""
