"""What a siege has shown: its figures, the bounds that hold and those that do not, and the tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from beats import Longest
from siege.probe import Stalls
from siege.users import Kind, Took

READS_P99 = 0.25
WRITES_P99 = 1.0
LOGIN_LONGEST = 5.0
COMPUTED_LONGEST = 0.05
"""Between two looks at its timers."""
MEMORY_MIB = 300
"""For each worker."""
HANDLES_SLACK = 16
"""For each worker. The store keeps a few connections for readers open, with up to three files each."""


class Outcome(NamedTuple):
    """How the requests of one attack ended, by how many, and what should not have happened."""

    tally: Counter[str]
    faults: Counter[str]


class Held(NamedTuple):
    """What the server held before, at most during, and 10 s after the siege."""

    before: float
    during: float
    after: float


class Turns(NamedTuple):
    """For how many seconds the event loops ran, and waited until the machine gave them a processor."""

    ran: float
    waited: float


class Bound(NamedTuple):
    """What is wanted, what was found, and whether that is good enough; or too much on a slower machine."""

    wanted: str
    found: str
    holds: bool
    is_timed: bool = False


@dataclass(frozen=True)
class Report:
    """The figures of one siege. Times are in seconds, sizes in MiB."""

    workers: int
    attacks: Mapping[str, Outcome]
    kinds: Sequence[Kind]
    memory: Held
    handles: Held
    stored: Held
    stalls: Stalls
    turns: Turns
    longest: Longest

    def bounds(self) -> list[Bound]:
        """Return all bounds."""
        everything = self._took("read", "write", "long")
        return [
            _bound_on_failures("every request of the users is answered", everything),
            self._bound_on_time("read", READS_P99),
            self._bound_on_time("write", WRITES_P99),
            _bound_on_failures("the owner and the users log in throughout", self._took("login")),
            self._bound_on_logins(),
            self._bound_on_computing(),
            self._bound_on_memory(),
            self._bound_on_handles(),
            self._bound_on_faults(),
        ]

    def figures(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        return {
            "attacks": {name: one._asdict() for name, one in self.attacks.items()},
            "kinds": {kind.name: {"judged_as": kind.judged_as, "took": kind.took} for kind in self.kinds},
            "memory": self.memory._asdict(),
            "handles": self.handles._asdict(),
            "stored": self.stored._asdict(),
            "stalls": self.stalls._asdict(),
            "turns": self.turns._asdict(),
            "longest": self.longest._asdict(),
            "bounds": [bound._asdict() for bound in self.bounds()],
        }

    def _took(self, *judged_as: str) -> list[Took]:
        return [took for kind in self.kinds if kind.judged_as in judged_as for took in kind.took]

    def _bound_on_time(self, judged_as: str, seconds: float) -> Bound:
        found = percentile([took.seconds for took in self._took(judged_as)], 99)
        wanted = f"p99 of {judged_as}s below {seconds * 1000:.0f} ms"
        return Bound(wanted, f"{found * 1000:.0f} ms", found < seconds, is_timed=True)

    def _bound_on_logins(self) -> Bound:
        found = max((took.seconds for took in self._took("login")), default=0.0)
        wanted = f"every login within {LOGIN_LONGEST:.0f} s"
        return Bound(wanted, f"{found:.1f} s", found < LOGIN_LONGEST, is_timed=True)

    def _bound_on_computing(self) -> Bound:
        found, wanted = self.longest.computed, f"no event loop computes for {COMPUTED_LONGEST * 1000:.0f} ms"
        return Bound(wanted, f"{found * 1000:.0f} ms", found < COMPUTED_LONGEST, is_timed=True)

    def _bound_on_memory(self) -> Bound:
        most = MEMORY_MIB * self.workers
        return Bound(f"memory below {most} MiB", f"{self.memory.during:.0f} MiB", self.memory.during < most)

    def _bound_on_handles(self) -> Bound:
        before, _, after = self.handles
        slack = HANDLES_SLACK * self.workers
        wanted = f"at most {before:.0f} + {slack} file handles after 10 s"
        return Bound(wanted, f"{after:.0f}", after <= before + slack)

    def _bound_on_faults(self) -> Bound:
        found = [
            f"{name}: {number} {fault}"
            for name, outcome in self.attacks.items()
            for fault, number in outcome.faults.items()
        ]
        return Bound("no attack got past a limit", "; ".join(found) or "none", not found)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return what so many per cent of the values do not exceed; 0 if there are none."""
    return sorted(values)[(len(values) * percent - 1) // 100] if values else 0.0


def show(report: Report) -> None:
    """Print the tables and which bounds held."""
    _print_table(_attack_lines(report))
    _print_table(_kind_lines(report))
    _print_table(_server_lines(report))
    _print_places(report.longest)
    _print_table(_bound_lines(report))


def _bound_on_failures(wanted: str, took: Iterable[Took]) -> Bound:
    outcomes = [one.outcome for one in took]
    failed = Counter(str(outcome) for outcome in outcomes if outcome not in {200, 201})
    told = f"{failed.total()} of {len(outcomes)} failed" + (f": {_counted(failed)}" if failed else "")
    return Bound(wanted, told, not failed)


def _attack_lines(report: Report) -> Iterable[Sequence[str]]:
    yield "attack", "requests", "how they ended", "faults"
    for name, (tally, faults) in report.attacks.items():
        yield name, str(tally.total()), _counted(tally), _counted(faults)


def _kind_lines(report: Report) -> Iterable[Sequence[str]]:
    yield "of the users", "judged as", "count", "failures", "p50 ms", "p99 ms", "longest ms"
    for kind in report.kinds:
        times = [took.seconds for took in kind.took]
        shown = [f"{percentile(times, percent) * 1000:.0f}" for percent in (50, 99, 100)]
        yield kind.name, kind.judged_as, str(len(times)), str(len(kind.failures)), *shown


def _server_lines(report: Report) -> Iterable[Sequence[str]]:
    yield "of the server", "before", "during, at most", "10 s after"
    for name, sizes in (
        ("memory of all processes, MiB", report.memory),
        ("file handles", report.handles),
        ("database and log, MiB", report.stored),
    ):
        yield name, *(f"{value:.0f}" for value in sizes)
    longest, at, p99 = report.stalls
    ran, waited = report.turns
    yield "event loops, s", "", f"ran {ran:.1f}", f"waited for a processor {waited:.1f}"
    computed, starved, held = (f"{seconds * 1000:.0f}" for seconds in report.longest[:3])
    yield "at the longest, ms", f"computed {computed}", f"held {held}", f"waited for a processor {starved}"
    yield "probe, ms", f"p99 {p99 * 1000:.0f}", f"longest {longest * 1000:.0f}", f"{at:.1f} s after the start"


def _bound_lines(report: Report) -> Iterable[Sequence[str]]:
    yield "bound", "found", "verdict"
    for bound in report.bounds():
        yield bound.wanted, bound.found, "holds" if bound.holds else "BROKEN"


def _print_places(longest: Longest) -> None:
    for what, place in (("computed", longest.computed_at), ("was held", longest.held_at)):
        if place:
            print(f"An event loop {what} for the longest in {place}\n")


def _counted(tally: Counter[str]) -> str:
    return ", ".join(f"{number} x {what}" for what, number in sorted(tally.items()))


def _print_table(lines: Iterable[Sequence[str]]) -> None:
    listed = list(lines)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for number, line in enumerate(listed):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print()
