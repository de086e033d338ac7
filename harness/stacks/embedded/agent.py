"""`python -m harness.stacks.embedded.agent NODE.json OPERATOR.json START`: the node and the operator in one process.

They are two programs with nothing in common but this: a second interpreter would cost a start half a second of a core.
The process is started beside the API server and waits for the file START, so that its imports are done by then.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.core.errors import HarnessError
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.serving import serve as serve_node
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.serve import serve as serve_operator
from harness.waiting import NotYet, wait_until

#: longer than whoever starts this process waits for its API server
_START_TIMEOUT_S = 120.0


async def _run(node: NodeConfig, operator: OperatorConfig) -> None:
    async with asyncio.TaskGroup() as tasks:
        work = (tasks.create_task(serve_node(node)), tasks.create_task(serve_operator(operator)))

        def end() -> None:
            for task in work:
                task.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, end)


def main(arguments: list[str]) -> int:
    """Runs both until SIGTERM, or until one of them fails; the exit code says how it ended."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    node, operator, start = (Path(argument) for argument in arguments)
    failed = False
    try:
        wait_until(
            "word that the API server answers",
            lambda: None if start.exists() else NotYet(f"{start} is not there"),
            timeout_s=_START_TIMEOUT_S,
            interval_s=0.02,
        )
        asyncio.run(_run(NodeConfig.read(node), OperatorConfig.parse(operator.read_text())))
    except* HarnessError as several:
        failed = True
        for error in _flat(several):
            sys.stderr.write(f"{error}\n")
    return 3 if failed else 0


def _flat(several: BaseExceptionGroup[HarnessError]) -> Iterator[HarnessError]:
    """The errors themselves: a task that has tasks of its own wraps them once more."""
    for error in several.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
