"""Whoever is told, as the routing has it: complete, with texts that can be rendered, and told when an alert is over."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from harness.core.alertmanager.inhibition import SidedAlert, inhibit_rules, probe
from harness.core.check import CheckFinding
from harness.core.errors import CouldNotTellError
from harness.core.judge.destinations import TextFault, judge_destinations
from harness.core.judge.inhibition import judge_inhibition
from harness.core.operator.integration import Integration, integrations
from harness.core.operator.manifest import ObjectFile
from harness.core.operator.plain_routing import PlainRouting
from harness.core.operator.reading import Field
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle
from harness.offline.check.routed import AT_A_TIME, Routed, documented_instances, walked
from harness.offline.check.routing_places import keys_of, routing_finding, top
from harness.toolchain.amtool_templates import text_faults


def destination_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """The receiver's destinations as they are written: complete, rendered, and told when an alert is over."""
    receiver, promised = bundle.contract.route.receiver, bundle.contract.route.told_when_over
    found = _found(bundle, receiver)
    instances = (documented_instances(one, bundle.subject, bundle.chart) for one in bundle.contract.alerts)
    alerts = [some[0] for some in instances]
    own = Field("", bundle.values_text.data).at("alertmanager")
    files = own.at("templateFiles").text_map()
    plain = bundle.routing if isinstance(bundle.routing, PlainRouting) else None
    settings = {*own.at("config", "global").names()} if plain is None or not plain.whole else set()
    settings |= set() if plain is None else {*plain.config.at("global").names()}
    known = plain is None or not plain.config.at("templates").filled
    faults: dict[str, TextFault] = {}
    why_not = ""

    def rendered(labels: Mapping[str, str]) -> tuple[TextFault, ...]:
        return text_faults(bundle.amtool, found, [labels], receiver=receiver, files=files, files_known=known)

    try:
        with ThreadPoolExecutor(AT_A_TIME) as several:
            for each in several.map(rendered, alerts):
                faults = {**{fault.path: fault for fault in each}, **faults}
    except CouldNotTellError as error:
        why_not = str(error)
    judgement = judge_destinations(receiver, found, settings=settings, faults=tuple(faults.values()), why_not=why_not)
    for one in judgement.findings:
        paths = [*faults, *(each.path for each in found)]
        path = next((each for each in paths if one.actual.startswith(each)), "")
        yield routing_finding(
            bundle,
            str(one.clause),
            f"receiver {receiver}",
            verdict=one.outcome,
            expected=one.expected,
            actual=one.actual,
            cause="" if one.outcome is Verdict.VERIFIED else one.actual,
            keys=keys_of(bundle, path) or ("receivers",),
        )
    for told in found:
        kind = told.name.rpartition("-")[0]
        if promised is not None and kind not in promised:
            continue
        why = f"{told.path} is not told of ends: send_resolved is false there, or by default for its kind"
        yield routing_finding(
            bundle,
            "send_resolved",
            f"receiver {receiver}, {told.name}",
            verdict=Verdict.VERIFIED if told.ends_told else Verdict.VIOLATED,
            expected="told when an alert is over",
            actual="it is" if told.ends_told else "it is not",
            cause="" if told.ends_told else why,
            keys=keys_of(bundle, f"{told.path}.{'sendResolved' if plain is None else 'send_resolved'}"),
        )


def _found(bundle: Bundle, receiver: str) -> tuple[Integration, ...]:
    for source in top(bundle).at("receivers").items():
        if source.at("name").text() == receiver:
            return integrations(source)
    return ()


def inhibition_findings(bundle: Bundle, routed: Routed) -> Iterator[CheckFinding]:
    """None of the documented alerts keeps another from being told."""
    rules = inhibit_rules(routed.config)
    labels = routed.labels
    sides = walked(bundle.amtool, probe(rules), labels) if rules else [() for _ in labels]
    alerts = [SidedAlert.of(given, names) for given, names in zip(labels, sides, strict=True)]
    judgement = judge_inhibition(rules, alerts)
    for one in islice(judgement.findings, 1):
        yield routing_finding(
            bundle,
            str(one.clause),
            "Alertmanager",
            verdict=one.outcome,
            expected=one.expected,
            actual=one.actual,
            cause="" if one.outcome is Verdict.VERIFIED else one.actual,
            keys=("inhibitRules",) if isinstance(bundle.routing, ObjectFile) else ("inhibit_rules",),
        )
