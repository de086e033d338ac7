"""`python -m harness.stacks.embedded.agent NODE.json OPERATOR.json START`: the node and the operator in one process.

They are two programs with nothing in common but this: a second interpreter would cost a start half a second of a core.
The process is started beside the API server and waits for the file START, so that its imports are done by then.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

from harness.core.errors import HarnessError
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.serving import serve as serve_node
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.serve import serve as serve_operator
from harness.waiting import NotYet, wait_until

#: longer than whoever starts this process waits for its API server
_START_TIMEOUT_S = 120.0


#: a program that serves until it is cancelled
Serving = Coroutine[None, None, None]


async def _both(programs: tuple[Serving, Serving]) -> None:
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(program) for program in programs]

        def end() -> None:
            for task in work:
                task.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, end)


def run(programs: Callable[[], tuple[Serving, Serving]], start: Path, *, timeout_s: float = _START_TIMEOUT_S) -> int:
    """Runs two programs until SIGTERM, or until one of them fails; the exit code says how it ended.

    Args:
        programs: makes them, once there is a word to start.
        start: the file that is the word.
        timeout_s: how long the word is waited for.
    """
    failed = False
    try:
        wait_until(
            "word that the API server answers",
            lambda: None if start.exists() else NotYet(f"{start} is not there"),
            timeout_s=timeout_s,
            interval_s=0.02,
        )
        asyncio.run(_both(programs()))
    except* HarnessError as several:
        failed = True
        for error in _flat(several):
            sys.stderr.write(f"{error}\n")
    return 3 if failed else 0


def main(arguments: list[str]) -> int:
    """Runs node and operator as their files say; the exit code is that of `run`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    node, operator, start = (Path(argument) for argument in arguments)

    def programs() -> tuple[Serving, Serving]:
        serves, translates = NodeConfig.read(node), OperatorConfig.parse(operator.read_text())
        return serve_node(serves), serve_operator(translates)

    return run(programs, start)


def _flat(several: BaseExceptionGroup[HarnessError]) -> Iterator[HarnessError]:
    """The errors themselves: a task that has tasks of its own wraps them once more."""
    for error in several.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
