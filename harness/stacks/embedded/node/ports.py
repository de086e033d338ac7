"""The node's two ports: the kubelet's (HTTPS, logs) and the metrics' (HTTP)."""

import asyncio
import ssl
from contextlib import AsyncExitStack

from aiohttp import web

from harness.core.errors import CouldNotTellError
from harness.core.system_words import reason_of
from harness.stacks.embedded.node.cadvisor import cadvisor_text
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.logs import log_chunks, log_file, tail
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.manager import PodManager
from harness.stacks.embedded.node.statemetrics import state_metrics_text

_PLAIN = "text/plain; version=0.0.4; charset=utf-8"
_NOT_IMPLEMENTED = 501
#: what asks for it, where that has another name
_KUBECTL = {"exec": "kubectl exec (and cp)", "attach": "kubectl attach", "portForward": "kubectl port-forward"}


async def serve_kubelet_port(stack: AsyncExitStack, config: NodeConfig) -> None:
    """Serves what `kubectl logs` asks for, under a certificate made for this node alone.

    The API server trusts any certificate here unless it is told a kubelet CA, which kwokctl does not.

    Raises:
        CouldNotTellError: the port is taken.
    """
    application = web.Application()
    application.router.add_get("/healthz", _healthy)
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", _Logs(config).answer)
    for refused in ("exec", "attach", "portForward", "run"):
        application.router.add_route("*", f"/{refused}/{{rest:.*}}", _not_here)
    await _start(stack, application, config.node_ip, config.kubelet_port, await asyncio.to_thread(_tls, config.node_ip))


async def serve_metrics_port(stack: AsyncExitStack, config: NodeConfig, machine: Machine, pods: PodManager) -> None:
    """Serves /metrics/cadvisor and /metrics/kube-state-metrics, read from the kernel at each scrape.

    Raises:
        CouldNotTellError: the port is taken.
    """

    async def cadvisor(_: web.Request) -> web.Response:
        return web.Response(body=cadvisor_text(machine, pods.workers).encode(), headers={"Content-Type": _PLAIN})

    async def state(_: web.Request) -> web.Response:
        views = tuple(worker.view() for worker in pods.workers)
        return web.Response(body=state_metrics_text(views).encode(), headers={"Content-Type": _PLAIN})

    application = web.Application()
    application.router.add_get("/healthz", _healthy)
    application.router.add_get("/metrics/cadvisor", cadvisor)
    application.router.add_get("/metrics/kube-state-metrics", state)
    await _start(stack, application, config.node_ip, config.metrics_port, None)


async def _start(
    stack: AsyncExitStack, application: web.Application, host: str, port: int, tls: ssl.SSLContext | None
) -> None:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        raise CouldNotTellError(
            f"the node cannot listen on {host}:{port}",
            why=reason_of(error),
            fix="choose another port, or end what uses it",
        ) from error


def _tls(address: str) -> ssl.SSLContext:
    import trustme  # noqa: PLC0415 - 0.1 s that the node's start does not wait for

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(address).configure_cert(context)
    return context


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _not_here(request: web.Request) -> web.Response:
    """A Status, which kubectl shows the message of; of plain text it would show nothing that looks like YAML to it.

    https://github.com/kubernetes/apimachinery/blob/v0.34.4/pkg/util/httpstream/spdy/roundtripper.go (NewConnection)
    """
    verb = request.path.split("/")[1]
    return _status(
        501,
        "NotImplemented",
        f"{_KUBECTL.get(verb, verb)} does not work on the embedded stack: its containers are plain processes of this"
        " machine. Look at them there (ps, curl to the pod's listening address), or take --stack kind",
    )


def _status(code: int, reason: str, message: str) -> web.Response:
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return web.json_response(body, status=code)


class _Logs:
    """Answers for containers' logs. Lines carry no instants, so `timestamps` and `sinceTime` change nothing."""

    def __init__(self, config: NodeConfig) -> None:
        self._pods = config.state_dir / "pods"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        names = [request.match_info[name] for name in ("namespace", "pod", "container")]
        query = request.query
        previous = query.get("previous") in {"true", "1"}
        file = log_file(self._pods, *names, previous=previous)
        if file is None:
            # as a kubelet does: of a 404 the API server would pass on no word
            which = "former instance" if previous else "instance"
            return web.Response(status=400, text=f"container {names[2]} of pod {names[1]} has no {which} with a log")
        lines = int(query["tailLines"]) if query.get("tailLines", "").isdigit() else None
        limit = int(query["limitBytes"]) if query.get("limitBytes", "").isdigit() else None
        with file.open("rb") as stream:
            position = tail(stream, lines)
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        async for chunk in log_chunks(file, position, limit=limit, follow=query.get("follow") in {"true", "1"}):
            await response.write(chunk)
        return response
