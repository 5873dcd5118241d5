"""What imports need from outside: somebody who reads files of other trackers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from attrs import field, frozen

from mosaic_core.imports.model import Item

Breathe = Callable[[], object]
"""Called again and again while a file is read, so that what is more urgent goes first, and work can be given
up."""

SQLITE, ZIP, JSON, XML, TEXT = "sqlite", "zip", "json", "xml", "text"


@frozen
class Sample:
    """What a file looks like: enough to tell whose it is.

    `kind` is SQLITE, ZIP, JSON, XML or TEXT (none of the others). A database has `tables`, the columns of
    each (views and virtual tables left out); an archive has `members`, their sizes by name; the rest has a
    `head`, the beginning as text. JSON has `keys`: the members of the object that it is, or, of a list, those
    of its first item, as far as its first megabytes go. A text has a `header`, the cells of its first row in
    lower case.
    """

    kind: str
    head: str = ""
    tables: Mapping[str, frozenset[str]] = field(factory=dict)
    members: Mapping[str, int] = field(factory=dict)
    keys: frozenset[str] = frozenset()
    header: tuple[str, ...] = ()

    def has_table(self, name: str, *columns: str) -> bool:
        """Return whether the database has the table with these columns, at least."""
        return name in self.tables and self.tables[name] >= set(columns)


@frozen
class TrackerFile:
    """A file that is read: `stream` can go to any place; `zone` is the IANA name of its owner's time zone.

    `breathe` is to be called between small pieces of work.
    """

    stream: BinaryIO
    sample: Sample
    zone: str
    breathe: Breathe


class FileReader(Protocol):
    """Reads the files of one format.

    `format` is its name, `about` says to a person whose files these are, and `kinds` what a sample of one can
    be.
    """

    format: str
    about: str
    kinds: tuple[str, ...]

    def recognises(self, sample: Sample) -> bool:
        """Return whether the sample, one of its kinds, is of this format. No other reader's is."""
        ...

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield what the file, whose sample is one of its kinds, holds, as it is read: never as a whole.

        A row that is damaged or foreign becomes a skip, with its place and the reason. Raises InvalidInput if
        the file cannot be read at all.
        """
        ...


class TrackerFiles(Protocol):
    """Reads the files of all formats that there are."""

    @property
    def formats(self) -> Sequence[str]:
        """The names of the formats."""
        ...

    def opened(
        self, stream: BinaryIO, zone: str, wanted: str | None, breathe: Breathe
    ) -> AbstractContextManager[tuple[str, Iterator[Item]]]:
        """Give the format of a file, the wanted one or else as its content tells, and what it holds.

        Raises InvalidInput, then or while the items are taken: listing the formats if the content tells none
        of them or there is none of the wanted name, or if the file cannot be read. StorageFull if there is no
        room for what is unpacked.
        """
        ...
