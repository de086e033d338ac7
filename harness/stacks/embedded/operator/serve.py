"""The loop: watch, translate when something changed, write, reload until both have taken it.

Secrets are not watched, a subject may have thousands: those that objects name are read, and looked at again and again.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from http import HTTPStatus
from pathlib import Path

import aiohttp
from ruamel.yaml import YAML

from harness.core.errors import RetryableError
from harness.core.operator.chart import Chart
from harness.core.operator.object_receiver import secrets_of
from harness.core.operator.place import Place
from harness.core.operator.reading import Custom, ShapeError
from harness.core.operator.translation import ALERTMANAGER_CONFIG, SECRET, Translation, translate
from harness.stacks.embedded.node.api import Api, ApiRefusedError, Change, ClientConfig, Event
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.files import Changed, generation, write_files
from harness.stacks.embedded.operator.status import OperatorStatus

CRDS = Path(__file__).parent.parent / "crds"

_CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_GROUP = "/apis/monitoring.coreos.com"
_PATHS = {
    "PrometheusRule": f"{_GROUP}/v1/prometheusrules",
    "ServiceMonitor": f"{_GROUP}/v1/servicemonitors",
    "AlertmanagerConfig": f"{_GROUP}/v1alpha1/alertmanagerconfigs",
    "Namespace": "/api/v1/namespaces",
}
#: `kubectl apply` of several files comes in a burst; one reload for all of it
_QUIET_S = 0.05
#: pause before asking again a program that is not up yet
_RETRY_S = 0.1
#: pause before looking again at the Secrets that objects name
_SECRETS_S = 1.0

Key = tuple[str, str, str]


async def serve(config: OperatorConfig) -> None:
    """Works until it is cancelled. Creates the CRDs first where they are missing.

    Raises:
        ShapeError: the chart's values cannot be used; nothing was written.
        MisuseError: the kubeconfig cannot be used.
    """
    operator = _Operator(config)
    async with Api(ClientConfig.read(config.kubeconfig)) as api:
        await create_crds(api)
        async with asyncio.TaskGroup() as tasks:
            for kind in _PATHS:
                tasks.create_task(operator.watch(api, kind))
            tasks.create_task(operator.work(api))
            tasks.create_task(operator.follow_secrets(api))


async def create_crds(api: Api) -> None:
    """Creates what is missing of the three CRDs, and returns once all are served.

    Raises:
        ApiRefusedError: the API server refuses one.
    """
    for path in sorted(CRDS.glob("*.yaml")):
        try:
            await api.post(_CRD_PATH, YAML(typ="safe", pure=True).load(path.read_text()))
        except ApiRefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
    for kind in ("PrometheusRule", "ServiceMonitor", "AlertmanagerConfig"):
        while not await _served(api, _PATHS[kind]):  # noqa: ASYNC110 - the server tells nobody; it takes about 0.1 s
            await asyncio.sleep(_QUIET_S)


async def _served(api: Api, path: str) -> bool:
    try:
        await api.get(path, limit="1")
    except ApiRefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True


class Inventory:
    """The objects that count, with what of them counts: a change of anything else changes nothing."""

    def __init__(self) -> None:
        self._objects: dict[Key, str] = {}
        self._listed: set[str] = set()

    def apply(self, kind: str, event: Event) -> bool:
        """Takes one event in; whether anything that counts has changed."""
        before = self._counting(kind)
        first = kind not in self._listed
        if event.change is Change.LISTED:
            self._listed.add(kind)
            self._objects = {key: text for key, text in self._objects.items() if key[0] != kind}
        for document in event.objects:
            metadata = document.at("metadata")
            key = (kind, metadata.text("namespace"), metadata.text("name"))
            if event.change is Change.DELETED:
                self._objects.pop(key, None)
            else:
                self._objects[key] = json.dumps(
                    {
                        "kind": kind,
                        "metadata": {
                            "namespace": metadata.text("namespace"),
                            "name": metadata.text("name"),
                            "uid": metadata.text("uid"),
                            "labels": dict(metadata.at("labels").content),
                        },
                        "spec": dict(document.at("spec").content),
                    }
                )
        return first or before != self._counting(kind)

    def _counting(self, kind: str) -> dict[Key, str]:
        """The objects of a kind that selections depend on: of namespaces, those that hold other objects."""
        if kind == "Namespace":
            held = {(kind, "", key[1]) for key in self._objects}
            return {key: self._objects[key] for key in held if key in self._objects}
        return {key: text for key, text in self._objects.items() if key[0] == kind}

    @property
    def complete(self) -> bool:
        """Whether every kind has been listed once."""
        return self._listed == set(_PATHS)

    @property
    def secrets(self) -> frozenset[tuple[str, str]]:
        """Namespace and name of each Secret that an object names."""
        found: set[tuple[str, str]] = set()
        for key, text in self._objects.items():
            if key[0] == ALERTMANAGER_CONFIG:
                with suppress(ShapeError):  # the translation says so
                    found |= {*secrets_of(Custom.read(json.loads(text)))}
        return frozenset(found)

    def translation(self, chart: Chart, place: Place, secrets: Iterable[Mapping[str, object]] = ()) -> Translation:
        """What the objects come to.

        Args:
            chart: the chart's values.
            place: where the result runs.
            secrets: that objects name, as the Kubernetes API gives them.

        Raises:
            ShapeError: as `translate`.
        """
        objects = [json.loads(text) for key, text in self._objects.items() if key[0] != "Namespace"]
        namespaces = {
            key[2]: json.loads(text)["metadata"]["labels"]
            for key, text in self._objects.items()
            if key[0] == "Namespace"
        }
        return translate([*objects, *secrets], namespaces, chart, place)


class _Reload(Enum):
    """What came of asking for a reload."""

    TAKEN = auto()
    #: the content is wrong; asking again does not help
    REFUSED = auto()
    #: to be asked again
    NOT_UP = auto()


class _Operator:
    def __init__(self, config: OperatorConfig) -> None:
        self._config = config
        self._chart, self._place = config.chart, config.place
        self._inventory = Inventory()
        self._changed = asyncio.Event()
        #: as they were read for the last translation
        self._read: tuple[Mapping[str, object], ...] = ()
        self._status = OperatorStatus(generation="")

    async def watch(self, api: Api, kind: str) -> None:
        async for event in api.watch(_PATHS[kind]):
            if self._inventory.apply(kind, event):
                self._changed.set()

    async def work(self, api: Api) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            owed = Changed(prometheus=False, alertmanager=False)
            while True:
                if not (owed.prometheus or owed.alertmanager):
                    await self._changed.wait()
                    await asyncio.sleep(_QUIET_S)
                if self._changed.is_set() and self._inventory.complete:
                    self._changed.clear()
                    try:
                        self._read = await self._secrets(api)
                    except RetryableError:  # what is loaded stays
                        self._changed.set()
                        await asyncio.sleep(_RETRY_S)
                        continue
                    written = self._write(self._read)
                    owed = Changed(
                        prometheus=owed.prometheus or written.prometheus,
                        alertmanager=owed.alertmanager or written.alertmanager,
                    )
                    # before the reloads, which take a while: nobody shall take the old state for the new one
                    self._status.write(self._config.status_file)
                owed = await self._reload(session, owed)
                self._status.write(self._config.status_file)
                if owed.prometheus or owed.alertmanager:
                    await asyncio.sleep(_RETRY_S)

    async def follow_secrets(self, api: Api) -> None:
        """One that is made, changed or deleted later is translated as a changed object is."""
        while True:
            await asyncio.sleep(_SECRETS_S)
            with suppress(RetryableError):  # what is loaded stays
                if self._inventory.complete and await self._secrets(api) != self._read:
                    self._changed.set()

    async def _secrets(self, api: Api) -> tuple[Mapping[str, object], ...]:
        """Those that objects name and that are there."""
        found = []
        for namespace, name in sorted(self._inventory.secrets):
            try:
                one = await api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
                found.append({"kind": SECRET, **one.content})
            except ApiRefusedError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
        return tuple(found)

    def _write(self, secrets: Iterable[Mapping[str, object]]) -> Changed:
        try:
            translation = self._inventory.translation(self._chart, self._place, secrets)
        except ShapeError as error:
            self._status = replace(self._status, problem=error.what)
            return Changed(prometheus=False, alertmanager=False)
        new, kept = generation(translation), self._status
        changed = write_files(translation, self._config)
        # what runs the old content and did not change runs the new one; a refused or unanswered reload is asked again
        prometheus_current = (
            kept.generation and kept.prometheus_generation == kept.generation and not changed.prometheus
        )
        alertmanager_current = (
            kept.generation and kept.alertmanager_generation == kept.generation and not changed.alertmanager
        )
        self._status = OperatorStatus(
            generation=new,
            prometheus_generation=new if prometheus_current else "",
            alertmanager_generation=new if alertmanager_current else "",
            accepted=translation.accepted,
            rejected=translation.rejected,
        )
        return Changed(prometheus=not prometheus_current, alertmanager=not alertmanager_current)

    async def _reload(self, session: aiohttp.ClientSession, owed: Changed) -> Changed:
        current = self._status.generation
        if owed.prometheus:
            answer = await self._post_reload(session, self._config.prometheus_address)
            owed = replace(owed, prometheus=answer is _Reload.NOT_UP)
            if answer is _Reload.TAKEN:
                self._status = replace(self._status, prometheus_generation=current)
        if owed.alertmanager:
            answer = await self._post_reload(session, self._config.alertmanager_address)
            owed = replace(owed, alertmanager=answer is _Reload.NOT_UP)
            if answer is _Reload.TAKEN:
                self._status = replace(self._status, alertmanager_generation=current)
        return owed

    async def _post_reload(self, session: aiohttp.ClientSession, address: str) -> _Reload:
        try:
            async with session.post(f"http://{address}/-/reload") as response:
                if response.status == HTTPStatus.OK:
                    return _Reload.TAKEN
                if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    return _Reload.NOT_UP
                why = re.sub(r"\s+", " ", await response.text()).strip()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return _Reload.NOT_UP
        self._status = replace(self._status, problem=f"{address} refused to reload: {why}")
        return _Reload.REFUSED
