"""`python -m harness.agents.webhook`: serves the fault webhook over TLS until it is told to end.

The certificate comes from files or, where a pod has no volumes, from the environment (`TLS_CERT`, `TLS_KEY`, PEM).
"""

import argparse
import os
import ssl
import sys
import tempfile
from pathlib import Path

from aiohttp import web

from harness.agents.webhook.server import application
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.core.listen_address import ListenAddress

#: connections the kernel keeps ready while a flood of writes arrives at once
_BACKLOG = 2_048


def main(arguments: list[str] | None = None) -> int:
    """Reads the options and serves. Ends on SIGTERM and SIGINT.

    Returns:
        The exit status: 0 after a signal, 2 for options that cannot work, 3 when it cannot listen there.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.agents.webhook", description=__doc__)
    parser.add_argument("--listen", required=True, metavar="ADDR:PORT")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="PEM; default: the environment's TLS_CERT")
    parser.add_argument("--key", type=Path, metavar="FILE", help="PEM; default: the environment's TLS_KEY")
    options = parser.parse_args(arguments)
    try:
        address = ListenAddress.parse(options.listen)
        context = _context(options.cert, options.key)
    except HarnessError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a person or a pod's log reads it, there is no logger yet
        return error.exit_code
    try:
        web.run_app(
            application(),
            host=address.host,
            port=address.port,
            ssl_context=context,
            backlog=_BACKLOG,
            access_log=None,
            print=None,
            shutdown_timeout=0.1,
            handler_cancellation=True,
        )
    except OSError as error:
        print(address.taken(error), file=sys.stderr)  # noqa: T201 - as above
        return CouldNotTellError.exit_code
    return 0


def _context(cert: Path | None, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:  # 0700; OpenSSL reads certificates from files only
        cert = cert or _written(Path(directory), "TLS_CERT", "--cert")
        key = key or _written(Path(directory), "TLS_KEY", "--key")
        try:
            context.load_cert_chain(cert, key)
        except (OSError, ssl.SSLError) as error:
            raise MisuseError(
                "the certificate cannot be loaded", why=str(error), fix="give a PEM certificate and its own key"
            ) from error
    return context


def _written(directory: Path, variable: str, option: str) -> Path:
    pem = os.environ.get(variable)
    if not pem:
        raise MisuseError(f"{option} is missing", why=f"{variable} is not set either", fix=f"give {option} FILE")
    path = directory / variable
    path.write_text(pem, encoding="utf-8")
    return path


if __name__ == "__main__":
    raise SystemExit(main())
