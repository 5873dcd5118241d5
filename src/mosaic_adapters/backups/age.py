"""Encryption with a passphrase, in the format of age (age-encryption.org/v1).

What is written here, the program `age` decrypts too. The key is derived from the passphrase by scrypt; the
data is encrypted in chunks of 64 KiB (ChaCha20-Poly1305), each numbered and the last one marked, so that none
can be changed, moved, left out or added unnoticed. Chunks are written and read one by one, from any place on,
so that no plain data has to lie anywhere.
"""

import base64
import hashlib
import hmac
import io
import os
import re
from typing import TYPE_CHECKING, Any, BinaryIO

from mosaic_adapters.backups.seal import Writes
from mosaic_core.errors import LockedBackup, UnusableBackup

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

INTRO = b"age-encryption.org/v1\n"

_CHUNK = 2**16
_TAG = 16
_WORK = 16
"""The logarithm of scrypt's cost: 64 MiB for about a quarter of a second."""

_MOST_WORK = 20
_LONGEST_HEADER = 1_000
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n"
    rb"--- ([A-Za-z0-9+/]{43})\n"
)
"""Salt, cost, the wrapped file key, and the header's own authentication code."""

_WRONG = "The passphrase is wrong, or the file is damaged"
_DAMAGED = "The file is damaged: a part of it was changed"


def is_encrypted(file: BinaryIO) -> bool:
    """Return whether the file begins as an encrypted one does."""
    file.seek(0)
    return file.read(len(INTRO)) == INTRO


class AgeWriter:
    """Encrypts what is written, and passes it on."""

    def __init__(self, target: Writes, passphrase: str, work: int = _WORK) -> None:
        """Begin; `work` is the logarithm of what deriving the key costs."""
        self._target = target
        file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
        wrapped = _cipher(_wrapping_key(passphrase, salt, work)).encrypt(bytes(12), file_key, None)
        stanza = b"-> scrypt %s %d\n%s\n---" % (_text(salt), work, _text(wrapped))
        header = INTRO + stanza
        target.write(header + b" " + _text(_header_code(file_key, header)) + b"\n" + nonce)
        self._cipher = _cipher(_derived(file_key, nonce, b"payload"))
        self._number = 0
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        """Take the bytes; a chunk is passed on once it is known not to be the last one."""
        self._held += data
        while len(self._held) > _CHUNK:
            self._pass_on(bytes(self._held[:_CHUNK]), is_last=False)
            del self._held[:_CHUNK]
        return len(data)

    def finish(self) -> None:
        """Pass on the last chunk."""
        self._pass_on(bytes(self._held), is_last=True)

    def _pass_on(self, chunk: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, None))
        self._number += 1


class AgeReader(io.RawIOBase):
    """The plain data of an encrypted file, from any place on.

    Raises LockedBackup if the passphrase is wrong, UnusableBackup where the file was changed.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        file.seek(0)
        header = _HEADER.match(file.read(_LONGEST_HEADER))
        if header is None:
            raise UnusableBackup("The file is damaged, or was not encrypted with a passphrase alone")
        file_key = _file_key(header, passphrase)
        file.seek(header.end())
        self._cipher = _cipher(_derived(file_key, file.read(16), b"payload"))
        self._first = header.end() + 16
        encrypted = file.seek(0, os.SEEK_END) - self._first
        self._chunks = max(1, -(-encrypted // (_CHUNK + _TAG)))
        self._size = encrypted - self._chunks * _TAG
        self._place = 0
        self._kept: tuple[int, bytes] = (-1, b"")
        self._chunk(self._chunks - 1)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place of the plain data."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        """Return the place in the plain data."""
        return self._place

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # any buffer
        """Read up to the end of a chunk."""
        number, begin = divmod(self._place, _CHUNK)
        if self._place >= self._size:
            return 0
        view = memoryview(buffer)
        part = self._chunk(number)[begin : begin + len(view)]
        view[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        """Return the plain chunk."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # only encrypted backups need it

        if self._kept[0] != number:
            self._file.seek(self._first + number * (_CHUNK + _TAG))
            nonce = _nonce(number, is_last=number == self._chunks - 1)
            try:
                plain = self._cipher.decrypt(nonce, self._file.read(_CHUNK + _TAG), None)
            except InvalidTag:
                raise UnusableBackup(_DAMAGED) from None
            self._kept = (number, plain)
        return self._kept[1]


def _file_key(header: re.Match[bytes], passphrase: str) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # only encrypted backups need it

    salt, work, wrapped, code = header.groups()
    if int(work) > _MOST_WORK:
        raise UnusableBackup("Deriving the file's key would take too much memory")
    try:
        key = _wrapping_key(passphrase, _binary(salt), int(work))
        file_key: bytes = _cipher(key).decrypt(bytes(12), _binary(wrapped), None)
    except InvalidTag:
        raise LockedBackup(_WRONG) from None
    signed = header[0][: header.start(4) - 1]
    if not hmac.compare_digest(_header_code(file_key, signed), _binary(code)):
        raise UnusableBackup(_DAMAGED)
    return file_key


def _wrapping_key(passphrase: str, salt: bytes, work: int) -> bytes:
    cost = 1 << work
    return hashlib.scrypt(
        passphrase.encode(),
        salt=b"age-encryption.org/v1/scrypt" + salt,
        n=cost,
        r=8,
        p=1,
        maxmem=128 * 8 * (cost + 8),
        dklen=32,
    )


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA-256."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


def _header_code(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")


def _cipher(key: bytes) -> "ChaCha20Poly1305":
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415  # as above

    return ChaCha20Poly1305(key)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _text(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _binary(text: bytes) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _text(data) != text:
        raise UnusableBackup(_DAMAGED)
    return data
