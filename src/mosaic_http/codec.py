"""JSON to commands, strictly, and results to JSON."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from attrs import Attribute, AttrsInstance, fields, has, resolve_types
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, IterableValidationError
from cattrs.errors import IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from mosaic_core.calendar import parse_day
from mosaic_core.errors import InvalidInput
from mosaic_core.validators import NULLABLE, Unsaid, fail, said_name

T = TypeVar("T", bound=AttrsInstance)

Hook = Callable[[Any, Any], Any]

_MOST_ERRORS = 20
"""So many wrong items of one list are told at most: a large body can have millions."""

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)

TAG = "kind"
"""The field that tells which class of a union an object is: each class names its own as `kind`."""

encode = msgspec.json.Encoder().encode
"""Return the JSON of attrs objects, dictionaries, lists, dates and the like, as UTF-8."""


def structure(body: Mapping[str, Any], kind: type[T]) -> T:
    """Return the command (an attrs class) that a JSON object states.

    Nothing is coerced: `"1"` is no number, `1` no truth value, and null is taken only by fields that allow it
    (`NULLABLE`). Fields may be objects (attrs classes), lists of what is allowed, and unions of classes that
    an object's `kind` tells apart. Raises InvalidInput that names the missing, unknown or wrong fields by
    their paths: `target.value`, `readings[3].start`.
    """
    try:
        made: T = _hook(kind)(body, kind)
    except Exception:  # noqa: BLE001  # why it failed is found out at leisure
        return _explained(body, kind)
    return made


def _explained(body: Mapping[str, Any], kind: type[T]) -> T:
    """Structure again, slowly, with the path of everything that is wrong; raise it as one InvalidInput."""
    try:
        made: T = _PATIENT.structure(body, kind)
    except (ClassValidationError, IterableValidationError) as error:
        raise _told(list(_causes(error, ""))) from None
    return made


def _told(causes: list[tuple[str, Exception]]) -> InvalidInput:
    """Return what to tell of what is wrong: what is missing first, then what is too much, then the first."""
    missing = [path for path, cause in causes if isinstance(cause, KeyError)]
    if missing:
        return InvalidInput(f"Missing required field(s): {', '.join(missing)}", {"fields": missing})
    unknown = [
        _below(path, name)[:80]
        for path, cause in causes
        if isinstance(cause, ForbiddenExtraKeysError)
        for name in cause.extra_fields
    ]
    if unknown:
        return InvalidInput("Extra inputs are not permitted", {"fields": sorted(unknown)[:20]})
    path, cause = causes[0]
    if isinstance(cause, InvalidInput):
        return _moved(cause, path)
    if isinstance(cause, ValueError):
        return fail(path, str(cause))
    raise cause


def _moved(error: InvalidInput, path: str) -> InvalidInput:
    """Return an error that says what an object's own rule says, its field named by the whole path."""
    field = error.details.get("field")
    if not path or field is None:
        return InvalidInput(error.message, error.details)
    whole = _below(path, field)
    return InvalidInput(whole + error.message.removeprefix(field), {**error.details, "field": whole})


def _causes(error: Exception, path: str) -> Iterator[tuple[str, Exception]]:
    """Yield everything that is wrong, with the path to it.

    Where that was raised is forgotten: those frames hold on to the errors, in a circle that would keep the
    whole request.
    """
    error.__traceback__ = None
    if isinstance(error, ClassValidationError):
        noted, others = error.group_exceptions()
        for cause, note in noted:
            yield from _causes(cause, _below(path, said_name(note.name)))
    elif isinstance(error, IterableValidationError):
        placed, others = error.group_exceptions()
        for cause, place in placed:
            yield from _causes(cause, f"{path}[{place.index}]")
    else:
        yield path, error
        return
    for cause in others:
        yield from _causes(cause, path)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _text(value: Any, _: object) -> str:  # noqa: ANN401  # any JSON, here and below
    if type(value) is not str:
        raise ValueError("must be a text")
    return value


def _whole(value: Any, _: object) -> int:  # noqa: ANN401
    if type(value) is float and value.is_integer():
        return int(value)  # JSON has one kind of number: 1.0 is 1
    if type(value) is not int:
        raise ValueError("must be a whole number")
    return value


def _number(value: Any, _: object) -> float:  # noqa: ANN401
    if type(value) is float:
        return value
    if type(value) is not int:
        raise ValueError("must be a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("must be a finite number") from None


def _truth(value: Any, _: object) -> bool:  # noqa: ANN401
    if type(value) is not bool:
        raise ValueError("must be true or false")
    return value


def _day(value: object, kind: object) -> dt.date:
    return parse_day(_text(value, kind))


def _instant(value: object, kind: object) -> dt.datetime:
    text = _text(value, kind)
    try:
        if _RFC_3339.fullmatch(text):
            return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a timestamp with an offset, such as 2030-01-02T03:04:05Z")


def _only(type_: type, what: str, hook: Hook) -> Hook:
    """Return the hook for values of that one type alone."""

    def checked(value: object, kind: object) -> object:
        if type(value) is not type_:
            raise ValueError(f"must be {what}")
        return hook(value, kind)

    return checked


def _list(kind: Any, converter: Converter) -> Hook:  # noqa: ANN401  # a list or a tuple of any length
    item = get_args(kind)[0]
    hook = converter.get_structure_hook(item)
    make = get_origin(kind)
    if converter.detailed_validation:
        return _only(list, "a list", lambda values, _: make(_placed(values, hook, item)))
    return _only(list, "a list", lambda values, _: make([hook(value, item) for value in values]))


def _placed(values: list[Any], hook: Hook, item: Any) -> list[Any]:  # noqa: ANN401  # any annotation
    """Return the structured items, or raise what is wrong with the first few of them, with their places."""
    made = []
    errors = []
    for index, value in enumerate(values):
        try:
            made.append(hook(value, item))
        except Exception as error:  # noqa: BLE001  # it is raised below, with the others
            error.__notes__ = [*getattr(error, "__notes__", ()), IterableValidationNote("", index, item)]
            errors.append(error)
            if len(errors) == _MOST_ERRORS:
                break
    if errors:
        raise IterableValidationError("Wrong items", errors, list)
    return made


def _object(kind: Any, converter: Converter) -> Hook:  # noqa: ANN401  # any attrs class
    resolve_types(kind)
    hooks: dict[str, Any] = {
        one.name: override(struct_hook=_field(one, converter), rename=said_name(one.name))
        for one in fields(kind)
    }
    return _only(dict, "an object", make_dict_structure_fn(kind, converter, **hooks))


def _field(attribute: "Attribute[Any]", converter: Converter) -> Hook:
    """Return the hook of a field; None in its annotation alone means that it may be left out, not be null."""
    choices = choices_given(attribute.type)
    given: Any = Union[choices]  # noqa: UP007  # of choices that are known only now
    hook = converter.get_structure_hook(given)
    if attribute.metadata != NULLABLE:
        return hook
    return lambda value, _: None if value is None else hook(value, given)


def choices_given(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401  # any annotation
    """Return the types of what a client may state where it states anything but null."""
    if not _is_union(annotation):
        return (annotation,)
    return tuple(choice for choice in get_args(annotation) if choice not in {NoneType, Unsaid})


def _is_union(annotation: object) -> bool:
    return get_origin(annotation) in {Union, UnionType}


def _tagged(union: Any, converter: Converter) -> Hook:  # noqa: ANN401  # a union of attrs classes
    """Return the hook of an object whose `kind` tells which class it is."""
    kinds = {one.kind: one for one in get_args(union)}
    hooks = {tag: converter.get_structure_hook(kind) for tag, kind in kinds.items()}

    def structured(value: dict[str, Any], _: object) -> object:
        tag = value.get(TAG)
        if not isinstance(tag, str) or tag not in hooks:
            raise InvalidInput(f"{TAG} must be one of: {', '.join(kinds)}", {"field": TAG})
        return hooks[tag]({name: part for name, part in value.items() if name != TAG}, kinds[tag])

    return _only(dict, "an object", structured)


def _either(union: Any, converter: Converter) -> Hook:  # noqa: ANN401  # a union of plain types
    """Return the hook of a value of one type or another."""
    hooks = [(kind, converter.get_structure_hook(kind)) for kind in get_args(union)]

    def structured(value: object, _: object) -> object:
        refusals = []
        for kind, hook in hooks:
            try:
                return hook(value, kind)
            except ValueError as error:
                refusals.append(str(error).removeprefix("must be "))
        raise ValueError(f"must be {' or '.join(refusals)}")

    return structured


def is_tagged(union: object) -> bool:
    """Return whether the annotation is a union of classes that an object's `kind` tells apart."""
    return _is_union(union) and all(map(has, get_args(union)))


def _unknown(kind: Any, _: Converter) -> Hook:  # noqa: ANN401  # any annotation
    raise TypeError(f"There is no strict rule for {kind}")


def _strict(*, detailed: bool) -> Converter:
    """Return a converter that coerces nothing; `detailed` tells where in the body something is wrong."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=detailed)
    rules: list[tuple[Callable[[Any], bool], Callable[[Any, Converter], Hook]]] = [
        (lambda _: True, _unknown),
        (lambda one: one is dt.date, lambda *_: _day),
        (lambda one: one is dt.datetime, lambda *_: _instant),
        (lambda one: get_origin(one) in {list, tuple}, _list),
        (_is_union, _either),
        (is_tagged, _tagged),
        (has, _object),
    ]
    for fits, rule in rules:  # a later one is asked first
        converter.register_structure_hook_factory(fits, rule)
    for kind, hook in ((str, _text), (int, _whole), (float, _number), (bool, _truth)):
        converter.register_structure_hook(kind, hook)
    return converter


_QUICK = _strict(detailed=False)
_PATIENT = _strict(detailed=True)
_hook = cache(_QUICK.get_structure_hook)
