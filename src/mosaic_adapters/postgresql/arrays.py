"""Lists, as PostgreSQL reads arrays. psycopg's own way takes several times as long."""

from collections.abc import Callable, Sequence
from typing import Any

from psycopg.adapt import Dumper


class ListDumper(Dumper):
    """Writes a list of texts, bytes, numbers, days and times, or None, whose type the statement tells."""

    def dump(self, obj: Sequence[Any]) -> bytes:
        """Return the array."""
        return f"{{{','.join([_WRITTEN.get(type(one), str)(one) for one in obj])}}}".encode()


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_WRITTEN: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    str: _text,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
}
"""What is not among them holds nothing that has a meaning in an array."""
