"""The metrics as Prometheus reads them: its text format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from mosaic_core.tally import Counted
from mosaic_http.metrics import families
from mosaic_http.metrics.families import Family
from mosaic_http.metrics.outlook import Outlook
from mosaic_http.traffic import BOUNDS, RouteCounts

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ENDS = [f"{bound:g}" for bound in BOUNDS] + ["+Inf"]


def metrics_text(
    routes: Sequence[RouteCounts],
    gathered: Mapping[str, float],
    limits: tuple[str, ...],
    outlook: Outlook,
    now: Mapping[Family, float],
) -> bytes:
    """Return all metrics; `now` has the values of those that are one number and are known to the server."""
    parts = [_requests(routes), _durations(routes), _errors(routes)]
    parts += [_gathered(one, gathered) for one in (*families.TOTALS, families.refusals(limits))]
    parts += [_gathered(one, gathered) for one in families.STATES]
    parts += [_backup_duration(gathered)]
    parts += [_lone(family, value) for family, value in {**now, **outlook.values()}.items()]
    return "".join(parts).encode("ascii")


def _requests(routes: Iterable[RouteCounts]) -> str:
    name = families.REQUESTS.name
    return families.REQUESTS.head + "".join(
        f'{name}{{route="{one.route}",method="{one.method}",status="{status}"}} {number}\n'
        for one in routes
        for status, number in one.statuses.items()
    )


def _durations(routes: Iterable[RouteCounts]) -> str:
    return families.DURATIONS.head + "".join("".join(_histogram(one)) for one in routes)


def _histogram(one: RouteCounts) -> Iterator[str]:
    name, labels = families.DURATIONS.name, f'route="{one.route}",method="{one.method}"'
    for end, number in zip(_ENDS, accumulate(one.durations), strict=True):
        yield f'{name}_bucket{{{labels},le="{end}"}} {number}\n'
    yield f"{name}_sum{{{labels}}} {one.seconds:.6f}\n{name}_count{{{labels}}} {one.count}\n"


def _errors(routes: Iterable[RouteCounts]) -> str:
    listed, name = [*routes], families.ERRORS.name
    return families.ERRORS.head + "".join(
        f'{name}{{class="{hundreds}xx"}} {sum(one.failed(hundreds) for one in listed)}\n'
        for hundreds in (4, 5)
    )


def _gathered(family: Family, gathered: Mapping[str, float]) -> str:
    return family.head + "".join(
        f"{family.name}{labels} {_number(gathered[key])}\n" for labels, key in family.numbers.items()
    )


def _backup_duration(gathered: Mapping[str, float]) -> str:
    name, made = families.BACKUP_DURATION.name, gathered[Counted.BACKUPS_MADE.value]
    seconds = gathered[Counted.BACKUP_SECONDS.value]
    return f"{families.BACKUP_DURATION.head}{name}_sum {_number(seconds)}\n{name}_count {_number(made)}\n"


def _lone(family: Family, value: float) -> str:
    return f"{family.head}{family.name} {_number(value)}\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6f}"
