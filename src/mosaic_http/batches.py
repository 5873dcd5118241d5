"""Cutting the body of a wearable batch into its records, which stay JSON texts.

So each record is judged alone: one that says something wrong never spoils the others.
"""

import json
from typing import Any, NoReturn

import msgspec

from mosaic_http.errors import BadRequest, InvalidJson

_LISTS = frozenset({"records", "readings"})
_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_records = msgspec.json.Decoder(list[msgspec.Raw]).decode


def envelope(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body, its records as texts.

    Raises BadRequest if the body is no JSON, InvalidJson if it is no object.
    """
    try:
        parts = _decode_parts(body)
    except msgspec.ValidationError:
        raise InvalidJson("The body must be a JSON object") from None
    except (ValueError, RecursionError):
        return _with_half_pairs(body)
    try:
        return {name: _value(name, part) for name, part in parts.items()}
    except ValueError:
        raise BadRequest("The body is no JSON") from None


def _value(name: str, part: msgspec.Raw) -> object:
    if name in _LISTS and bytes(memoryview(part)[:1]) == b"[":
        return [str(record, "utf-8") for record in _decode_records(part)]
    return msgspec.json.decode(part)


def _with_half_pairs(body: bytes) -> dict[str, Any]:
    r"""Return the same of a body in which msgspec found something wrong.

    Half a surrogate pair (`\ud800`) is JSON, though no text; msgspec refuses the body for it, wherever it
    stands. The standard library reads it, and leaves the records to be judged one by one.
    """
    try:
        said = json.loads(body.decode(), parse_constant=_refuse)
        if not isinstance(said, dict):
            raise InvalidJson("The body must be a JSON object")
        lists = {name: said[name] for name in _LISTS & said.keys() if isinstance(said[name], list)}
        around = json.dumps({name: value for name, value in said.items() if name not in lists})
        texts = {name: [json.dumps(record) for record in records] for name, records in lists.items()}
        return {**msgspec.json.decode(around), **texts}
    except (ValueError, RecursionError):
        raise BadRequest("The body is no JSON") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
