"""A stream of JPEGs becomes whole pictures."""

from mosaic_core.errors import CameraUnreachable

LARGEST_PICTURE = 8 * 2**20
"""Several times a picture of 3840 by 2160 points at the quality that is asked of ffmpeg."""

_BEGIN = b"\xff\xd8"
_END = b"\xff\xd9"
_SCAN = 0xDA


class Jpegs:
    """Cuts what comes into pictures. Raises CameraUnreachable for what is none, or is too large."""

    def __init__(self, largest: int = LARGEST_PICTURE) -> None:
        self._largest = largest
        self._data = bytearray()
        self._looked = 0
        self._is_in_scan = False

    def take(self, data: bytes) -> list[bytes]:
        """Take what came; return the pictures that are whole now."""
        self._data += data
        pictures = []
        while (picture := self._picture()) is not None:
            pictures.append(picture)
        if len(self._data) > self._largest:
            raise CameraUnreachable("A picture of the camera is too large")
        return pictures

    def _picture(self) -> bytes | None:
        if not self._is_in_scan and not self._find_scan():
            return None
        end = self._data.find(_END, self._looked)
        if end < 0:
            self._looked = max(self._looked, len(self._data) - 1)
            return None
        picture = bytes(self._data[: end + 2])
        del self._data[: end + 2]
        self._looked, self._is_in_scan = 0, False
        return picture

    def _find_scan(self) -> bool:
        """Go on to the scan, behind whose head no marker but the end can come; tell if it is there."""
        data = self._data
        if not _BEGIN.startswith(data[:2]):
            raise CameraUnreachable("What ffmpeg sends is no picture")
        position = self._looked or 2
        while position + 4 <= len(data):
            if data[position] != 0xFF:
                raise CameraUnreachable("What ffmpeg sends is no picture")
            end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
            self._is_in_scan = data[position + 1] == _SCAN
            if self._is_in_scan and end <= len(data):
                self._looked = end
                return True
            self._is_in_scan = False
            if end > len(data):
                break
            position = end
        self._looked = position if len(data) > 2 else 0
        return False
