"""From the ServiceMonitor to the controller's page, as the manifests say it: the links that preflight looks at live.

What is taken up by whom, which Service the monitor selects, which pods that Service, and by which port: the same judge
as on a stack, with facts from files. What a run sees besides (that a pod starts, that the page answers) no file says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.core.check import CheckFinding
from harness.core.files.mistakes import Path as Keys
from harness.core.judge.finding import Clause, Finding
from harness.core.judge.preflight import Installed, ObjectFact
from harness.core.judge.preflight.link import Link, LinkState, judged
from harness.core.judge.preflight.monitor import monitor_parts
from harness.core.judge.preflight.stated import monitor_fact, service_fact, workload_fact
from harness.core.judge.preflight.taken_up import selected
from harness.core.nearest import shown as likeliest
from harness.core.operator.manifest import Manifest, ObjectFile
from harness.core.operator.reading import Custom, Field
from harness.core.operator.translation import ALERTMANAGER_CONFIG, RULE
from harness.core.promql import PromQLError
from harness.core.promql.tree import VectorSelector
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, lines_of, shown
from harness.stacks.installed import selections_of

_DEPLOYMENT, _SERVICE = "Deployment", "Service"
#: the links that hang on each other, in the order of causes
_CHAIN = {
    Clause.SELECTED: "Prometheus takes the ServiceMonitor up",
    Clause.SERVICE: "the ServiceMonitor selects the Service",
    Clause.PORT: "the ServiceMonitor names a port of the Service",
    Clause.ENDPOINTS: "the Service leads to the controller's pods",
}
#: where the chart's values speak of Prometheus
_SPEC = ("prometheus", "prometheusSpec")
_VALUES_SAY = "the values of the chart say"
#: what a relabeling does to a whole target
_SIEVES = ("keep", "drop", "keepequal", "dropequal")


def scraping_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """Who takes up the objects, and whether the monitor leads to the controller."""
    installed = installed_of(bundle)
    yield from _taken_up(bundle, installed)
    yield from _workload(bundle, installed)
    state = judged(Link.TARGET, monitor_parts(installed))
    yield from _chain(bundle, state)
    if state.holds and installed.workload is not None and installed.workload.exists:
        yield from _page(bundle, installed)
    yield from _rhythm(bundle, installed)


def installed_of(bundle: Bundle) -> Installed:
    """The facts that the files tell, as if everything had been applied and taken."""
    subject = bundle.subject
    routing = (bundle.routing.manifest,) if isinstance(bundle.routing, ObjectFile) else ()
    customs = [Custom.read(one) for one in (bundle.rule.manifest, bundle.monitor.manifest, *routing)]
    monitor = Custom.read(bundle.monitor.manifest)
    deployments = {one.at("metadata", "name").text(): one for one in _of_kind(bundle, _DEPLOYMENT)}
    return Installed(
        service=subject.workload.service,
        metrics_port=subject.workload.metrics_port,
        metrics_path=subject.workload.metrics_path,
        objects={
            one.kind: ObjectFact(kind=one.kind, namespace=one.namespace, name=one.name, labels=one.labels)
            for one in customs
        },
        selections=selections_of(bundle.chart),
        namespaces={
            one.at("metadata", "name").text(): one.at("metadata", "labels").text_map()
            for one in map(_field, bundle.manifests)
            if one.at("kind").text() == "Namespace"
        },
        workload=workload_fact(
            deployments.get(subject.workload.deployment),
            namespace=subject.namespace,
            name=subject.workload.deployment,
            deployments=deployments,
        ),
        monitor=monitor_fact(monitor.spec, monitor.namespace),
        services=[service_fact(one) for one in _of_kind(bundle, _SERVICE, anywhere=True)],
    )


def _field(one: Manifest) -> Field:
    return Field("", one)


def _of_kind(bundle: Bundle, kind: str, *, anywhere: bool = False) -> Iterator[Field]:
    """The objects of a kind in the subject's namespace, or in any."""
    for one in map(_field, bundle.manifests):
        inside = one.at("metadata", "namespace").text() == bundle.subject.namespace
        if one.at("kind").text() == kind and (anywhere or inside):
            yield one


def _taken_up(bundle: Bundle, installed: Installed) -> Iterator[CheckFinding]:
    """Rules and route; the monitor's is the first link of its chain."""
    for kind, document in (
        (RULE, bundle.rule.document),
        (ALERTMANAGER_CONFIG, bundle.routing.document),
    ):
        part = selected(installed, kind)
        if part is not None:
            file = shown(Path(document.source))
            line = document.place(("metadata", "labels")).line
            title = installed.objects[kind].title
            yield _made(part.finding, title, cause=part.cause, file=file, line=line)


def _workload(bundle: Bundle, installed: Installed) -> Iterator[CheckFinding]:
    """The Deployment and container that the subject file names, with pods of its own."""
    work, named = installed.workload, bundle.subject.workload
    if work is None:
        return
    expected = f"{work.title} with a container {named.container}, which the subject file names"
    if not work.exists:
        there = likeliest(named.deployment, work.deployments)
        cause = f"the subject file names the Deployment {named.deployment}; the manifests bring {there}"
        yield _deployment(bundle, Verdict.VIOLATED, expected, f"the manifests bring {there}", cause)
        return
    (one,) = (one for one in _of_kind(bundle, _DEPLOYMENT) if one.at("metadata", "name").text() == named.deployment)
    template = one.at("spec", "template")
    containers = [container.at("name").text() for container in template.at("spec", "containers").items()]
    if named.container not in containers:
        there = likeliest(named.container, containers)
        cause = f"the subject file names the container {named.container}; its pods have {there}"
        yield _deployment(bundle, Verdict.VIOLATED, expected, f"its containers are {there}", cause)
        return
    asked = one.at("spec", "selector", "matchLabels").text_map()
    missing = {key: value for key, value in asked.items() if work.pod_labels.get(key) != value}
    if missing:
        labels = ", ".join(f"{key}={value}" for key, value in missing.items())
        cause = f"its selector asks for {labels}, which its pods' template has not: the API server refuses it"
        yield _deployment(bundle, Verdict.VIOLATED, f"{work.title} selects its own pods", cause, cause)
        return
    yield _deployment(bundle, Verdict.VERIFIED, expected, "it is there", "")


def _deployment(bundle: Bundle, verdict: Verdict, expected: str, actual: str, cause: str) -> CheckFinding:
    name = bundle.subject.workload.deployment
    file, line = bundle.written.place(_DEPLOYMENT, name, "spec", "selector")
    return CheckFinding(
        check="deployment",
        about=f"Deployment {name}",
        verdict=verdict,
        expected=expected,
        actual=actual,
        cause=cause,
        file=shown(file),
        line=line,
        command=_built(bundle),
    )


def _chain(bundle: Bundle, state: LinkState) -> Iterator[CheckFinding]:
    """The links up to the first that does not hold; what hangs on that one is not looked at."""
    name = Custom.read(bundle.monitor.manifest)
    about, found = f"ServiceMonitor {name.namespace}/{name.name}", state.judgement.findings
    for one in found:
        broken = one.outcome is not Verdict.VERIFIED
        cause = state.judgement.cause if broken else ""
        file, line = _place(bundle, one.clause, cause)
        yield _made(one, about, cause=cause, file=file, line=line)
    root = "the Deployment, which is not there" if state.holds else str(found[-1].clause)
    for clause in list(_CHAIN)[len(found) :]:
        yield CheckFinding(
            check=str(clause),
            about=about,
            verdict=Verdict.SKIPPED,
            expected=_CHAIN[clause],
            actual="not looked at",
            cause=f"it hangs on {root}",
        )


def _place(bundle: Bundle, clause: Clause, cause: str) -> tuple[str, int | None]:
    """Where a link of the chain is written, as far as that can be told."""
    document, workload = bundle.monitor.document, bundle.subject.workload
    monitor = shown(Path(document.source))
    if clause is Clause.SELECTED:
        return monitor, document.place(("metadata", "labels")).line
    if clause is Clause.PORT:
        return monitor, document.place(("spec", "endpoints", 0, "port")).line
    if clause is Clause.SERVICE:
        part = "namespaceSelector" if "namespaceSelector" in cause else "selector"
        if part in Custom.read(bundle.monitor.manifest).spec.names():
            return monitor, document.place(("spec", part)).line
        file, line = bundle.written.place(_SERVICE, workload.service, "metadata", "namespace")
        return shown(file), line
    if "sends to a container port" in cause:
        file, line = bundle.written.place(_SERVICE, workload.service, "spec", "ports", 0, "targetPort")
    else:
        file, line = bundle.written.place(_SERVICE, workload.service, "spec", "selector")
    return shown(file), line


def _page(bundle: Bundle, installed: Installed) -> Iterator[CheckFinding]:
    """The endpoint that leads to the controller's page: its path and port, its job, and what it lets through."""
    spec, workload = Custom.read(bundle.monitor.manifest).spec, bundle.subject.workload
    leading = [
        (number, point)
        for number, point in enumerate(spec.at("endpoints").items())
        if workload.metrics_port in _numbers(installed, point)
    ]
    first = next(iter(spec.at("endpoints").items()))
    expected = f"port {workload.metrics_port} and path {workload.metrics_path}, as the subject file says"
    if not leading:
        numbers = ", ".join(map(str, sorted(_numbers(installed, first)))) or "one that nobody declares"
        cause = f"the monitor leads to port {numbers}, and by the subject file it is {workload.metrics_port}"
        yield _monitor(
            bundle,
            "page",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual=f"port {numbers}",
            cause=cause,
            keys=("endpoints", 0, "port"),
        )
        return
    right = [one for one in leading if (one[1].at("path").text() or "/metrics") == workload.metrics_path]
    if not right:
        number, point = leading[0]
        path = point.at("path").text() or "/metrics"
        cause = f"the monitor asks for {path}, and by the subject file the page is {workload.metrics_path}"
        keys = ("endpoints", number, "path")
        yield _monitor(
            bundle, "page", verdict=Verdict.VIOLATED, expected=expected, actual=f"path {path}", cause=cause, keys=keys
        )
        return
    number, point = right[0]
    yield _monitor(
        bundle, "page", verdict=Verdict.VERIFIED, expected=expected, actual="the same", keys=("endpoints", number)
    )
    yield _job(bundle, installed, [*point.at("relabelings").items(), *point.at("metricRelabelings").items()])
    for key in ("relabelings", "metricRelabelings"):
        if any(one.at("action").text().lower() in _SIEVES for one in point.at(key).items()):
            yield _monitor(
                bundle,
                key,
                verdict=Verdict.SKIPPED,
                expected="every documented series is kept",
                actual=f"{key} keep some and drop others",
                cause="which of them match can only be seen live",
                keys=("endpoints", number, key),
            )


def _numbers(installed: Installed, point: Field) -> set[int]:
    """The container's ports that an endpoint leads to."""
    ports = {} if installed.workload is None else installed.workload.ports
    names: list[str] = []
    if point.at("port").text():
        for service in installed.services or ():
            if service.name == installed.service:
                names += [one.target for one in service.ports if one.name == point.at("port").text()]
    elif (target := point.at("targetPort").content) is not None:
        names.append(str(target))
    return {int(name) if name.isdigit() else ports[name] for name in names if name.isdigit() or name in ports}


def _job(bundle: Bundle, installed: Installed, relabelings: Sequence[Field]) -> CheckFinding:
    """The job that rules select: the Service's name, unless the monitor takes another label for it."""
    label = Custom.read(bundle.monitor.manifest).spec.at("jobLabel").text()
    service = next(one for one in installed.services or () if one.name == installed.service)
    job = service.labels.get(label, "") if label else ""
    actual, expected = job or service.name, f'job="{service.name}"'
    if any(one.at("targetLabel").text() == "job" for one in relabelings):
        cause = "a relabeling writes the label job: to what can only be seen live"
        keys = ("endpoints",)
        return _monitor(
            bundle, "job", verdict=Verdict.SKIPPED, expected=expected, actual="relabelled", cause=cause, keys=keys
        )
    selected_jobs = _selected_jobs(bundle)
    if actual == service.name:
        return _monitor(
            bundle, "job", verdict=Verdict.VERIFIED, expected=expected, actual="the Service's name", keys=("jobLabel",)
        )
    if service.name in selected_jobs:
        cause = f"jobLabel: {label} makes the job {actual}, and rules select job={service.name}"
        return _monitor(
            bundle,
            "job",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual=f'job="{actual}"',
            cause=cause,
            keys=("jobLabel",),
        )
    cause = f"jobLabel: {label} makes the job {actual}; this harness finds the series by the Service's name"
    return _monitor(
        bundle,
        "job",
        verdict=Verdict.UNKNOWN,
        expected=expected,
        actual=f'job="{actual}"',
        cause=cause,
        keys=("jobLabel",),
    )


def _selected_jobs(bundle: Bundle) -> set[str]:
    found: set[str] = set()
    for group in bundle.rules.groups:
        for rule in group.rules:
            try:
                nodes = list(rule.expression.nodes())
            except PromQLError:
                continue
            for node in nodes:
                if isinstance(node, VectorSelector):
                    found |= {one.value for one in node.matchers if one.label == "job"}
    return found


def _rhythm(bundle: Bundle, installed: Installed) -> Iterator[CheckFinding]:
    """How often is scraped and evaluated."""
    contract, chart = bundle.contract, bundle.chart.prometheus
    points = list(enumerate(Custom.read(bundle.monitor.manifest).spec.at("endpoints").items()))
    mine = [one for one in points if bundle.subject.workload.metrics_port in _numbers(installed, one[1])]
    for number, point in mine or points:
        own = point.at("interval").duration()
        every = own or chart.scrape_interval
        right = every == contract.scrape_interval
        made = _monitor(
            bundle,
            "interval",
            verdict=Verdict.VERIFIED if right else Verdict.VIOLATED,
            expected=f"scraped every {contract.scrape_interval}",
            actual=f"every {every}",
            cause="" if right else f"{'the monitor says' if own else _VALUES_SAY} {every}",
            keys=("endpoints", number, "interval"),
        )
        yield made if own else _in_values(bundle, made, "scrapeInterval")
    for number, group in enumerate(Custom.read(bundle.rule.manifest).spec.at("groups").items()):
        yield _evaluated(bundle, number, group)


def _evaluated(bundle: Bundle, number: int, group: Field) -> CheckFinding:
    """A group with an interval of its own may have its reasons: what that does to its rules is measured."""
    promised, own = bundle.contract.evaluation_interval, group.at("interval").duration()
    every = own or bundle.chart.prometheus.evaluation_interval
    file = shown(bundle.subject.files.rules)
    line = bundle.rule.document.place(("spec", "groups", number, "interval")).line
    differs = Verdict.VIOLATED if own is None else Verdict.SKIPPED
    why = _VALUES_SAY if own is None else "the group says for itself"
    made = CheckFinding(
        check="interval",
        about=f"group {group.at('name').text()}",
        verdict=Verdict.VERIFIED if every == promised else differs,
        expected=f"evaluated every {promised}",
        actual=f"every {every}",
        cause="" if every == promised else f"{why} {every}",
        file=file,
        line=line,
        command=lines_of(file, line),
    )
    return made if own else _in_values(bundle, made, "evaluationInterval")


def _in_values(bundle: Bundle, one: CheckFinding, key: str) -> CheckFinding:
    """The same, with the chart's values to blame."""
    file, line = shown(bundle.subject.files.chart_values), bundle.values_text.place((*_SPEC, key)).line
    return replace(one, file=file, line=line, command=lines_of(file, line))


def _monitor(
    bundle: Bundle, check: str, *, verdict: Verdict, expected: str, actual: str, keys: Keys, cause: str = ""
) -> CheckFinding:
    document = bundle.monitor.document
    file, line = shown(Path(document.source)), document.place(("spec", *keys)).line
    custom = Custom.read(bundle.monitor.manifest)
    return CheckFinding(
        check=check,
        about=f"ServiceMonitor {custom.namespace}/{custom.name}",
        verdict=verdict,
        expected=expected,
        actual=actual,
        cause=cause,
        file=file,
        line=line,
        command=lines_of(file, line),
    )


def _made(one: Finding, about: str, *, cause: str, file: str, line: int | None) -> CheckFinding:
    return CheckFinding(
        check=str(one.clause),
        about=about,
        verdict=one.outcome,
        expected=one.expected,
        actual=one.actual,
        cause=cause,
        file=file,
        line=line,
        command=lines_of(file, line),
    )


def _built(bundle: Bundle) -> str:
    """The command that shows the objects as they are applied."""
    (source, *_) = bundle.subject.files.manifests
    return f"kubectl kustomize {shown(source)}" if Path(source).is_dir() else f"cat {shown(source)}"
