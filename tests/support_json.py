"""JSON texts of any kind, and files that give them piece by piece."""

import io
import json
from typing import Any

from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)


class Dribble(io.BytesIO):
    """A file that gives few bytes at a time."""

    def __init__(self, content: bytes, at_once: int) -> None:
        super().__init__(content)
        self._at_once = at_once

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._at_once if size is None or size < 0 else min(size, self._at_once))


def written(values: list[Any], indent: int | None, *, ascii_only: bool) -> bytes:
    """Return the list as JSON, written in one of several ways."""
    return json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()


def nothing() -> None:
    """Pause for nobody."""
