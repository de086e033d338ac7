"""`python -m harness.stacks.embedded.node CONFIG.json` runs a node until SIGTERM or SIGINT."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from harness.core.errors import HarnessError, MisuseError
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.serving import serve


async def _run(config: NodeConfig) -> None:
    node = asyncio.ensure_future(serve(config))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, node.cancel)
    try:
        await node
    except asyncio.CancelledError:
        return
    except ExceptionGroup as several:
        raise several.exceptions[0] from several


def main(arguments: list[str]) -> int:
    """Runs the node; the exit code says how it ended."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if len(arguments) != 1:
            raise MisuseError(
                "the node was not told what to do",
                why=f"{len(arguments)} arguments were given",
                fix="python -m harness.stacks.embedded.node CONFIG.json",
            )
        asyncio.run(_run(NodeConfig.read(Path(arguments[0]))))
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
