"""The facts of an embedded stack that is up: where everything answers, its intervals, and what cannot be had on it."""

import base64

from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.core.timing_flags import resend_delay
from harness.stacks.base import Access, Capability, StackFacts
from harness.stacks.embedded.node.told import NodeTold
from harness.stacks.embedded.plan import FLOOR, Plan
from harness.stacks.embedded.refusals import Refusals
from harness.stacks.installed import selections_of

#: what cannot be had here, and why
NO_GRAFANA = "this stack has no Grafana"


def facts_of(plan: Plan, chart: Chart, speed: Speed, refusals: Refusals) -> StackFacts:
    """What is known of a stack that is up.

    Args:
        plan: by which it came up.
        chart: the subject's values.
        speed: of the stack.
        refusals: what of the subject was not taken.
    """
    settings, place = chart.prometheus, plan.operator.place
    return StackFacts(
        stack="embedded",
        run_id=plan.run.id,
        directory=plan.run.directory,
        speed=speed,
        access=Access(
            kubeconfig=plan.control_plane.kubeconfig,
            prometheus_url=f"http://{plan.prometheus_address}",
            alertmanager_url=f"http://{plan.alertmanager_address}",
            receiver_url=plan.receiver_url,
            receiver_token=plan.receiver_token,
            notify_url=plan.operator.receiver_url,
            cadvisor_url=plan.cadvisor_url,
        ),
        scrape_s=place.interval(settings.scrape_interval).seconds,
        evaluation_s=place.interval(settings.evaluation_interval).seconds,
        resend_s=resend_delay(speed, FLOOR).seconds,
        webhook_client_config={
            "url": plan.webhook_url,
            "caBundle": base64.b64encode(plan.agents.webhook_ca.encode()).decode(),
        },
        pod_address=plan.pod_address,
        refused=refusals.all(plan),
        manifests_refused=refusals.manifests,
        selections=selections_of(chart),
        cannot=_cannot(plan),
    )


def _cannot(plan: Plan) -> dict[Capability, str]:
    told = NodeTold.read(plan.run.directory)
    limits = {Capability.CONTAINER_FIGURES: told.no_limits} if told is not None and told.no_limits else {}
    return {Capability.GRAFANA: NO_GRAFANA, **limits}
