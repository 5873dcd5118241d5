"""The secret that signs tokens, generated once and kept in the data directory."""

import os
import secrets
from pathlib import Path


def read_or_make(path: Path) -> bytes:
    """Return the secret in the file, making it, readable by its owner alone, if there is none.

    Of several processes that make it at once, all return the one that was first.
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
    return path.read_text().strip().encode()
