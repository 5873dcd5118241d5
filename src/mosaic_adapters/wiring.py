"""The composition root: settings pick the adapters of a Mosaic."""

import datetime as dt
import secrets
from importlib.metadata import version
from pathlib import Path

from mosaic_adapters.backups.folder import BackupFolder
from mosaic_adapters.backups.passphrase import read_passphrase
from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_adapters.json_texts import decode
from mosaic_adapters.lanes import LocalLanes
from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.network_addresses import AllowedHosts
from mosaic_adapters.passwords import Argon2Passwords
from mosaic_adapters.secret_file import FILE_NAME as SECRET_FILE
from mosaic_adapters.secret_file import read_or_make
from mosaic_adapters.settings import SettingError, Settings
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
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.policy import Policy
from mosaic_core.store import Store
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
        lanes=LocalLanes(store),
        decode_json=decode,
        backup_files=backup_folder(settings),
        cameras=CameraHub(Ffmpeg(settings.ffmpeg), settings.stream_max_cameras, settings.stream_timeout),
        tickets=SealedTickets(secret),
        sender=sender or _sender(settings),
        tally=tally,
    )


def backup_folder(settings: Settings) -> BackupFolder:
    """Return the folder of backups; the passphrase is read again whenever one is made or opened."""
    file = settings.backup_passphrase_file
    return BackupFolder(settings.backup_dir, lambda: None if file is None else read_passphrase(file))


def _sender(settings: Settings) -> HttpSender:
    return HttpSender(AllowedHosts.of(settings.webhook_allowed_hosts), f"Mosaic/{version('mosaic-tracker')}")


def _store(settings: Settings, tally: Tally, *, makes_database: bool) -> Store:
    if settings.in_memory:
        return MemoryStore()
    path = settings.database_path
    if makes_database:
        _make_data_dir(settings.data_dir)
    elif not path.exists():
        raise ServiceUnavailable(
            f"There is no database {path}; MOSAIC_DATA_DIR or MOSAIC_DATABASE_URL says where to look"
        )
    return SqliteStore(path, settings.busy_timeout, tally)


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
