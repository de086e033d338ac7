"""The receiver: the end of the line, where Alertmanager delivers and everything that arrives is kept.

`python -m harness.agents.receiver.server --listen ADDR:PORT --token-file FILE --store FILE.jsonl` takes Alertmanager's
webhook calls at `POST /notify/<receiver>?destination=<name>&send_resolved=<true or false>` and gives them out at
`GET /deliveries?since=<Unix time>`. Both ask for the bearer token. What was accepted (200) is on disk, and is there
again after a restart.
"""

import argparse
import hmac
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from harness.agents.receiver.delivery_store import DeliveryStore
from harness.agents.receiver.payload import deliveries_of
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.core.listen_address import ListenAddress
from harness.core.operator.stand_in import DESTINATION, SEND_RESOLVED
from harness.core.system_words import reason_of


def application(*, token: str, store: DeliveryStore, clock: Callable[[], float] = time.time) -> web.Application:
    """The web application over an open store; whoever made the store closes it.

    Args:
        token: the bearer token that every call but `GET /healthz` must carry.
        store: where deliveries are kept.
        clock: Unix time in seconds.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def notify(request: web.Request) -> web.Response:
        _demand(request, token)
        received_at_s = clock()
        try:
            found = deliveries_of(
                await request.json(),
                receiver=unquote(request.match_info["receiver"]),
                received_at_s=received_at_s,
                destination=request.query.get(DESTINATION, ""),
                ends_told=request.query.get(SEND_RESOLVED) != "false",
            )
        except ValueError as error:
            return _refusal("body is no JSON", str(error), "send the webhook payload of version 4")
        except HarnessError as error:
            return _refusal(error.what, error.why, error.fix)
        store.add(found)
        return web.json_response({"accepted": len(found)})

    async def deliveries(request: web.Request) -> web.Response:
        _demand(request, token)
        since = request.query.get("since", "0")
        try:
            since_s = float(since)
        except ValueError as error:
            return _refusal(f"since={since!r} is no instant", str(error), "give Unix time in seconds")
        return web.json_response([asdict(found) for found in store.deliveries if found.received_at_s >= since_s])

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_post("/notify/{receiver:.+}", notify)
    app.router.add_get("/deliveries", deliveries)
    return app


def _refusal(what: str, why: str, fix: str) -> web.Response:
    return web.json_response({"what": what, "why": why, "fix": fix}, status=400)


def _demand(request: web.Request, token: str) -> None:
    given = request.headers.get("Authorization", "")
    # bytes that are no UTF-8 come as halves of surrogates
    if not hmac.compare_digest(given.encode(errors="surrogateescape"), f"Bearer {token}".encode()):
        raise web.HTTPUnauthorized(text="a bearer token is needed", headers={"WWW-Authenticate": "Bearer"})


def main(arguments: list[str] | None = None) -> int:
    """Reads the options and serves. Ends on SIGTERM and SIGINT.

    Returns:
        The exit status: 0 after a signal, 2 for options that cannot work, 3 when it cannot listen there.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.agents.receiver.server", description=__doc__)
    parser.add_argument("--listen", required=True, metavar="ADDR:PORT")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="default: the environment's RECEIVER_TOKEN")
    parser.add_argument("--store", type=Path, required=True, metavar="FILE.jsonl")
    options = parser.parse_args(arguments)
    try:
        address = ListenAddress.parse(options.listen)
        token = _token(options.token_file)
        store = _opened(options.store)
    except HarnessError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a person or a pod's log reads it, there is no logger yet
        return error.exit_code
    try:
        web.run_app(
            application(token=token, store=store),
            host=address.host,
            port=address.port,
            access_log=None,
            print=None,
            shutdown_timeout=1,
        )
    except OSError as error:
        print(address.taken(error), file=sys.stderr)  # noqa: T201 - as above
        return CouldNotTellError.exit_code
    finally:
        store.close()
    return 0


def _token(path: Path | None) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip() if path else os.environ.get("RECEIVER_TOKEN", "")
    except OSError as error:
        raise MisuseError("the token cannot be read", why=reason_of(error), fix="name a readable file") from error
    if not token:
        raise MisuseError(
            "there is no token", why="the file is empty, or RECEIVER_TOKEN is not set", fix="give --token-file FILE"
        )
    return token


def _opened(path: Path) -> DeliveryStore:
    try:
        return DeliveryStore(path)
    except OSError as error:
        raise MisuseError(
            f"{path} cannot be written", why=str(error), fix="name a file in a directory of yours"
        ) from error


if __name__ == "__main__":
    raise SystemExit(main())
