"""The secret that signs tokens, generated once and kept in the data directory."""

import os
import secrets
from pathlib import Path

from mosaic_adapters.settings import LEAST_SECRET_BYTES, SettingError

FILE_NAME = "secret"
"""What the file is called in the data directory."""


def forget(folder: Path) -> None:
    """Delete the secret in the folder, if there is one: no token that it signed counts any more."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def read_or_make(path: Path) -> bytes:
    """Return the secret in the file, making it, readable by its owner alone, if there is none.

    Of several processes that make it at once, all return the one that was first. Raises SettingError if a
    secret that somebody put there is shorter than a token's signature wants.
    """
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    secret = path.read_bytes().strip()
    if len(secret) < LEAST_SECRET_BYTES:
        raise SettingError(f"MOSAIC_DATA_DIR has a {path.name} of fewer than {LEAST_SECRET_BYTES} bytes")
    return secret
