"""Progress as bars on a terminal, by rich."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from harness.core.events import Event, Said, StackStep


class Bars:
    """A bar for each step, with name, amount and seconds. What is finished leaves one line behind."""

    def __init__(self, out: TextIO, *, no_colour: bool = False) -> None:
        self._console = Console(file=out, no_color=no_colour, highlight=False)
        #: step under way -> its bar
        self._bars: dict[str, tuple[RichProgress, TaskID]] = {}

    def tell(self, event: Event) -> None:
        """Shows a step from its first event to its last; what is said, above the bars."""
        match event:
            case Said(text=text):
                self._console.print(Text(text))
            case StackStep(what=what):
                if what not in self._bars:
                    self._bars[what] = self._begin(what)
                bar, task = self._bars[what]
                known = event.ratio is not None
                bar.update(task, completed=event.ratio or 0, total=1 if known else None, amount=event.reached)
                if event.seconds is not None:
                    self._end(event, *self._bars.pop(what))
            case _:
                pass

    def _begin(self, what: str) -> tuple[RichProgress, TaskID]:
        bar = RichProgress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        bar.start()
        return bar, bar.add_task(what, total=None, amount="")

    def _end(self, event: StackStep, bar: RichProgress, task: TaskID) -> None:
        if event.failed:
            bar.update(task, description=f"{event.what}: not done")
            bar.stop_task(task)
        else:
            bar.update(task, total=1, completed=1)
        bar.stop()
