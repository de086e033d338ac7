"""Progress as bars on a terminal, by rich."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from harness.toolchain.progress import Step, Unit, amount


class BarProgress:
    """Bars with name, amount and seconds. What is finished leaves one line behind."""

    def __init__(self, out: TextIO, *, no_colour: bool = False) -> None:
        self._console = Console(file=out, no_color=no_colour, highlight=False)

    def say(self, text: str) -> None:
        """Writes the line, above a bar that is shown."""
        self._console.print(Text(text))

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:
        """A bar that is replaced by its last line when the block ends."""
        bar = RichProgress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        with bar:
            task = bar.add_task(title, total=None, amount="")
            try:
                yield _BarStep(bar, task, unit)
            except BaseException:
                bar.update(task, description=f"{title}: not done")
                bar.stop_task(task)
                raise
            bar.update(task, total=1, completed=1)


class _BarStep:
    def __init__(self, bar: RichProgress, task: TaskID, unit: Unit) -> None:
        self._bar = bar
        self._task = task
        self._unit = unit

    def at(self, done: int, total: int | None = None) -> None:
        self._bar.update(self._task, completed=done, total=total, amount=amount(done, total, self._unit))
