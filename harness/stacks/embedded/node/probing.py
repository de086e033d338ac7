"""Probes: what an answer means (pure), and the loop that asks."""

import asyncio
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.stacks.embedded.node.pod import Container, Handler, HttpCall, Probe
from harness.stacks.embedded.node.process import Launch, Process, launch_error

#: until its first success a readiness or startup probe is asked this often, so that the node adds little to the time
#: a program takes to start; failures of these extra looks count for nothing
EAGER_S = 0.1
#: for this long after the start
EAGER_FOR_S = 30.0
_READ_BYTES = 10_240


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a row of answers means; `result` is None until the thresholds decide."""

    probe: Probe
    result: bool | None = None
    successes: int = 0
    failures: int = 0

    def add(self, ok: bool) -> "Tally":
        """The tally after one more answer."""
        successes, failures = (self.successes + 1, 0) if ok else (0, self.failures + 1)
        result = self.result
        if successes >= self.probe.success_threshold:
            result = True
        if failures >= self.probe.failure_threshold:
            result = False
        return replace(self, result=result, successes=successes, failures=failures)


async def keep_probing(
    probe: Probe,
    look: Callable[[Handler, float], Awaitable[bool]],
    decided: Callable[[bool], None],
    *,
    eager: bool,
    until_success: bool = False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Asks at the probe's period until cancelled, and reports each decision that differs from the one before.

    Args:
        probe: when and what to ask.
        look: asks once, within the given seconds.
        decided: told of a decision.
        eager: also look between two periods until the first success (readiness, startup).
        until_success: return after the first success (startup).
        clock: monotonic seconds.
        sleep: waits that many seconds.
    """
    await sleep(probe.initial_delay_s)
    started_s = clock()
    due_s = started_s
    tally = Tally(probe=probe)
    while True:
        ok = await look(probe.handler, probe.timeout_s)
        regular = clock() >= due_s
        if regular:
            due_s += probe.period_s
        if ok or regular or not eager:
            before, tally = tally.result, tally.add(ok)
            if tally.result is not None and tally.result != before:
                decided(tally.result)
        if tally.result and until_success:
            return
        hasty = eager and tally.result is not True and clock() - started_s < EAGER_FOR_S and not tally.successes
        pause_s = max(0.0, due_s - clock())
        await sleep(min(EAGER_S, pause_s) if hasty else pause_s)


class Looker:
    """Asks a container, by the address its process listens on."""

    def __init__(self, container: Container, *, listen_ip: str, launch: Launch) -> None:
        self._container = container
        self._listen_ip = listen_ip
        self._launch = launch

    async def look(self, handler: Handler, timeout_s: float) -> bool:
        """Asks once; no answer within the time is a failure, a kind the node does not know is a success."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(handler)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            return False

    async def _ask(self, handler: Handler) -> bool:
        if handler.http is not None:
            return await self._http(handler.http)
        if handler.tcp is not None:
            _, writer = await asyncio.open_connection(self._listen_ip, self._container.port_number(handler.tcp))
            writer.close()
            return True
        if handler.command is not None:
            return await self._execute(handler.command)
        if handler.sleep_s is not None:
            await asyncio.sleep(handler.sleep_s)
        return True

    async def _http(self, call: HttpCall) -> bool:
        """One GET; 2xx and 3xx are success (a redirect is not followed)."""
        host, port = call.host or self._listen_ip, self._container.port_number(call.port)
        reader, writer = await asyncio.open_connection(
            host, port, ssl=_unverified() if call.scheme == "https" else None
        )
        try:
            named = {name.lower() for name, _ in call.headers}
            headers = [f"{name}: {value}" for name, value in call.headers]
            headers += [] if "host" in named else [f"Host: {host}:{port}"]
            headers += [] if "user-agent" in named else ["User-Agent: kube-probe/1.34"]
            lines = [f"GET /{call.path.lstrip('/')} HTTP/1.1", *headers, "Accept: */*", "Connection: close", "", ""]
            writer.write("\r\n".join(lines).encode())
            status = int((await reader.readline()).split(b" ")[1])
            await reader.read(_READ_BYTES)
        except IndexError:
            return False
        finally:
            writer.close()
        return 200 <= status < 400  # noqa: PLR2004 - HTTP: success and redirection

    async def _execute(self, command: tuple[str, ...]) -> bool:
        """Runs a command where the container runs: its environment, its limits."""
        launch = replace(self._launch, command=command, log_file=Path(os.devnull))
        if launch_error(launch) is not None:
            return False
        process = Process(launch)
        try:
            return await process.wait() == 0
        finally:
            process.kill_session()
            await process.wait()


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
