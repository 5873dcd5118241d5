"""What tests of backups share: a store with rows of every kind, and backups in memory."""

import datetime as dt
import io
import json
from pathlib import Path

from attrs import evolve

from mosaic_adapters.backups.reading import BackupReader
from mosaic_adapters.backups.writing import write_backup
from mosaic_core.app import Mosaic
from mosaic_core.backups.copying import take_all
from mosaic_core.backups.ports import Archive
from mosaic_core.entries.model import IMPORT
from mosaic_core.rules.model import CHECK
from mosaic_core.schedules.model import AtLeast, Times
from mosaic_core.store import Store
from mosaic_core.testing import NOON, a_pause, a_plan, a_record, a_rule, a_token, a_webhook
from mosaic_core.testing.wearable_records import heart, sleep, stage, steps
from mosaic_core.wearables.model import Batch
from support import registered


def stamp(minutes: int) -> str:
    return (NOON + dt.timedelta(minutes=minutes)).isoformat()


def fill(mosaic: Mosaic) -> None:
    """Give the store rows in every table, and ids that no row has any more."""
    ada = registered(mosaic, "Ada")
    registered(mosaic, "Cleo")
    registered(mosaic, "Bén")
    mosaic.accounts.delete_named("Cleo")
    person = mosaic.person("Ada", day_start="03:00")
    person.add("=Laufen", 2.5, note='"weit", \n🌲'.replace("\n", ""))
    person.add_activity(
        "Lesen",
        "Kopf",
        goal=0.1,
        schedule=Times(times=3, per=10, from_=NOON.date()),
        target=AtLeast(value=20),
        unit="Seiten",
    )
    person.deactivate(person.activities()[0].id)
    person.ingest(
        Batch(
            source_app="App",
            device_id="watch",
            tz="Europe/Berlin",
            records=[
                json.dumps(one)
                for one in (
                    heart("beat", stamp(0), 60, confidence="high"),
                    steps("steps", stamp(0), stamp(10), count=100),
                    sleep("night", stamp(-400), stamp(-100)),
                    stage("stage", stamp(-300), stamp(-200), "night"),
                    stage("lone", stamp(-500), stamp(-400), "another"),
                    steps("no time", "yesterday"),
                )
            ],
        )
    )
    with mosaic.store.write() as unit:
        unit.users.revoke(ada.user_id, "token", 2**40)
        unit.tokens.add(a_token(ada.user_id))
        unit.webhooks.add(a_webhook(ada.user_id))
        lesen = unit.activities.find(ada.user_id, "Lesen")
        assert lesen
        unit.pauses.add(a_pause(ada.user_id, activity_id=lesen.id, reason="Urlaub, 🌲"))
        unit.rules.add(a_rule(ada.user_id, lesen.id, fill=CHECK, at_least=0.5))
        entries = unit.entries.named(ada.user_id, "=Laufen")
        unit.entries.update_many([evolve(entry, origin=IMPORT) for entry in entries])
        unit.idempotency.put(a_record(ada.user_id))
        unit.backups.keep_plan(a_plan())


def packed(archive: Archive) -> bytes:
    """Return a backup of the archive."""
    file = io.BytesIO()
    write_backup(file, archive, NOON, Path("/nowhere: so little needs no file"))
    return file.getvalue()


def packed_store(store: Store) -> bytes:
    """Return a backup of the store."""
    with store.read() as unit:
        return packed(unit.archive)


def reader(backup: bytes) -> BackupReader:
    return BackupReader(io.BytesIO(backup))


def restored(backup: bytes, store: Store) -> Store:
    """Return the store with everything from the backup."""
    source = reader(backup)
    source.verify()
    with store.write() as unit:
        take_all(source, unit)
    return store
