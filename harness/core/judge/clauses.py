"""What each clause of a verdict looks at, and when it is VIOLATED or UNKNOWN: `docs/clauses.md` is made of it.

What holds for all of them is said once: how findings become a verdict is `harness.core.judge.finding`'s, a clause that
an earlier one makes pointless is SKIPPED, and what a failure of the place can have caused is UNKNOWN, with that cause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.judge.finding import Clause

#: the place and not the subject may be to blame
_PLACE = "the machine, Prometheus, Alertmanager or a connection failed meanwhile"
_UNREAD = "never: what the text does not tell for certain is SKIPPED, and told as not proved"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One clause, in words."""

    looks_at: str
    #: the clause is broken when
    violated: str
    #: nothing can be said when; empty where that cannot be
    unknown: str = ""


MEANINGS: Final[Mapping[Clause, Meaning]] = {
    Clause.WRITTEN: Meaning("the rule, by name, labels and group, in the file", "no rule fits the promise", _UNREAD),
    Clause.TAKEN: Meaning(
        "whether API server, operator, Prometheus and Alertmanager take an object", "it is refused, with its reason"
    ),
    Clause.STARTED: Meaning(
        "the controller's Deployment and its pods before any scenario",
        "there is none, it asks for no pod, or its pods crash, cannot be made or started, or do not get ready",
        "no node takes a pod, an image is not there, they were still on their way, or the stack did not come up",
    ),
    Clause.SELECTED: Meaning(
        "labels and namespace of rules, monitor or route, beside what Prometheus or Alertmanager selects",
        "they are not selected; the label to blame is named",
    ),
    Clause.SERVICE: Meaning("the ServiceMonitor's selector", "it does not select the subject's Service"),
    Clause.PORT: Meaning(
        "the ports that the ServiceMonitor names",
        "it names none, or none of them is one of a selected Service or, for `targetPort`, of a container",
    ),
    Clause.ENDPOINTS: Meaning(
        "whether a selected Service leads to the controller's pods: by its selector, and by the port that is asked for",
        "none of them does",
    ),
    Clause.LOADED: Meaning(
        "rules in Prometheus, or the dashboard and its panels in Grafana, beside the files",
        "one is not there, is another, or cannot be evaluated",
        "it has not been evaluated yet, its query timed out, or no rule is documented",
    ),
    Clause.HEALTHY: Meaning(
        "the target's scrapes and each rule's evaluation, before any scenario",
        "all scrapes fail for good, or a rule ends with an error",
        "there was no scrape or evaluation yet, a scrape timed out, or it may yet succeed",
    ),
    Clause.CONDITION: Meaning(
        "whether the witness saw the fault take effect, for long enough",
        "never: a fault that does not work says nothing about the alert",
        "the witness saw nothing, or the effect did not last and the alert did not fire",
    ),
    Clause.THRESHOLD: Meaning(
        "the documented number, side and unit: in the rule's text, and by the readings on both sides of it",
        "the text has another, or the alert was active below it, or inactive above it",
        f"the readings came not as near on both sides as the scenario wants, or {_PLACE}",
    ),
    Clause.PENDING: Meaning(
        "the instant at which the alert became active",
        "it was never pending, before the condition was true, or too late",
        f"nobody saw it become so, the condition was too short, the clocks differ by too much, or {_PLACE}",
    ),
    Clause.WINDOW: Meaning("the range over which the rule counts", "it counts over another one only", _UNREAD),
    Clause.HOLD: Meaning("`for` of the rule, in its text", "it is not the documented one"),
    Clause.KEEP_FIRING: Meaning("`keep_firing_for` of the rule, in its text", "it is not the documented one"),
    Clause.NOT_BEFORE_HOLD: Meaning(
        "the time from pending to firing", "it fired before its `for` was over", "its beginning was not seen"
    ),
    Clause.FIRING: Meaning(
        "whether it fires once its `for` is over",
        "it fires later than at the first evaluation after that, is still pending then, ended while the condition went "
        "on, or its label sets follow one another",
        f"the condition did not last, the watch ended before, it was inactive for a moment, or {_PLACE}",
    ),
    Clause.INSTANCES: Meaning("the label sets that fired", "others than the one under the fault fired as well"),
    Clause.LABELS: Meaning(
        "labels beside the contract's, of alerts and metrics; the label `job` of the controller's target",
        "one is missing or has another value, or an alert has one too many",
        "the target's `job` is not its Service's name; what a rule's text does not tell is SKIPPED",
    ),
    Clause.SEVERITY: Meaning(
        "the label `severity`", "it is not the documented one", "never: a template in the text is SKIPPED"
    ),
    Clause.DELIVERED: Meaning(
        "the notification that it fires",
        "none arrived, or too late",
        f"somebody silenced it, it ended before what inhibits it did, the watch ended too early, or {_PLACE}",
    ),
    Clause.RECEIVER: Meaning("who was told", "the documented receiver is not among them"),
    Clause.ANNOTATIONS: Meaning(
        "annotations in the text and in the notification",
        "one is missing, is a fixed text, has two signs, lacks a label, or its number is not the measured one",
    ),
    Clause.RESOLVED: Meaning(
        "the instant at which it became inactive",
        "it ended before the condition and its `keep_firing_for` did, or goes on after them",
        f"the fault was not undone, the witness saw no end or was too near the threshold, or {_PLACE}",
    ),
    Clause.RESOLVED_DELIVERED: Meaning(
        "the notification that it is over",
        "none arrived, or too late; or a destination is told of no end, or is not there, of which that is promised",
        f"the fault was not undone, or {_PLACE}",
    ),
    Clause.SILENT: Meaning(
        "an alert that a fault must not make fire",
        "it fired, somebody was told, or at the end it was pending for longer than its documented `for`",
        f"it was pending at the end, so that it may fire yet, nobody listened to notifications, or {_PLACE}",
    ),
    Clause.EVALUATED: Meaning(
        "the evaluations of a rule over the time in which it was silent",
        "never: silence that was not looked at is no silence",
        "evaluations or scrapes are missing, or the rule was not healthy",
    ),
    Clause.NEAR: Meaning(
        "how far a silent alert was on its way, where the scenario wants it near",
        "never",
        "it was not pending, or not for long enough to say anything",
    ),
    Clause.OUTSIDE_FAULTS: Meaning(
        "a stack's whole life, but for its faults",
        "an alert fired",
        f"it was pending when everything ended, or {_PLACE}",
    ),
    Clause.TEAR_DOWN: Meaning(
        "what fired while the stack was taken away",
        "never: the end is the harness's own doing",
        "Prometheus ran longer than it takes to fire, or something fired, or was not read, while rules went",
    ),
    Clause.BYSTANDERS: Meaning(
        "the other alerts during the fault, beside the row of the matrix",
        "one fired that must not, or did not that must",
        f"evaluations were missed, one was still pending when the watch ended, or {_PLACE}",
    ),
    Clause.SCRAPED: Meaning("a documented metric", "Prometheus has no series of it"),
    Clause.TYPE: Meaning("the metric's type", "it is another", "Prometheus has no metadata of it"),
    Clause.VALUE: Meaning("what a recording rule computes, and of which metric", "it is something else", _UNREAD),
    Clause.QUANTILE: Meaning("the quantile of a recording rule", "it is another", _UNREAD),
    Clause.GROUPING: Meaning("the labels that a recording rule keeps", "they are others", _UNREAD),
    Clause.ROUTE: Meaning(
        "where the documented labels lead in Alertmanager, before any scenario", "not to the documented receiver"
    ),
    Clause.TARGET: Meaning(
        "the target that Prometheus makes of the monitor, before any scenario",
        "there is none although selectors and port fit",
        "it was too early to say",
    ),
    Clause.DESTINATIONS: Meaning(
        "the receiver's destinations as you wrote them", "there is none, or one lacks what Alertmanager asks for"
    ),
    Clause.TEXTS: Meaning(
        "the destinations' texts",
        "Alertmanager cannot render one",
        "it may name a template of Alertmanager's own files, or amtool is not there",
    ),
    Clause.GROUPED_BY: Meaning(
        "the groups of notifications, and `group_by` of the route as loaded",
        "the route groups by other labels, an alert was told in another group, or there is no route",
        "nothing was told, or several routes lead there, with timers of their own",
    ),
    Clause.TOGETHER: Meaning(
        "alerts of one group that fire at a time",
        "a notification left one out",
        f"no two of one group fired at a time, or {_PLACE}",
    ),
    Clause.SPACED: Meaning(
        "the time between notifications of a group",
        "less than its interval",
        f"no group was told twice, or {_PLACE}",
    ),
    Clause.CONTINUE: Meaning("`continue` of the route as loaded", "it is not as documented, or there is no route"),
    Clause.SEEN_BEHIND: Meaning(
        "whether a route behind the subject's is told too",
        "it is not although the route continues, or is although it does not",
        f"no such route could be put there, nobody was told anything, an alert ended before it was due, or {_PLACE}",
    ),
    Clause.MUTING_RULES: Meaning(
        "Alertmanager's inhibition rules",
        "a documented alert would mute one of another name",
        "somebody else's alerts may mute a documented one",
    ),
    Clause.TOLD_TOGETHER: Meaning(
        "documented alerts of all severities that fire at a time", "one was not told", f"{_PLACE}"
    ),
    Clause.REPEAT_INTERVAL: Meaning(
        "`repeat_interval` of the route as loaded",
        "it is not the documented one, or there is no route",
        "several routes lead there, with timers of their own",
    ),
    Clause.NOT_REPEATED_EARLY: Meaning(
        "notifications without news", "one came before the interval was over", f"nothing was told, or {_PLACE}"
    ),
    Clause.REPEATED: Meaning(
        "a route of the harness's own with a short interval",
        "never: it shows that Alertmanager repeats what still fires",
        "the route is not loaded, or nothing was repeated",
    ),
    Clause.ROUTES_AGREE: Meaning(
        "whom amtool says a label set leads to, beside who was told during the run",
        "somebody was told who should not be, or was not who should",
        "nothing was told, an alert ended before all had to be told, or amtool did not answer",
    ),
    Clause.PANELS: Meaning(
        "the dashboard's panels in Grafana", "they differ from the file's, or a documented one is not in the file"
    ),
    Clause.READS: Meaning("what a panel's queries read", "a documented metric or rule is not among it"),
    Clause.UNDERSTOOD: Meaning(
        "the variables in a panel's queries", "the dashboard has no such variable", "only a page knows its value"
    ),
    Clause.ANSWERED: Meaning(
        "each query of a panel, asked through Grafana's data source",
        "Prometheus itself refuses it as well, or the data source that it names is not there",
        "Grafana alone ends with an error, or which data source is meant is for the place to say",
    ),
    Clause.SHOWS: Meaning(
        "what a query gives while there is work",
        "a promised series is missing, or is one of another target, also where there is a number in its place",
        "no number for another reason: what it reads may rightly not be there in this place",
    ),
}
