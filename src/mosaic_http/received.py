"""What came on a connection and is not parsed yet."""

_HEAD_END = b"\r\n\r\n"

PIECE_BYTES = 256
"""A piece is as long as that and goes on to the end of a head, so that it brings some ten requests at once,
or thirty of the shortest. Longer ones would make long turns of the event loop, shorter ones many."""


class Received:
    """Gives what came in pieces: each ends with a head, or with what came, and is not cut before that."""

    def __init__(self) -> None:
        self._data = b""
        self._done = 0

    def __bool__(self) -> bool:
        """Return whether anything is left."""
        return self._done < len(self._data)

    def add(self, data: bytes) -> None:
        """Take what came behind what is left."""
        self._data = self._data[self._done :] + data
        self._done = 0

    def piece(self) -> memoryview:
        """Return the next piece."""
        end = self._data.find(_HEAD_END, self._done + PIECE_BYTES)
        return memoryview(self._data)[self._done : len(self._data) if end < 0 else end + len(_HEAD_END)]

    def skip(self, size: int) -> None:
        """Go on behind so many bytes."""
        self._done += size
        if not self:
            self.clear()

    def clear(self) -> None:
        """Forget what is left."""
        self._data = b""
        self._done = 0
