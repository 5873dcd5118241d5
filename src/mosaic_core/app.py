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
from mosaic_core.commons import Commons, NoCommons
from mosaic_core.entries.export import ExportService
from mosaic_core.entries.importing import ImportService
from mosaic_core.entries.service import EntryService
from mosaic_core.idempotency.model import LIFETIME
from mosaic_core.idempotency.nowhere import NoSealing
from mosaic_core.idempotency.ports import Sealing
from mosaic_core.idempotency.service import IdempotencyService
from mosaic_core.imports.nowhere import NoTrackerFiles
from mosaic_core.imports.ports import TrackerFiles
from mosaic_core.imports.service import FileImportService
from mosaic_core.json_texts import decode
from mosaic_core.lanes import InlineLanes, Lanes
from mosaic_core.person import Person
from mosaic_core.policy import Policy
from mosaic_core.rules.service import RuleService
from mosaic_core.schedules.keeping import PastKeeper
from mosaic_core.schedules.pausing import PauseService
from mosaic_core.schedules.service import AgendaService
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
    commons: Commons

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
        sealing: Sealing | None = None,
        sender: Sender | None = None,
        cameras: Cameras | None = None,
        tickets: Tickets | None = None,
        tally: Tally | None = None,
        tracker_files: TrackerFiles | None = None,
        commons: Commons | None = None,
    ) -> Self:
        """Return a Mosaic over the store, which needs `sealing` to keep answers that have a secret.

        Left out, the cache keeps nothing, the clock is the machine's, there are neither passwords nor tokens,
        so that nobody can log in, the policy is the default one, no backups are made, no webhook is told
        anything, no cameras are watched, nothing is counted, no files of other trackers are read, and servers
        share nothing but the store.
        """
        clock, policy, passwords = clock or SystemClock(), policy or Policy(), passwords or NoPasswords()
        commons = commons or NoCommons()
        views, trail = Views(store, cache or NoCache(), commons), AuditTrail(store, clock)
        tokens, uses, tally = tokens or NoTokens(), LastUses(), tally or NoTally()
        outbox, brake = Outbox(store, clock), LoginBrake(clock, commons)
        sessions = SessionService(
            store=store,
            clock=clock,
            views=views,
            passwords=passwords,
            tokens=tokens,
            audit=trail,
            brake=brake,
            revocations=UnstoredRevocations(clock),
            uses=uses,
            policy=policy,
        )
        csv = ImportService(store, clock, views, trail, policy)
        wearables = WearableService(store, clock, views, trail, decode_json, tally)
        personal = TokenService(store, clock, views, tokens, trail, uses, policy)
        return cls(
            accounts=AccountService(store, clock, views, passwords, trail, brake, policy),
            sessions=sessions,
            tokens=personal,
            activities=ActivityService(store, clock, views, trail, policy),
            entries=EntryService(store, clock, views, trail, policy, outbox),
            imports=csv,
            files=FileImportService(
                store, clock, views, trail, policy, csv, wearables, tracker_files or NoTrackerFiles()
            ),
            exports=ExportService(store),
            pauses=PauseService(store, views, trail),
            agenda=AgendaService(store, clock, PastKeeper(store)),
            stats=StatsService(store, clock),
            wearables=wearables,
            rules=RuleService(store, clock, views, trail),
            audit=AuditService(store),
            idempotency=IdempotencyService(store, clock, sealing or NoSealing()),
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
            commons=commons,
        )

    def person(self, username: str, *, timezone: str | None = None, day_start: str | None = None) -> Person:
        """Return the person of that name; an account without a password is made if there is none.

        The first account is an administrator. `timezone` is the IANA name of the zone whose calendar they
        live by; until `day_start` ("HH:MM", from 00:00 to 12:00) it is still yesterday for them. What is
        given replaces what they had. Raises InvalidInput for a name that is not allowed (3 to 80 characters
        without white space), an unknown zone or another time.
        """
        new = NewPerson(username=username, timezone=timezone, day_start=day_start)
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
        self.commons.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
