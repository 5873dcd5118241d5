"""Encrypted backups are files of age: another program of that format reads them."""

import io
import os
import random
from typing import BinaryIO, cast

import pyrage  # type: ignore[import-untyped]  # it has no types
import pytest

from mosaic_adapters.backups.age import AgeReader, AgeWriter, is_encrypted
from mosaic_adapters.backups.reading import BackupReader
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.app import Mosaic
from mosaic_core.backups.model import USERS
from mosaic_core.errors import LockedBackup, UnusableBackup
from support import FixedClock
from support_backups import packed_store

PASSPHRASE = "correct horse battery staple"
SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]
PLACES = 300


def encrypted(plain: bytes, work: int = 2) -> bytes:
    file = io.BytesIO()
    writer = AgeWriter(file, PASSPHRASE, work)
    for start in range(0, len(plain), 10_000):
        writer.write(plain[start : start + 10_000])
    writer.finish()
    return file.getvalue()


def decrypted(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return io.BufferedReader(AgeReader(io.BytesIO(data), passphrase)).read()


@pytest.mark.parametrize("size", SIZES)
def test_what_we_encrypt_others_decrypt(size: int) -> None:
    plain = os.urandom(size)
    assert pyrage.passphrase.decrypt(encrypted(plain, 10), PASSPHRASE) == plain
    assert decrypted(encrypted(plain)) == plain


def test_reading_begins_anywhere() -> None:
    plain = os.urandom(200_000)
    reader = io.BufferedReader(AgeReader(io.BytesIO(encrypted(plain)), PASSPHRASE))
    assert reader.seek(0, os.SEEK_END) == len(plain)
    for place in (199_990, 65_530, 0, 131_072, 100):
        assert reader.seek(place) == place
        assert reader.read(20) == plain[place : place + 20]
        assert reader.tell() == place + len(plain[place : place + 20])
    reader.seek(10)
    reader.seek(5, os.SEEK_CUR)
    assert reader.read(1) == plain[15:16]


def test_no_two_files_are_alike() -> None:
    assert encrypted(b"same") != encrypted(b"same")


def test_a_wrong_passphrase_is_told_as_such() -> None:
    with pytest.raises(LockedBackup, match="passphrase is wrong"):
        decrypted(encrypted(b"plain"), "another passphrase")


@pytest.fixture(scope="module")
def backup() -> bytes:
    with Mosaic.over(MemoryStore(), clock=FixedClock()) as mosaic:
        mosaic.person("Ada").add("Run")
        return encrypted(packed_store(mosaic.store))


def opened(backup: bytes, passphrase: str | None = PASSPHRASE) -> BackupReader:
    return BackupReader(cast("BinaryIO", io.BytesIO(backup)), passphrase)


def test_an_encrypted_backup_is_read_like_a_plain_one(backup: bytes) -> None:
    assert is_encrypted(io.BytesIO(backup))
    reader = opened(backup)
    reader.verify()
    assert [user.username for user in reader.rows(USERS)] == ["Ada"]
    assert b"Ada" not in backup


def test_an_encrypted_backup_wants_its_passphrase(backup: bytes) -> None:
    with pytest.raises(LockedBackup, match="MOSAIC_BACKUP_PASSPHRASE_FILE names no passphrase"):
        opened(backup, None)
    with pytest.raises(LockedBackup, match="wrong"):
        opened(backup, "wrong passphrase")


def test_a_flipped_byte_of_an_encrypted_backup_is_noticed(backup: bytes) -> None:
    chance = random.Random(1)  # noqa: S311  # the same places each time
    for place in [*range(220), *chance.sample(range(len(backup)), PLACES)]:
        damaged = bytearray(backup)
        damaged[place] ^= chance.randrange(1, 256)
        with pytest.raises(UnusableBackup):
            opened(bytes(damaged)).verify()


@pytest.mark.parametrize("size", [131_072, 200_000])
def test_chunks_that_are_cut_off_added_or_moved_are_noticed(size: int) -> None:
    data = encrypted(bytes(size))
    chunk = 65_536 + 16
    begin = len(encrypted(b"")) - 16
    swapped = data[:begin] + data[begin + chunk : begin + 2 * chunk] + data[begin : begin + chunk]
    for damaged in (data[:-1], data[: begin + chunk], data + b"\0", data + data[-50:], swapped, data[:begin]):
        with pytest.raises(UnusableBackup):
            decrypted(damaged)


def test_a_key_that_would_take_too_much_memory_is_not_derived() -> None:
    data = encrypted(b"plain").replace(b" 2\n", b" 30\n", 1)
    with pytest.raises(UnusableBackup, match="too much memory"):
        decrypted(data)


def test_other_kinds_of_age_files_are_refused() -> None:
    recipient = pyrage.x25519.Identity.generate().to_public()
    with pytest.raises(UnusableBackup, match="not encrypted with a passphrase alone"):
        decrypted(pyrage.encrypt(b"plain", [recipient]))
