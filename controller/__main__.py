"""`python -m controller`: exit status 0 when asked to stop, 1 when it had to end, 2 for flags that cannot work."""

import asyncio
import logging
import os
import sys

from controller import flags, kubeconfig
from controller.errors import ControllerError


def main() -> int:
    """Runs the controller; gives the exit status."""
    try:
        parsed = flags.parse(sys.argv[1:], os.environ)
        connection = kubeconfig.load(parsed.kubeconfig, os.environ)
        logging.basicConfig(
            level=parsed.log_level.upper(),
            stream=sys.stderr,
            format="%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s",
            datefmt="%Y-%m-%dT%H:%M:%S",
        )
        logging.getLogger("kopf").setLevel(logging.WARNING)
        from controller.app import App  # noqa: PLC0415 - a wrong flag need not wait for the imports

        async def run() -> int:
            return await App(parsed, connection).run()

        return asyncio.run(run())
    except ControllerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # not sys.exit: a watch that hangs in its thread must not hold up the end of a process that has lost its lease
    os._exit(status)
