"""Besieges a server: `python -m siege [--only ATTACK] [--workers N]` from `bench/`."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import beats
from server import Server
from siege import besieged, children, probe, report, users
from siege.attacks import ATTACKS, Attack
from siege.besieged import Watch
from siege.camp import Camp
from siege.children import Child
from siege.people import People, settled
from siege.report import Held, Outcome, Report
from siege.users import Kind

T = TypeVar("T")

NICENESS = 19
"""Attackers come from other machines: what they compute is hardly taken from the server's processors."""
EVERY = 0.2
REST = 10.0
LONG_REST = 90.0
"""For a short siege, after which a slow machine may still be at work."""


def main() -> int:
    """Besiege a server, print what that showed; 1 if a bound did not hold."""
    asked = _arguments()
    if asked.list:
        for name, attack in ATTACKS.items():
            print(f"{name:18} {attack.told}")
        return 0
    wanted = [] if asked.quiet else asked.only or ATTACKS
    attacks = {name: ATTACKS[name] for name in wanted if name not in asked.without}
    with tempfile.TemporaryDirectory(prefix="mosaic-siege-") as folder:
        found = _besiege(Path(folder), asked, attacks)
    if asked.json:
        asked.json.write_text(json.dumps(found.figures()))
    report.show(found)
    return 0 if all(bound.holds for bound in found.bounds()) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="siege", description="Besiege a server beside well-behaved users.")
    names = {"nargs": "*", "metavar": "ATTACK", "choices": list(ATTACKS), "default": []}
    parser.add_argument("--only", **names, help="these attacks alone; see --list")  # type: ignore[arg-type]
    parser.add_argument("--without", **names, help="all attacks but these")  # type: ignore[arg-type]
    parser.add_argument("--quiet", action="store_true", help="no attack at all, to compare with")
    parser.add_argument("--list", action="store_true", help="say what the attacks do")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--handles", type=int, default=0, help="how many files the server may open")
    parser.add_argument("--short", action="store_true", help="less data and a third of the connections")
    parser.add_argument("--json", type=Path, help="write all figures into this file as well")
    return parser.parse_args()


def _besiege(folder: Path, asked: argparse.Namespace, attacks: Mapping[str, Attack]) -> Report:
    _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; filling the server ...")
    unlimited = {"MOSAIC_RATE_LIMITS": "off"}
    with besieged.serving(folder, environment=unlimited) as server:
        people = settled(server.port, attacks, is_short=asked.short)
    _say(f"besieging it for {asked.seconds:.0f} s ...")
    with besieged.serving(folder, workers=asked.workers, handles=asked.handles) as server:
        return _siege(server, folder, asked, attacks, people)


def _siege(
    server: Server, folder: Path, asked: argparse.Namespace, attacks: Mapping[str, Attack], people: People
) -> Report:
    """Let everything go on at once, and look at the server meanwhile and afterwards."""
    port, seconds = server.port, asked.seconds
    watch = Watch(server.pid)
    before = (watch.memory(), watch.handles(), besieged.stored(folder))
    beats.forget(folder)
    camps = _camps(port, people, attacks, asked)
    with ExitStack() as stack:
        using = _started(stack, "users", partial(_use, port, people, seconds, asked.short))
        probing = _started(stack, "probe", partial(probe.felt, port, seconds, 2 * asked.workers))
        attacking = {
            name: _started(stack, name, partial(_attack, attacks[name], camp, seconds), niceness=NICENESS)
            for name, camp in camps.items()
        }
        _watch(watch, [using, probing, *attacking.values()])
        kinds, stalls = using.result(), probing.result()
        outcomes = {name: child.result() for name, child in attacking.items()}
    turns, longest = watch.turns(), beats.read(folder)
    during = (watch.most_memory, watch.most_handles, besieged.stored(folder))
    _rest(watch, most_handles=before[1] + report.HANDLES_SLACK if asked.short else 0)
    after = (watch.memory(), watch.handles(), besieged.stored(folder))
    memory, handles, stored = (Held(*figures) for figures in zip(before, during, after, strict=True))
    return Report(asked.workers, outcomes, kinds, memory, handles, stored, stalls, turns, longest)


def _rest(watch: Watch, *, most_handles: int) -> None:
    """Leave the server alone for 10 s; or, if told, until no more file handles are open than that."""
    end = time.monotonic() + (LONG_REST if most_handles else REST)
    while time.monotonic() < end and watch.handles() > most_handles:
        time.sleep(EVERY)


def _camps(
    port: int, people: People, attacks: Mapping[str, Attack], asked: argparse.Namespace
) -> dict[str, Camp]:
    return {
        name: Camp(
            number=number,
            port=port,
            owner=people.owner.name,
            tokens=people.tokens[name],
            is_short=asked.short,
            workers=asked.workers,
            handles=asked.handles,
        )
        for number, name in enumerate(ATTACKS)
        if name in attacks
    }


def _started(stack: ExitStack, name: str, work: Callable[[], T], *, niceness: int = 0) -> Child[T]:
    child = Child(name, work, niceness=niceness)
    stack.callback(child.end)
    return child


def _use(port: int, people: People, seconds: float, is_short: bool) -> list[Kind]:  # noqa: FBT001  # given by place
    return children.run(users.use(port, people, seconds, is_short=is_short))


def _attack(attack: Attack, camp: Camp, seconds: float) -> Outcome:
    async def attacked() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await attack.work(camp)

    children.run(attacked())
    return Outcome(camp.tally, camp.faults)


def _watch(watch: Watch, working: Sequence[Child[Any]]) -> None:
    """Look at the server until all children have ended."""
    while not all(child.has_ended for child in working):
        watch.look()
        time.sleep(EVERY)
    watch.look()


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
