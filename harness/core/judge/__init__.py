"""Judging: from evidence to a verdict on one promise. Pure: what is not handed in is not known."""

from harness.core.contract.matrix import Expectation
from harness.core.judge.case import (
    Component,
    DeliveryCase,
    DeliveryPace,
    Disruption,
    LifeCase,
    OtherAlert,
    Pace,
    RuleFact,
    Scrape,
    SelectorFact,
    SilenceCase,
)
from harness.core.judge.dashboard import (
    PanelCase,
    QueryFact,
    judge_dashboard,
    judge_panel,
    paired,
    promised_series,
)
from harness.core.judge.finding import Clause, Finding, Judgement, Observed, weigh
from harness.core.judge.lifecycle import judge_life
from harness.core.judge.loaded import judge_metric
from harness.core.judge.silence import judge_silence

__all__ = [
    "Clause",
    "Component",
    "DeliveryCase",
    "DeliveryPace",
    "Disruption",
    "Expectation",
    "Finding",
    "Judgement",
    "LifeCase",
    "Observed",
    "OtherAlert",
    "Pace",
    "PanelCase",
    "QueryFact",
    "RuleFact",
    "Scrape",
    "SelectorFact",
    "SilenceCase",
    "judge_dashboard",
    "judge_life",
    "judge_metric",
    "judge_panel",
    "judge_silence",
    "paired",
    "promised_series",
    "weigh",
]
