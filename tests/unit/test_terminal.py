"""What goes to a terminal by way of rich."""

import io

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from mosaic_http.commands.terminal import cell, label


def test_a_name_is_no_markup_and_no_control_sequence() -> None:
    console = Console(file=io.StringIO(), width=60)
    table = Table(label("[/]\x1b[2J"))
    table.add_row(cell("[/red]\x1b[2J"))
    console.print(table)
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO
    assert r"[/]\x1b[2J" in shown
    assert r"[/red]\x1b[2J" in shown


def test_a_progress_bar_tells_any_name() -> None:
    console = Console(file=io.StringIO(), width=60, force_terminal=True)
    with Progress(console=console) as bar:
        bar.add_task(label("[/]\x1b[2J"))
    assert r"[/]\x1b[2J" in console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO
