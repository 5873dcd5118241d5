"""What a backup's file holds, and that nothing of it can change unnoticed."""

import hashlib
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from mosaic_adapters.backups import limits
from mosaic_adapters.backups.reading import BackupReader
from mosaic_adapters.backups.seal import PLACEHOLDER, SealedWriter
from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.settings import Settings
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.wiring import build
from mosaic_core.accounts.model import Credentials
from mosaic_core.app import Mosaic
from mosaic_core.backups import model
from mosaic_core.backups.files import FORMAT
from mosaic_core.backups.model import ACTIVITIES, TABLES
from mosaic_core.backups.upgrades import SCHEMA
from mosaic_core.errors import NewerBackup, UnusableBackup
from mosaic_core.store import Store
from mosaic_core.testing import PASSWORD
from mosaic_core.testing.archives import HeldArchive, archives, held
from mosaic_core.testing.told import told_of_all
from support import PASSWORDS, FixedClock
from support_backups import fill, packed, packed_store, reader, restored
from support_examples import EXAMPLES

PLACES = 1_000


@pytest.fixture
def filled(mosaic: Mosaic) -> Mosaic:
    fill(mosaic)
    return mosaic


@pytest.fixture
def backup(filled: Mosaic) -> bytes:
    return packed_store(filled.store)


@pytest.fixture(params=["memory", "sqlite"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "mosaic.db")
    yield store
    store.close()


def test_every_table_of_a_filled_store_has_rows(filled: Mosaic) -> None:
    with filled.store.read() as unit:
        assert [table.name for table in TABLES if not unit.archive.count(table)] == []


@settings(max_examples=EXAMPLES // 4)
@given(archive=archives())
def test_any_archive_comes_back_from_its_backup(archive: HeldArchive) -> None:
    source = reader(packed(archive))
    source.verify()
    assert held(source) == held(archive)
    counts = [archive.count(table) for table in TABLES]
    assert [source.count(table) for table in TABLES] == counts
    assert source.manifest.rows == sum(counts)


def test_a_restored_store_tells_the_same_of_everything(filled: Mosaic, backup: bytes, empty: Store) -> None:
    restored(backup, empty)
    again = Mosaic.over(empty, clock=filled.clock)
    assert told_of_all(again) == told_of_all(filled)
    with empty.read() as unit, filled.store.read() as before:
        assert held(unit.archive) == held(before.archive)
        assert unit.users.is_revoked("token")


def test_accounts_log_in_with_their_old_passwords(backup: bytes, clock: FixedClock) -> None:
    mosaic = build(Settings(database_url="memory:"), clock, PASSWORDS)
    restored(backup, mosaic.store)
    for name in ("ada", "BÉN"):
        mosaic.sessions.login(Credentials(username=name, password=PASSWORD))


def test_people_find_their_entries_and_activities_as_csv(backup: bytes) -> None:
    source = reader(backup)
    entries = b"".join(source.blocks("entries.csv")).decode()
    head, *rows = entries.splitlines()
    assert head.endswith(",activity_type,username")
    assert [row.split(",")[3] for row in rows] == ["'=Laufen"]
    assert rows[0].endswith(",positive,Ada")
    activities = b"".join(source.blocks("activities.csv")).decode().splitlines()
    assert activities[0].endswith(",username")
    assert len(activities) == 3


def test_a_backup_is_a_plain_zip_for_everybody_else(backup: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(backup)) as plain:
        assert plain.testzip() is None
        assert {info.external_attr >> 16 for info in plain.infolist()} == {0o100600}
        manifest = msgspec.json.decode(plain.read("manifest.json"))
    assert (manifest["format"], manifest["schema"]) == (FORMAT, SCHEMA)
    assert manifest["created_at"] == "2024-06-01T12:00:00Z"


def test_a_flipped_byte_anywhere_is_noticed(backup: bytes) -> None:
    chance = random.Random(1)  # noqa: S311  # the same places each time
    places = [*range(len(backup) - 120, len(backup)), *chance.sample(range(len(backup)), PLACES)]
    for place in places:
        damaged = bytearray(backup)
        damaged[place] ^= chance.randrange(1, 256)
        with pytest.raises(UnusableBackup):
            reader(bytes(damaged))


@pytest.mark.parametrize("cut", [0, 1, 50, 84, 85, 86, 1000])
def test_what_is_cut_off_or_added_is_noticed(backup: bytes, cut: int) -> None:
    for damaged in (backup[:cut], backup[: len(backup) - cut - 1], backup + b"\0" * (cut + 1), backup[1:]):
        with pytest.raises(UnusableBackup):
            reader(damaged)


def sealed(members: list[tuple[zipfile.ZipInfo | str, bytes]], comment: bytes = PLACEHOLDER) -> bytes:
    """Return a ZIP of these members with a right seal, as somebody with bad intentions makes it."""
    file = io.BytesIO()
    writer = SealedWriter(file)
    with zipfile.ZipFile(writer, "w", zipfile.ZIP_DEFLATED) as made:  # type: ignore[call-overload]  # writes
        for info, content in members:
            made.writestr(info, content)
        made.comment = comment
    writer.seal()
    return file.getvalue()


def members_of(backup: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(backup)) as plain:
        return {name: plain.read(name) for name in plain.namelist()}


def with_manifest(backup: bytes, **changes: Any) -> bytes:  # noqa: ANN401  # any JSON
    members = members_of(backup)
    manifest = {**msgspec.json.decode(members["manifest.json"]), **changes}
    return sealed([*({**members, "manifest.json": msgspec.json.encode(manifest)}).items()])


def refusal(backup: bytes) -> str:
    """Return why the backup is refused when it is opened or read."""
    with pytest.raises(UnusableBackup) as caught:
        reader(backup).verify()
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_newer_backup_is_refused_with_a_clear_line(backup: bytes) -> None:
    for name in ("format", "schema"):
        with pytest.raises(NewerBackup, match=f"newer version of Mosaic: its {name} is 99"):
            reader(with_manifest(backup, **{name: 99}))


@pytest.mark.parametrize("wrong", [0, -1, "1", None, 1.5, []])
def test_a_manifest_without_a_sound_format_is_refused(backup: bytes, wrong: object) -> None:
    assert refusal(with_manifest(backup, format=wrong)) == "The manifest's format is no number"


def test_an_older_backup_is_brought_up_to_date(backup: bytes) -> None:
    def renamed(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "name": row["name"] + "!"}

    upgrades = [{"activities": renamed}, {"activities": renamed, "users": lambda row: row}]
    source = BackupReader(io.BytesIO(with_manifest(backup, schema=1)), upgrades=upgrades)
    assert {one.name for one in source.rows(ACTIVITIES)} == {"=Laufen!!", "Lesen!!"}
    newer = BackupReader(io.BytesIO(with_manifest(backup, schema=2)), upgrades=upgrades)
    assert {one.name for one in newer.rows(ACTIVITIES)} == {"=Laufen!", "Lesen!"}


def without_a_table(backup: bytes, **stated: object) -> bytes:
    """Return a backup whose manifest states this, and which has no table of idempotency records."""
    members = members_of(backup)
    del members["idempotency.jsonl"]
    manifest = {**msgspec.json.decode(members["manifest.json"]), **stated}
    manifest["members"] = [one for one in manifest["members"] if one["name"] != "idempotency.jsonl"]
    return sealed([*({**members, "manifest.json": msgspec.json.encode(manifest)}).items()])


def test_a_table_that_an_older_backup_does_not_have_is_empty(backup: bytes) -> None:
    source = reader(without_a_table(backup, schema=1))
    assert list(source.rows(model.IDEMPOTENCY)) == []
    assert source.count(model.IDEMPOTENCY) == 0


def test_a_backup_of_today_has_every_table(backup: bytes) -> None:
    refusal(without_a_table(backup))


@pytest.mark.parametrize("last", [-1, 2**53 + 1, 2**63])
def test_last_ids_that_no_store_gives_are_refused(backup: bytes, last: int) -> None:
    members = members_of(backup)
    manifest = msgspec.json.decode(members["manifest.json"])
    manifest["last_ids"]["users"] = last
    refusal(sealed([*({**members, "manifest.json": msgspec.json.encode(manifest)}).items()]))


def test_rows_that_are_none_are_refused(backup: bytes) -> None:
    for wrong in (
        b"{}\n",
        b'{"id": "1"}\n',
        b"[]\n",
        b"no json\n",
        b"\xff\n",
        b'{"token_id": "a", "user_id": 1, "expires_at": true}\n',
        b'{"token_id": "a", "user_id": 1, "expires_at": 1, "more": 1}\n',
        b'{"token_id": "a", "user_id": 1, "expires_at": 1.0}\n',
        b'{"token_id": "a", "user_id": 1, "expires_at": 1}',
    ):
        refusal(with_member(backup, "revoked_tokens.jsonl", wrong))


def with_member(backup: bytes, name: str, content: bytes, rows: int = 1) -> bytes:
    """Return the backup with a member in place of its own, which the manifest describes rightly."""
    members = {**members_of(backup), name: content}
    manifest = msgspec.json.decode(members["manifest.json"])
    for one in manifest["members"]:
        if one["name"] == name:
            one.update(size=len(content), sha256=hashlib.sha256(content).hexdigest(), rows=rows)
    return sealed([*({**members, "manifest.json": msgspec.json.encode(manifest)}).items()])


def test_a_wrong_count_is_noticed(backup: bytes) -> None:
    content = members_of(backup)["users.jsonl"]
    assert "has 2 rows, but not as many" in refusal(with_member(backup, "users.jsonl", content, rows=3))


def test_a_wrong_hash_is_noticed(backup: bytes) -> None:
    members = members_of(backup)
    members["entries.csv"] += b" "
    assert refusal(sealed([*members.items()])) == "The member entries.csv is not what it was"


def test_members_that_the_manifest_does_not_tell_are_refused(backup: bytes) -> None:
    members = members_of(backup)
    assert "other members" in refusal(sealed([*members.items(), ("more.jsonl", b"")]))
    manifest = msgspec.json.decode(members["manifest.json"])
    manifest["members"].append({"name": "more.jsonl", "size": 0, "sha256": "", "rows": 0})
    told = {**members, "manifest.json": msgspec.json.encode(manifest)}
    assert "no backup has: more.jsonl" in refusal(sealed([*told.items(), ("more.jsonl", b"")]))


def info(name: str, mode: int = 0o100600) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


@pytest.mark.parametrize(
    ("member", "told"),
    [
        (info("../users.jsonl"), "leads elsewhere"),
        (info("/etc/users.jsonl"), "leads elsewhere"),
        (info("a\\b"), "leads elsewhere"),
        (info("users.jsonl", 0o120777), "no plain file"),
        (info("users.jsonl", 0o040755), "no plain file"),
    ],
)
def test_members_that_no_backup_has_are_refused_before_anything_is_unpacked(
    member: zipfile.ZipInfo, told: str
) -> None:
    assert told in refusal(sealed([(member, b"{}")]))


def test_two_members_of_one_name_are_refused(backup: bytes) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        doubled = sealed([*members_of(backup).items(), ("users.jsonl", b"")])
    assert "two members of one name" in refusal(doubled)


def test_too_many_members_are_refused() -> None:
    many = sealed([(f"{number}.jsonl", b"") for number in range(limits.MOST_MEMBERS + 1)])
    assert "101 members" in refusal(many)


def test_a_zip_that_claims_to_unpack_to_more_than_it_can_is_refused(backup: bytes) -> None:
    made = bytearray(backup)
    place = made.rfind(b"PK\x01\x02")
    made[place + 24 : place + 28] = (2**31).to_bytes(4, "little")
    assert "too much for its size" in refusal(resealed(bytes(made)))


@pytest.mark.parametrize(("offset", "value"), [(8, 1), (10, 12), (10, 99)])
def test_encrypted_members_and_other_ways_of_packing_are_refused(
    backup: bytes, offset: int, value: int
) -> None:
    made = bytearray(backup)
    made[made.rfind(b"PK\x01\x02") + offset] = value
    assert "packed in a way" in refusal(resealed(bytes(made)))


def resealed(backup: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file)
    writer.write(backup[: -len(PLACEHOLDER)] + PLACEHOLDER)
    writer.seal()
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100, b"\0" * 200])
def test_what_is_no_zip_is_refused_though_it_is_sealed(content: bytes) -> None:
    assert "damaged, or is no backup" in refusal(content)
    assert refusal(resealed(content + PLACEHOLDER)) == "The file is no sound backup of Mosaic"


def test_a_manifest_without_end_is_refused(backup: bytes) -> None:
    members = {**members_of(backup), "manifest.json": b" " * (limits.LARGEST_MANIFEST + 1)}
    assert "manifest is too large" in refusal(sealed([*members.items()]))


def test_a_row_without_end_is_refused(backup: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_adapters.backups.reading.LONGEST_ROW", 1000)
    assert "has no end" in refusal(with_member(backup, "users.jsonl", b" " * 600_000))


def test_a_random_change_of_the_rows_is_restored_nowhere(backup: bytes, empty: Store) -> None:
    """Rows that are sound each by itself, but not together, leave the store as it was."""
    content = members_of(backup)["users.jsonl"]
    with pytest.raises(Exception, match="contradict"):
        restored(with_member(backup, "users.jsonl", content.splitlines(True)[0] * 2, rows=2), empty)
    with empty.read() as unit:
        assert [unit.archive.count(table) for table in TABLES] == [0] * len(TABLES)
