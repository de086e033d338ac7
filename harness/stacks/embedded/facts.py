"""The facts of an embedded stack that is up: where everything answers, its intervals, and what cannot be had on it."""

import base64

from harness.stacks.base import Access, Capability, StackFacts
from harness.stacks.embedded.node.told import NodeTold
from harness.stacks.embedded.plan import Plan
from harness.stacks.embedded.refusals import EmbeddedRefusals
from harness.stacks.installed import selections_of

#: what cannot be had here, and why
NO_GRAFANA = "this stack has no Grafana"


def facts_of(plan: Plan, refusals: EmbeddedRefusals) -> StackFacts:
    """What is known of a stack that is up.

    Args:
        plan: by which it came up.
        refusals: what of the subject was not taken.
    """
    settings = plan.chart.prometheus
    return StackFacts(
        stack="embedded",
        run_id=plan.run.id,
        directory=plan.run.directory,
        speed=plan.speed,
        access=Access(
            kubeconfig=plan.control_plane.kubeconfig,
            prometheus_url=f"http://{plan.prometheus_address}",
            alertmanager_url=f"http://{plan.alertmanager_address}",
            receiver_url=plan.receiver_url,
            receiver_token=plan.receiver_token,
            notify_url=plan.notify_url,
            cadvisor_url=plan.cadvisor_url,
        ),
        scrape_s=settings.scrape_interval.seconds,
        evaluation_s=settings.evaluation_interval.seconds,
        resend_s=plan.flags.resend_delay.seconds,
        webhook_client_config={
            "url": plan.webhook_url,
            "caBundle": base64.b64encode(plan.agents.webhook_ca.encode()).decode(),
        },
        pod_address=plan.pod_address,
        refused=refusals.all(plan),
        manifests_refused=refusals.manifests,
        selections=selections_of(plan.chart),
        cannot=_cannot(plan),
        plain_routing=not plan.objects.routes,
    )


def _cannot(plan: Plan) -> dict[Capability, str]:
    told = NodeTold.read(plan.run.directory)
    limits = {Capability.CONTAINER_FIGURES: told.no_limits} if told is not None and told.no_limits else {}
    return {Capability.GRAFANA: NO_GRAFANA, **limits}
