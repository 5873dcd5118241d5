"""What came on a connection and is not parsed yet."""

_HEAD_END = b"\r\n\r\n"

PIECE_BYTES = 256
"""A piece is as long as that and goes on to the end of a head, so that it brings some ten requests at once,
or thirty of the shortest. Longer ones would make long turns of the event loop, shorter ones many."""


class Received:
    """Gives what came in pieces: each ends with a head, or with what came, and is not cut before that.

    `has_more` says whether anything is left.
    """

    def __init__(self) -> None:
        self.has_more = False
        self._data = b""
        self._done = 0

    def add(self, data: bytes) -> None:
        """Take what came, not nothing, behind what is left."""
        self._data = self._data[self._done :] + data if self.has_more else data
        self._done = 0
        self.has_more = True

    def piece(self) -> bytes | memoryview:
        """Return the next piece."""
        end = self._data.find(_HEAD_END, self._done + PIECE_BYTES)
        if end < 0 and not self._done:
            return self._data
        return memoryview(self._data)[self._done : len(self._data) if end < 0 else end + len(_HEAD_END)]

    def skip(self, size: int) -> None:
        """Go on behind so many bytes."""
        self._done += size
        if self._done >= len(self._data):
            self.clear()

    def clear(self) -> None:
        """Forget what is left."""
        self._data = b""
        self._done = 0
        self.has_more = False
