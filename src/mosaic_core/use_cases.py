"""All use cases in one object."""

from attrs import frozen

from mosaic_core.accounts.service import AccountService
from mosaic_core.accounts.sessions import SessionService
from mosaic_core.activities.service import ActivityService
from mosaic_core.audit.service import AuditService
from mosaic_core.backups.service import BackupService
from mosaic_core.entries.export import ExportService
from mosaic_core.entries.importing import ImportService
from mosaic_core.entries.service import EntryService
from mosaic_core.idempotency.service import IdempotencyService
from mosaic_core.imports.service import FileImportService
from mosaic_core.rules.service import RuleService
from mosaic_core.schedules.pausing import PauseService
from mosaic_core.schedules.service import AgendaService
from mosaic_core.stats.service import StatsService
from mosaic_core.streams.service import StreamService
from mosaic_core.tokens.service import TokenService
from mosaic_core.wearables.service import WearableService
from mosaic_core.webhooks.service import WebhookService


@frozen(kw_only=True)
class UseCases:
    """Every use case, ready to call."""

    accounts: AccountService
    sessions: SessionService
    tokens: TokenService
    activities: ActivityService
    entries: EntryService
    imports: ImportService
    files: FileImportService
    exports: ExportService
    pauses: PauseService
    agenda: AgendaService
    stats: StatsService
    wearables: WearableService
    rules: RuleService
    audit: AuditService
    idempotency: IdempotencyService
    backups: BackupService
    streams: StreamService
    webhooks: WebhookService
