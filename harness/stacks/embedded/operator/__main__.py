"""Entry point of the operator process: `python -m harness.stacks.embedded.operator CONFIG.json`."""

import asyncio
import signal
import sys
from pathlib import Path

from harness.core.errors import HarnessError
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.serve import serve


async def _run(config: OperatorConfig) -> None:
    serving = asyncio.create_task(serve(config))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


def main(arguments: list[str]) -> int:
    """Runs until SIGTERM; gives the exit code."""
    try:
        asyncio.run(_run(OperatorConfig.parse(Path(arguments[0]).read_text())))
    except KeyboardInterrupt:
        return 0
    except HarnessError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the log of a process without a logger
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
