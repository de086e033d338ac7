"""Window: a span of time of what one Prometheus has recorded, with the pace at which it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.clients.querier import Querier
from harness.core.contract.model import Contract
from harness.core.contract.quantity import Exporter, Quantity
from harness.core.judge import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """All that the gathering of evidence needs to know. Unix times, seconds of the clock."""

    prometheus: Querier
    contract: Contract
    #: with the evaluation interval of groups that have none of their own
    pace: Pace
    start_s: float
    end_s: float
    #: the `job` of the subject's targets
    job: str
    #: how old figures may be that were just scraped, by who tells them; those of an absent one are new at each scrape
    refresh_s: Mapping[Exporter, float] = field(default_factory=dict)
    #: rule group -> how far its evaluations look back (`query_offset`); 0 where it is not there
    offsets_s: Mapping[str, float] = field(default_factory=dict)

    def refresh_of(self, quantity: Quantity) -> float:
        """How old what was just scraped of a documented quantity may be."""
        return self.refresh_s.get(quantity.definition.exporter, 0.0)
