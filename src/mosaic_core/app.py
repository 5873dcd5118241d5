"""Mosaic: the front door."""

from types import TracebackType
from typing import Self

from attrs import frozen

from mosaic_core.accounts.brake import LoginBrake
from mosaic_core.accounts.defaults import NoPasswords, NoTokens
from mosaic_core.accounts.model import NewPerson
from mosaic_core.accounts.ports import Passwords, Tokens
from mosaic_core.accounts.revocations import UnstoredRevocations
from mosaic_core.accounts.service import AccountService
from mosaic_core.accounts.sessions import SessionService
from mosaic_core.accounts.uses import LastUses
from mosaic_core.activities.service import ActivityService
from mosaic_core.audit.service import AuditService, AuditTrail
from mosaic_core.backups.nowhere import NoBackupFiles
from mosaic_core.backups.policy import BackupPolicy
from mosaic_core.backups.ports import BackupFiles
from mosaic_core.backups.service import BackupService
from mosaic_core.caching import Cache, NoCache
from mosaic_core.clock import Clock, SystemClock
from mosaic_core.entries.export import ExportService
from mosaic_core.entries.importing import ImportService
from mosaic_core.entries.service import EntryService
from mosaic_core.idempotency.model import LIFETIME
from mosaic_core.idempotency.service import IdempotencyService
from mosaic_core.json_texts import decode
from mosaic_core.lanes import InlineLanes, Lanes
from mosaic_core.person import Person
from mosaic_core.policy import Policy
from mosaic_core.stats.service import StatsService
from mosaic_core.store import Store, run_again
from mosaic_core.streams.nowhere import NoCameras, NoTickets
from mosaic_core.streams.ports import Cameras, Tickets
from mosaic_core.streams.service import StreamService
from mosaic_core.tally import NoTally, Tally
from mosaic_core.tokens.service import TokenService
from mosaic_core.use_cases import UseCases
from mosaic_core.views import Views
from mosaic_core.wearables.records import Decode
from mosaic_core.wearables.service import WearableService
from mosaic_core.webhooks.events import Outbox
from mosaic_core.webhooks.nowhere import NoSender
from mosaic_core.webhooks.ports import Sender
from mosaic_core.webhooks.service import WebhookService


@frozen(kw_only=True)
class Mosaic(UseCases):
    """All that Mosaic does, over one store.

    Used as a context manager it closes the store at the end. `person` is for programs that act for people
    whom they know by name; the use cases themselves (`mosaic.entries.add(caller, …)`) are for servers. Writes
    outside `with mosaic.store.write():` commit one by one; inside it they commit together.
    """

    store: Store
    views: Views
    clock: Clock
    policy: Policy
    lanes: Lanes
    tally: Tally

    @classmethod
    def over(  # noqa: PLR0913  # each has a default
        cls,
        store: Store,
        *,
        cache: Cache | None = None,
        clock: Clock | None = None,
        passwords: Passwords | None = None,
        tokens: Tokens | None = None,
        policy: Policy | None = None,
        lanes: Lanes | None = None,
        decode_json: Decode = decode,
        backup_files: BackupFiles | None = None,
        sender: Sender | None = None,
        cameras: Cameras | None = None,
        tickets: Tickets | None = None,
        tally: Tally | None = None,
    ) -> Self:
        """Return a Mosaic over the store.

        Left out, the cache keeps nothing, the clock is the machine's, there are neither passwords nor tokens,
        so that nobody can log in, the policy is the default one, no backups are made, no webhook is told
        anything, no cameras are watched, and nothing is counted.
        """
        clock, policy, passwords = clock or SystemClock(), policy or Policy(), passwords or NoPasswords()
        views, trail = Views(store, cache or NoCache()), AuditTrail(store, clock)
        tokens, uses, tally = tokens or NoTokens(), LastUses(), tally or NoTally()
        outbox = Outbox(store, clock)
        sessions = SessionService(
            store=store,
            clock=clock,
            views=views,
            passwords=passwords,
            tokens=tokens,
            audit=trail,
            brake=LoginBrake(clock),
            revocations=UnstoredRevocations(clock),
            uses=uses,
            policy=policy,
        )
        personal = TokenService(store, clock, views, tokens, trail, uses, policy)
        return cls(
            accounts=AccountService(store, clock, views, passwords, trail, policy),
            sessions=sessions,
            tokens=personal,
            activities=ActivityService(store, clock, views, trail, policy),
            entries=EntryService(store, clock, views, trail, policy, outbox),
            imports=ImportService(store, clock, views, trail, policy),
            exports=ExportService(store),
            stats=StatsService(store, clock),
            wearables=WearableService(store, clock, trail, decode_json, tally),
            audit=AuditService(store),
            idempotency=IdempotencyService(store, clock),
            backups=BackupService(
                store,
                clock,
                trail,
                backup_files or NoBackupFiles(),
                BackupPolicy(enabled=policy.backups_enabled, keep=policy.backup_keep),
                outbox,
                tally,
            ),
            streams=StreamService(
                store,
                clock,
                trail,
                sessions,
                personal,
                cameras or NoCameras(),
                tickets or NoTickets(),
                policy,
            ),
            webhooks=WebhookService(store, clock, views, trail, tokens, sender or NoSender(), tally),
            store=store,
            views=views,
            clock=clock,
            policy=policy,
            lanes=lanes or InlineLanes(),
            tally=tally,
        )

    def person(self, username: str, *, timezone: str | None = None) -> Person:
        """Return the person of that name; an account without a password is made if there is none.

        The first account is an administrator. `timezone` is the IANA name of the zone whose calendar they
        live by; if it is given, it replaces the one they had. Raises InvalidInput for a name that is not
        allowed (3 to 80 characters without white space) or an unknown zone.
        """
        new = NewPerson(username=username, timezone=timezone)
        user = run_again(lambda: self.accounts.ensure(new))
        return Person(self, user.username, user.id)

    def tidy(self) -> None:
        """Delete expired records: idempotency records, logins, revoked tokens, old audit rows.

        Logouts that found the disk full are stored now.
        """
        now = self.clock.now()
        with self.store.write() as unit:
            unit.idempotency.delete_before(now - LIFETIME)
            unit.users.delete_expired(now)
            unit.sessions.delete_expired(now)
            unit.audit.delete_before(now - self.policy.audit_lifetime)
            self.sessions.store_revocations(unit)

    def close(self) -> None:
        """Finish what is under way and release threads, files and connections."""
        self.backups.stop()
        self.webhooks.stop()
        self.lanes.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
