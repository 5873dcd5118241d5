"""What a camera says it sends (SDP, RFC 8866): as much of it as is needed for the picture."""

import re
from base64 import b64decode
from binascii import Error

from attrs import define, field, frozen

from mosaic_core.errors import CameraUnreachable

_SETS = {
    "h264": ("sprop-parameter-sets",),
    "h265": ("sprop-vps", "sprop-sps", "sprop-pps"),
    "jpeg": (),
}
"""The codecs that are understood, and where their parameter sets stand."""
_JPEG_TYPE = 26


@frozen
class Video:
    """A picture's track: its codec, the number its packets bear, and where it is controlled.

    `sets` are the parameter sets, which a decoder needs before all else.
    """

    codec: str
    payload_type: int
    control: str
    sets: tuple[bytes, ...]


@define
class _Track:
    types: list[str]
    attributes: list[tuple[str, str]] = field(factory=list)

    def video(self) -> Video | None:
        """Return the track as one that is understood, if it is."""
        control = next((value for name, value in self.attributes if name == "control"), "")
        for payload_type in self.types:
            codec = self._about("rtpmap", payload_type).partition("/")[0].strip().lower()
            if payload_type == str(_JPEG_TYPE):
                codec = "jpeg"
            if codec in _SETS:
                sets = _parameter_sets(codec, self._about("fmtp", payload_type))
                return Video(codec, int(payload_type), control, sets)
        return None

    def _about(self, name: str, payload_type: str) -> str:
        start = payload_type + " "
        return next(
            (
                value.removeprefix(start)
                for key, value in self.attributes
                if key == name and value.startswith(start)
            ),
            "",
        )


def first_video(text: str) -> Video:
    """Return the first picture's track that is understood. Raises CameraUnreachable if there is none."""
    tracks: list[_Track] = []
    is_video = False
    for line in text.splitlines():
        if line.startswith("m="):
            kind, *rest = line[2:].split()
            is_video = kind == "video"
            if is_video:
                tracks.append(_Track([one for one in rest[2:] if re.fullmatch(r"\d{1,3}", one, re.ASCII)]))
        elif is_video and line.startswith("a="):
            name, _, value = line[2:].partition(":")
            tracks[-1].attributes.append((name.strip().lower(), value.strip()))
    video = next((video for track in tracks if (video := track.video()) is not None), None)
    if video is None:
        raise CameraUnreachable("The camera sends neither H.264 nor H.265 nor JPEG")
    return video


def _parameter_sets(codec: str, formatted: str) -> tuple[bytes, ...]:
    given = dict(_pair(part) for part in formatted.split(";"))
    encoded = [one for name in _SETS[codec] for one in given.get(name, "").split(",") if one]
    try:
        return tuple(b64decode(one, validate=True) for one in encoded)
    except Error:
        return ()  # a camera sends them in the stream as well


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip()
