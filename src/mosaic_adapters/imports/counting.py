"""What a file has many of and nobody takes, told by kind."""

from collections.abc import Iterator

from mosaic_core.imports.model import RecordSkip

_MOST_KINDS = 500
_LONGEST_KIND = 100
_NONE = "no type"
_FURTHER = "further types"


class LeftOut:
    """Counts the records that are not taken, by their kind; the kinds beyond a limit together."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._rows: dict[str, int] = {}

    def count(self, kind: str, row: int, number: int = 1) -> None:
        """Count records of a kind, the first of which has that row."""
        if kind not in self._counts:
            kind = self._name(kind)
            self._rows.setdefault(kind, row)
        self._counts[kind] = self._counts.get(kind, 0) + number

    def skips(self, part: str = "") -> Iterator[RecordSkip]:
        """Yield one skip for each kind, in the order in which they came."""
        for kind, count in self._counts.items():
            verb = "is" if count == 1 else "are"
            yield RecordSkip(self._rows[kind], f"{count} of {kind} {verb} not taken", count, part)

    def _name(self, kind: str) -> str:
        kind = kind[:_LONGEST_KIND] or _NONE
        return kind if kind in self._counts or len(self._counts) < _MOST_KINDS else _FURTHER
