"""Reading JSON texts."""

import msgspec

_decode = msgspec.json.Decoder().decode


def decode(text: str) -> object:
    """Return what the text says.

    Raises ValueError if it is no JSON, has a number beyond all limits, or half a surrogate pair.
    """
    try:
        return _decode(text)
    except ValueError:
        raise ValueError("must be JSON whose numbers are finite and whose texts are Unicode") from None
