"""The composition root: settings pick the adapters of a Mosaic."""

import datetime as dt
import secrets
from pathlib import Path

from mosaic_adapters.backups.folder import BackupFolder
from mosaic_adapters.backups.passphrase import read_passphrase
from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_adapters.imports.reading import TrackerFileReaders
from mosaic_adapters.json_texts import decode
from mosaic_adapters.lanes import LocalLanes, NetworkLanes
from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.passwords import Argon2Passwords
from mosaic_adapters.release import VERSION
from mosaic_adapters.sealing import AesSealing
from mosaic_adapters.secret_file import FILE_NAME as SECRET_FILE
from mosaic_adapters.secret_file import read_or_make
from mosaic_adapters.settings import SettingError, Settings, database_file, is_postgresql
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.streams.ffmpeg import Ffmpeg
from mosaic_adapters.streams.hub import CameraHub
from mosaic_adapters.streams.tickets import SealedTickets
from mosaic_adapters.tallies import LockedTally
from mosaic_adapters.tokens import JwtTokens
from mosaic_adapters.webhook_sender import HttpSender
from mosaic_core.accounts.ports import Passwords
from mosaic_core.app import Mosaic
from mosaic_core.clock import Clock, SystemClock
from mosaic_core.commons import Commons, NoCommons
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.policy import Policy
from mosaic_core.store import Store
from mosaic_core.streams.allowed import AllowedHosts
from mosaic_core.tally import Tally
from mosaic_core.webhooks.ports import Sender


def build(
    settings: Settings,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    sender: Sender | None = None,
    *,
    makes_database: bool = True,
) -> Mosaic:
    """Return a Mosaic over what the settings name; close it when done.

    The data directory is made if it is absent, for its owner alone. Unless it `makes_database`, nothing is
    made, and tokens hold only with a secret that is there. Raises ServiceUnavailable if the database, which
    it names, cannot be used.
    """
    clock = clock or SystemClock()
    tally = LockedTally()
    store = _store(settings, tally, makes_database=makes_database)
    secret = _secret(settings, may_make=makes_database and not settings.in_memory)
    return Mosaic.over(
        store,
        cache=CachetoolsCache(clock),
        clock=clock,
        passwords=passwords or Argon2Passwords(),
        tokens=JwtTokens(secret),
        policy=Policy(
            registration_open=settings.registration == "open",
            token_lifetime=dt.timedelta(minutes=settings.jwt_exp_minutes),
            timezone=settings.timezone,
            audit_lifetime=dt.timedelta(days=settings.audit_days),
            max_activities=settings.max_activities,
            backups_enabled=not settings.in_memory,
            backup_keep=settings.backup_keep,
            stream_allowed_hosts=settings.stream_allowed_hosts,
        ),
        lanes=NetworkLanes(store, settings.database_pool) if settings.in_postgresql else LocalLanes(store),
        decode_json=decode,
        backup_files=backup_folder(settings),
        cameras=CameraHub(Ffmpeg(settings.ffmpeg), settings.stream_max_cameras, settings.stream_timeout),
        tickets=SealedTickets(secret),
        sealing=AesSealing(secret),
        sender=sender or _sender(settings),
        tally=tally,
        tracker_files=TrackerFileReaders(),
        commons=_commons(settings, secret),
    )


def backup_folder(settings: Settings) -> BackupFolder:
    """Return the folder of backups; the passphrase is read again whenever one is made or opened."""
    file = settings.backup_passphrase_file
    return BackupFolder(settings.backup_dir, lambda: None if file is None else read_passphrase(file))


def _sender(settings: Settings) -> HttpSender:
    return HttpSender(AllowedHosts.of(settings.webhook_allowed_hosts), f"Mosaic/{VERSION}")


def _store(settings: Settings, tally: Tally, *, makes_database: bool) -> Store:
    if settings.in_memory:
        return MemoryStore()
    if makes_database:
        _make_data_dir(settings.data_dir)
    elif not settings.in_postgresql and not settings.database_path.exists():
        raise ServiceUnavailable(
            f"There is no database {settings.database_path};"
            " MOSAIC_DATA_DIR or MOSAIC_DATABASE_URL says where to look"
        )
    return store_at(settings.database_url, settings, tally, makes_database=makes_database)


def store_at(
    url: str, settings: Settings, tally: Tally | None = None, *, makes_database: bool = True
) -> Store:
    """Return the store of a `sqlite:///PATH` or `postgresql://…`; close it when done.

    Raises SettingError where the driver of PostgreSQL is missing, ServiceUnavailable if the store cannot be
    used.
    """
    if not is_postgresql(url):
        return SqliteStore(database_file(url), settings.busy_timeout, tally)
    try:
        from mosaic_adapters.postgresql.database import PostgresqlStore  # noqa: PLC0415  # an extra
    except ImportError:
        raise SettingError(
            "PostgreSQL needs one more package: pip install 'mosaic-tracker[postgresql]'"
        ) from None
    return PostgresqlStore(
        url, settings.database_pool, settings.busy_timeout, tally, makes_tables=makes_database
    )


def _commons(settings: Settings, secret: bytes) -> Commons:
    """Return what servers share. Raises SettingError where its driver is missing, or its URL is of no use."""
    if not settings.has_commons:
        return NoCommons()
    try:
        from mosaic_adapters.valkey.commons import ValkeyCommons  # noqa: PLC0415  # an extra
    except ImportError:
        raise SettingError("Valkey needs more packages: pip install 'mosaic-tracker[valkey]'") from None
    try:
        return ValkeyCommons(settings.cache_url, secret)
    except ValueError:
        raise SettingError(
            "MOSAIC_CACHE_URL cannot be understood; its parts must be percent-encoded, its port and database"
            " numbers, and its parameters such as ssl_ca_certs"
        ) from None


def _make_data_dir(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(
            f"MOSAIC_DATA_DIR names {folder.absolute()}, which cannot be made: {error.strerror}"
        ) from None


def _secret(settings: Settings, *, may_make: bool) -> bytes:
    if settings.jwt_secret is not None:
        return settings.jwt_secret
    file = settings.data_dir / SECRET_FILE
    if settings.in_memory or not (may_make or file.exists()):
        return secrets.token_bytes(32)
    return read_or_make(file)
