"""What a staged record says, as bytes, so that it is read once, whoever writes it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from mosaic_core.wearables.rows import (
    HEART_RATE,
    SLEEP_SESSION,
    SLEEP_STAGE,
    STEPS,
    Content,
    HeartRate,
    Sleep,
    SleepStage,
    Steps,
)

_encode = msgspec.msgpack.Encoder().encode
_CONTENTS: Mapping[str, msgspec.msgpack.Decoder[Any]] = {
    HEART_RATE: msgspec.msgpack.Decoder(HeartRate),
    STEPS: msgspec.msgpack.Decoder(Steps),
    SLEEP_SESSION: msgspec.msgpack.Decoder(Sleep),
    SLEEP_STAGE: msgspec.msgpack.Decoder(SleepStage),
}


def content_bytes(content: Content | None) -> bytes | None:
    """Return the content as bytes; None for none."""
    return None if content is None else _encode(content)


def content_from(kind: str, said: bytes | None) -> Content | None:
    """Return the content of a record of that type from its bytes."""
    content: Content | None = None if said is None else _CONTENTS[kind].decode(said)
    return content
