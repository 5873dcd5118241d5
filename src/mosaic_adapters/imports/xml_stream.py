"""XML that nobody vouches for, parsed as a stream.

Entities are never expanded, and nothing outside the file is ever read: a document type declaration does not
reach the parser. Nobody needs what else it declares, and that of real exports is malformed at times.
"""

import re
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from mosaic_core.errors import InvalidInput

_PIECE = 2**16
_LONGEST_HEAD = 2**17
"""Within so many bytes a document type declaration ends: Apple's has a tenth of it."""

_LONGEST_MARKUP = 2**20
"""A tag with its attributes, or a comment, is shorter: the parser holds it as a whole."""

_BEGIN = b"<!DOCTYPE"
_END = re.compile(rb"\]\s*>")
_REFUSED = re.compile(rb"<!ENTITY|<!NOTATION|<!DOCTYPE[^\[>]*\b(?:SYSTEM|PUBLIC)\b")

Started = Callable[[str, list[str]], object]
"""Called with the name of an element and its attributes: name, value, name, value, …"""


def parse(
    stream: IO[bytes], started: Started, ended: Callable[[str], object], breathe: Callable[[], object]
) -> Iterator[None]:
    """Parse the document piece by piece; yield after each, when the elements in it have been told.

    Raises InvalidInput, with the line, if it is no XML, declares entities, or has markup that is too long.
    """
    parser = expat.ParserCreate("utf-8")  # whatever it declares: other encodings come from no export
    parser.ordered_attributes = True
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    try:
        for piece in _pieces(stream):
            breathe()
            parser.Parse(piece)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _LONGEST_MARKUP:
                raise InvalidInput(f"Line {parser.CurrentLineNumber}: a tag is too long")
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise InvalidInput(
            f"The file is damaged: line {error.lineno}: {expat.ErrorString(error.code)}",
            {"row": error.lineno},
        ) from None


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    head = stream.read(_LONGEST_HEAD)
    yield _without_doctype(head)
    while piece := stream.read(_PIECE):
        yield piece


def _without_doctype(head: bytes) -> bytes:
    """Return the beginning of a document without its declaration, whose lines stay, as empty ones."""
    begin = head.find(_BEGIN)
    end = _END.search(head, begin) if begin >= 0 else None
    if end is None:
        return head
    declaration = head[begin : end.end()]
    if _REFUSED.search(declaration):
        raise _refusal()
    return head[:begin] + b"\n" * declaration.count(b"\n") + head[end.end() :]


def _refuse_doctype(_name: str, system: str | None, public: str | None, has_declarations: bool) -> None:  # noqa: FBT001  # expat's
    if has_declarations or system or public:
        raise _refusal()


def _refusal() -> InvalidInput:
    return InvalidInput("The file declares entities or more than elements, which no export does")
