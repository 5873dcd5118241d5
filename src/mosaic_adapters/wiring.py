"""The composition root: settings become a Mosaic."""

import datetime as dt
import secrets

from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_adapters.clock import SystemClock
from mosaic_adapters.json_texts import decode
from mosaic_adapters.lanes import LocalLanes
from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.passwords import Argon2Passwords
from mosaic_adapters.secret_file import read_or_make
from mosaic_adapters.settings import Settings
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.tokens import JwtTokens
from mosaic_core.accounts.brake import LoginBrake
from mosaic_core.accounts.model import AccountPolicy
from mosaic_core.accounts.ports import Passwords
from mosaic_core.accounts.service import AccountService
from mosaic_core.accounts.sessions import SessionService
from mosaic_core.activities.service import ActivityService
from mosaic_core.app import Mosaic
from mosaic_core.audit.service import AuditService, AuditTrail
from mosaic_core.clock import Clock
from mosaic_core.entries.export import ExportService
from mosaic_core.entries.importing import ImportService
from mosaic_core.entries.service import EntryService
from mosaic_core.idempotency.service import IdempotencyService
from mosaic_core.stats.service import StatsService
from mosaic_core.store import Store
from mosaic_core.views import Views
from mosaic_core.wearables.service import WearableService


def build(settings: Settings, clock: Clock | None = None, passwords: Passwords | None = None) -> Mosaic:
    """Return a Mosaic over what the settings name; close it when done.

    The data directory is made if it is absent, for its owner alone. Raises ServiceUnavailable if the database
    cannot be used.
    """
    clock = clock or SystemClock()
    passwords = passwords or Argon2Passwords()
    if settings.in_memory:
        secret = settings.jwt_secret or secrets.token_bytes(32)
        return _assemble(settings, MemoryStore(), secret, clock, passwords)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = settings.jwt_secret or read_or_make(settings.data_dir / "secret")
    store = SqliteStore(settings.database_path, settings.busy_timeout)
    return _assemble(settings, store, secret, clock, passwords)


def build_memory(clock: Clock | None = None, passwords: Passwords | None = None) -> Mosaic:
    """Return a Mosaic that keeps everything in memory."""
    return build(Settings(database_url="memory:"), clock, passwords)


def _assemble(
    settings: Settings,
    store: Store,
    secret: bytes,
    clock: Clock,
    passwords: Passwords,
) -> Mosaic:
    views = Views(store, CachetoolsCache(clock))
    trail = AuditTrail(store, clock)
    policy = AccountPolicy(
        registration_open=settings.registration == "open",
        token_seconds=settings.jwt_exp_minutes * 60,
        default_timezone=settings.timezone,
    )
    return Mosaic(
        accounts=AccountService(store, clock, views, passwords, trail, policy),
        sessions=SessionService(
            store=store,
            clock=clock,
            views=views,
            passwords=passwords,
            tokens=JwtTokens(secret),
            new_id=_new_id,
            audit=trail,
            brake=LoginBrake(clock),
            policy=policy,
        ),
        activities=ActivityService(store, clock, views, trail),
        entries=EntryService(store, clock, views, trail),
        imports=ImportService(store, clock, views, trail),
        exports=ExportService(store),
        stats=StatsService(store, clock),
        wearables=WearableService(store, clock, trail, decode),
        audit=AuditService(store),
        idempotency=IdempotencyService(store, clock),
        store=store,
        views=views,
        clock=clock,
        new_id=_new_id,
        lanes=LocalLanes(store),
        audit_lifetime=dt.timedelta(days=settings.audit_days),
        release=store.close,
    )


def _new_id() -> str:
    return secrets.token_urlsafe(18)
