"""A container's environment and command line: pure, from the pod, the image table and looked-up objects.

Expansion: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from harness.core.errors import RetryableError
from harness.core.quantity import parse_quantity, whole
from harness.stacks.embedded.node.config import LocalImage
from harness.stacks.embedded.node.pod import Container, EnvSource, Handler, Pod, Reference

#: what a container keeps of the node's own environment: enough to find programs and Python packages, nothing more
INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "KUBEMIRROR_HARNESS_RUN",
)
_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_.\-][A-Za-z0-9_.\-]*)\)")
_KEYED = re.compile(r"metadata\.(?P<table>labels|annotations)\['(?P<key>[^']+)'\]")


class ConfigurationError(RetryableError):
    """A container cannot be created yet: what its environment refers to is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownwardValues:
    """What the downward API says beside the pod's own fields."""

    #: the address on which the process listens: what `status.podIP` gives *in the environment*, because a program
    #: binds to it; the pod's status has the other one, which the API accepts
    listen_ip: str
    host_ip: str
    #: what a missing limit stands for in resourceFieldRef
    node_cpu_cores: Decimal
    node_memory_bytes: Decimal


#: (source, object's name) -> the object's keys and values; None: there is no such object
Objects = Mapping[tuple[EnvSource, str], Mapping[str, str] | None]


def needed_objects(container: Container) -> tuple[tuple[EnvSource, str], ...]:
    """The Secrets and ConfigMaps to look up before `build_environment`."""
    named: list[tuple[EnvSource, str]] = [
        (variable.reference.source, variable.reference.name)
        for variable in container.environment
        if variable.reference is not None and variable.reference.source in {EnvSource.SECRET, EnvSource.CONFIG_MAP}
    ]
    named += [(source.source, source.name) for source in container.environment_from]
    return tuple(dict.fromkeys(named))


def refuse_unknown_features(container: Container) -> None:
    """Refuses what would otherwise silently not happen.

    Raises:
        ConfigurationError: the container is a sidecar, or one of its probes is of a kind the node cannot ask.
    """
    probes = [probe for probe in (container.startup, container.readiness, container.liveness) if probe is not None]
    unknown = "a sidecar (an init container with restartPolicy Always)" if container.is_sidecar else ""
    if any(probe.handler == Handler() for probe in probes):
        unknown = "a probe that is neither httpGet nor tcpSocket nor exec"
    if unknown:
        raise ConfigurationError(
            f"container {container.name} cannot be started",
            why=f"the process node does not know {unknown}",
            fix="leave it out, or use another stack",
        )


def build_environment(
    pod: Pod, container: Container, *, place: DownwardValues, objects: Objects, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The variables a container is started with, the pod's own winning over all others.

    Raises:
        ConfigurationError: a Secret, ConfigMap, key, field or resource is missing and not optional.
    """
    environment = {name: inherited[name] for name in INHERITED if name in inherited}
    environment["HOSTNAME"] = pod.name
    for every in container.environment_from:
        found = objects.get((every.source, every.name))
        if found is None and not every.optional:
            raise _missing(pod, every.source, every.name)
        environment.update({every.prefix + key: value for key, value in (found or {}).items()})
    for variable in container.environment:
        if variable.reference is None:
            environment[variable.name] = expand(variable.value, environment)
            continue
        value = _resolve(variable.reference, pod, container, place, objects)
        if value is not None:
            environment[variable.name] = value
    return environment


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Replaces `$(VAR)`; an unknown one stays as it is, and `$$` is a dollar sign."""

    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        return "$" if name is None else environment.get(name, found.group(0))

    return _REFERENCE.sub(replace, text)


def build_command(
    container: Container, image: LocalImage, environment: Mapping[str, str], *, python: str = sys.executable
) -> tuple[str, ...]:
    """The command line, by the rules for entry points and arguments.

    `command` replaces the table's whole command, `append_args` included: a patched `["false"]` runs just that. `args`
    stand where the image's default arguments would; `append_args` follow them.
    """
    expanded = tuple(expand(part, environment) for part in container.args)
    if container.command:
        return (*(expand(part, environment) for part in container.command), *expanded)
    entry = tuple(part.replace("{python}", python) for part in image.command)
    appended = tuple(expand(part.replace("{python}", python), environment) for part in image.append_args)
    return (*(expand(part, environment) for part in entry), *expanded, *appended)


def _resolve(
    reference: Reference, pod: Pod, container: Container, place: DownwardValues, objects: Objects
) -> str | None:
    match reference.source:
        case EnvSource.FIELD:
            return _field(reference.key, pod, place)
        case EnvSource.RESOURCE:
            return _resource(reference, pod, container, place)
        case _:
            found = objects.get((reference.source, reference.name))
            if found is not None and reference.key in found:
                return found[reference.key]
            if reference.optional:
                return None
            raise _missing(pod, reference.source, reference.name, reference.key if found is not None else "")


def _field(path: str, pod: Pod, place: DownwardValues) -> str:
    fields = {
        "metadata.name": pod.name,
        "metadata.namespace": pod.namespace,
        "metadata.uid": pod.uid,
        "spec.nodeName": pod.node_name,
        "spec.serviceAccountName": pod.service_account,
        "status.podIP": place.listen_ip,
        "status.podIPs": place.listen_ip,
        "status.hostIP": place.host_ip,
        "status.hostIPs": place.host_ip,
    }
    keyed = _KEYED.fullmatch(path)
    if keyed is not None:
        return dict(pod.labels if keyed["table"] == "labels" else pod.annotations).get(keyed["key"], "")
    if path in fields:
        return fields[path]
    raise ConfigurationError(
        f"pod {pod.namespace}/{pod.name} cannot be started",
        why=f"the process node does not know the field {path}",
        fix=f"use one of {', '.join(fields)}",
    )


def _resource(reference: Reference, pod: Pod, container: Container, place: DownwardValues) -> str:
    named = {other.name: other for other in (*pod.init_containers, *pod.containers)}
    resources = named.get(reference.name, container).resources
    kind, _, resource = reference.key.partition(".")
    value = resources.limit(resource) if kind == "limits" else resources.request(resource)
    if value is None and kind == "limits":
        value = {"cpu": place.node_cpu_cores, "memory": place.node_memory_bytes}.get(resource)
    divisor = parse_quantity(reference.divisor) or Decimal(1)
    return str(whole((value or Decimal(0)) / divisor))


def _missing(pod: Pod, source: EnvSource, name: str, key: str = "") -> ConfigurationError:
    kind = "secret" if source is EnvSource.SECRET else "configmap"
    why = f"couldn't find key {key} in {kind} {pod.namespace}/{name}" if key else f'{kind} "{name}" not found'
    return ConfigurationError(
        f"pod {pod.namespace}/{pod.name} cannot be started", why=why, fix=f"create the {kind}, or mark it optional"
    )
