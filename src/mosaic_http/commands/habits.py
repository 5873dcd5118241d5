"""`mosaic today`, `mosaic agenda`, `mosaic log` and `mosaic history`: a person's habits in a terminal."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mosaic_core.activities.model import Activity
from mosaic_core.activities.similar import similar_name
from mosaic_core.app import Mosaic
from mosaic_core.calendar import parse_day
from mosaic_core.caller import Caller
from mosaic_core.entries.model import AddEntry
from mosaic_core.paging import Page
from mosaic_core.schedules.agenda import ActivityHistory, AgendaItem, HistoryWanted
from mosaic_core.schedules.model import DONE, MISSED, OPEN, PAUSED, REST, AtLeast, Streak
from mosaic_core.texts import name_key
from mosaic_http.commands.opening import opened
from mosaic_http.commands.terminal import cell, echo, failure

_LOOKS = {
    DONE: ("■", "green"),
    OPEN: ("□", "yellow"),
    MISSED: ("x", "red"),
    PAUSED: ("=", "blue"),
    REST: ("·", "bright_black"),
    None: (" ", ""),
}
"""The mark and the style of each state of a day."""

_BAR = 10
_WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")
_WIDE = 2
"""So many columns a week takes where there is room."""


class _Day(click.ParamType[dt.date]):
    """A day of the form 2026-01-02."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:  # noqa: ANN401  # click's
        try:
            return value if isinstance(value, dt.date) else parse_day(value)
        except ValueError as error:
            self.fail(f"{value} {error}", param, ctx)


def _of_user(command: Callable[..., None]) -> Callable[..., None]:
    return click.option("--user", "name", required=True, help="Whose habits.")(command)


def _on_day(about: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option("--date", "day", type=_Day(), metavar="DAY", help=about)


@click.command()
@_of_user
def today(name: str) -> None:
    """Show today's activities: states, streaks and strengths.

    What is due comes first, then what is done. Where the output is no terminal, each line has the state,
    name, value, unit, days done of those needed, streak and strength, with tabs in between.
    """
    with opened() as mosaic:
        agenda = mosaic.agenda.of(mosaic.sessions.caller(name))
    console = Console()
    if not console.is_terminal:
        for item in agenda.items:
            echo(*_plain(item))
        return
    table = Table(
        "", "activity", "value", "done", "streak", "strength", title=f"{agenda.date:%A} {agenda.date}"
    )
    for item in agenda.items:
        mark, style = _LOOKS[item.state]
        table.add_row(
            Text(mark, style),
            cell(item.name),
            cell(_amount(item)),
            f"{item.done}/{item.needed}",
            _streak(item.streak),
            _bar(item.strength),
        )
    console.print(table)


@click.command()
@_of_user
@_on_day("The day; by default today.")
def agenda(name: str, day: dt.date | None) -> None:
    """List what is due on a day, what is done, and the rest."""
    with opened() as mosaic:
        told = mosaic.agenda.of(mosaic.sessions.caller(name), day)
    parts = {
        "Due": [one for one in told.items if one.due],
        "Done": [one for one in told.items if one.state == DONE],
        "Rest": [one for one in told.items if not one.due and one.state != DONE],
    }
    echo(told.date.isoformat())
    for title, items in parts.items():
        for item in items:
            echo(title, item.name, f"{item.done}/{item.needed}", _amount(item))


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("activity")
@click.argument("value", type=float, default=1.0)
@_of_user
@_on_day("The day; by default today.")
@click.option("--note", default="", help="A note of up to 100 characters.")
def log(activity: str, value: float, name: str, day: dt.date | None, note: str) -> None:
    """Write that an ACTIVITY was done, with a VALUE (1 by default).

    A second entry for the day replaces the first. An activity that is not there is made; if its name is much
    like that of another one, that is told.
    """
    with opened() as mosaic:
        caller = mosaic.sessions.caller(name)
        said = AddEntry(
            date=day or mosaic.entries.today_of(caller), activity=activity, value=value, note=note
        )
        written = mosaic.entries.add(caller, said)
    entry = written.entry
    verb = "added" if written.is_new else "replaced"
    echo(f"{entry.activity}: {entry.value:g} on {entry.date} {verb}")
    if written.made_activity:
        hint = f"; did you mean {written.similar}?" if written.similar else ""
        echo(f"{entry.activity} is a new activity{hint}", err=True)


@click.command()
@click.argument("activity")
@_of_user
@click.option("--to", "last", type=_Day(), metavar="DAY", help="The last day; by default today.")
def history(activity: str, name: str, last: dt.date | None) -> None:
    """Show a year of an ACTIVITY, a column for each week.

    Where the output is no terminal, each line has the day, the value and the state, with tabs in between.
    """
    with opened() as mosaic:
        caller = mosaic.sessions.caller(name)
        found = _found(mosaic, caller, activity)
        told = mosaic.agenda.history(caller, found.id, HistoryWanted(last=last))
    console = Console()
    if not console.is_terminal:
        for day in told.days:
            echo(day.date.isoformat(), "" if day.value is None else f"{day.value:g}", day.state or "")
        return
    console.print(cell(told.name), style="bold")
    for line in _heat_map(told, console.width):
        console.print(line, no_wrap=True, overflow="crop")
    console.print(_legend())
    rates = [f"{share:.0%} of {days} days" for days, share in told.rates.items() if share is not None]
    summary = Text(f"strength {told.strength:.3f} ").append_text(_bar(told.strength))
    console.print(summary.append(f"  {_streak(told.streak)}, longest {told.streak.longest}"))
    if rates:
        console.print(f"kept: {', '.join(rates)}")


def _found(mosaic: Mosaic, caller: Caller, name: str) -> Activity:
    """Return the caller's activity of that name; end the command, naming the nearest, if there is none."""
    known = mosaic.activities.page(caller, Page(None), inactive=True).items
    for one in known:
        if name_key(one.name) == name_key(name):
            return one
    near = similar_name(name, [one.name for one in known])
    raise failure(f"There is no activity {name}" + (f"; did you mean {near}?" if near else ""))


def _plain(item: AgendaItem) -> Sequence[str]:
    return (
        item.state or "",
        item.name,
        "" if item.value is None else f"{item.value:g}",
        item.unit,
        f"{item.done}/{item.needed}",
        _streak(item.streak),
        f"{item.strength:.3f}",
    )


def _amount(item: AgendaItem) -> str:
    """Return the value in its unit, and what it should be."""
    value = "" if item.value is None else f"{item.value:g}"
    target = item.target
    if target is not None:
        value = f"{value or '-'} {'≥' if isinstance(target, AtLeast) else '≤'} {target.value:g}"
    return f"{value} {item.unit}".strip() if value else ""


def _streak(streak: Streak) -> str:
    unit = streak.unit if streak.current != 1 else streak.unit.removesuffix("s")
    return f"{streak.current} {unit}"


def _bar(strength: float) -> Text:
    full = round(strength * _BAR)
    return Text("█" * full, "green").append("░" * (_BAR - full), "bright_black").append(f" {strength:.0%}")


def _heat_map(told: ActivityHistory, width: int) -> Sequence[Text]:
    """Return the lines of the map: the months, and each weekday with a mark for each of its days."""
    states = {day.date: day.state for day in told.days}
    monday = told.first - dt.timedelta(days=told.first.weekday())
    weeks = range((told.last - monday).days // 7 + 1)
    step = _WIDE if 4 + _WIDE * len(weeks) <= width else 1
    lines = [Text(f"    {_months(monday, len(weeks), step)}", "bright_black")]
    for weekday, label in enumerate(_WEEKDAYS):
        line = Text(f"{label:4}", "bright_black")
        for week in weeks:
            mark, style = _LOOKS[states.get(monday + dt.timedelta(days=7 * week + weekday))]
            line.append(mark.ljust(step), style)
        lines.append(line)
    return lines


def _months(monday: dt.date, weeks: int, step: int) -> str:
    """Return the names of the months, each over the first week that begins in it."""
    text = ""
    for week in range(weeks):
        first = monday + dt.timedelta(days=7 * week)
        if first.day <= 7 and len(text) <= week * step:  # the first Monday of the month
            text = text.ljust(week * step) + f"{first:%b} "
    return text[: weeks * step]


def _legend() -> Text:
    legend = Text()
    for state, (mark, style) in _LOOKS.items():
        if state is not None:
            legend.append(f"{mark} ", style).append(f"{state}  ")
    return legend
