"""Reading JSON texts with the standard library, where nothing faster is given."""

import json
import math


def decode(text: str) -> object:
    """Return what the text says. Raises ValueError if it is no JSON, or has a number beyond all limits."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise ValueError("must be JSON whose numbers are finite") from None


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("must be finite")
    return number
