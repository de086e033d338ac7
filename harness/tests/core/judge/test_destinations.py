"""Destinations as their owner wrote them: what a stand-in would hide is told."""

from harness.core.judge.destinations import TextFault, judge_destinations
from harness.core.judge.finding import Clause, Judgement
from harness.core.operator.integration import Integration, integrations
from harness.core.operator.reading import Field
from harness.core.verdict import Verdict

_FAULT = TextFault(path="r.slackConfigs[0].title", alert="A", status="firing", why='function "toUper" not defined')


def slack(**fields: object) -> tuple[Integration, ...]:
    """A receiver with one channel."""
    return integrations(Field("r", {"slackConfigs": [fields]}))


_WHOLE = slack(apiURL={"name": "s", "key": "k"}, title="{{ .Status }}")


def outcomes(judgement: Judgement) -> dict[Clause, Verdict]:
    """What each clause came to."""
    return {one.clause: one.outcome for one in judgement.findings}


def test_a_receiver_with_all_that_it_needs_is_verified() -> None:
    """With the number of texts that were rendered."""
    judged = judge_destinations("team", _WHOLE, settings=())
    assert judged.verdict is Verdict.VERIFIED
    assert [one.actual for one in judged.findings] == ["slack-1", "all of them"]
    plain = judge_destinations("team", slack(apiURL="x"), settings=(), why_not="amtool is not there")
    assert (plain.verdict, plain.findings[1].actual) == (Verdict.VERIFIED, "it has no texts of its own")


def test_a_receiver_without_destination_tells_nobody() -> None:
    """The null receiver, where the documented one should be."""
    judged = judge_destinations("team", (), settings=())
    assert outcomes(judged) == {Clause.DESTINATIONS: Verdict.VIOLATED, Clause.TEXTS: Verdict.SKIPPED}
    assert judged.cause == "destinations: it has none: Alertmanager tells nobody"


def test_a_destination_without_address_breaks_all_of_alertmanager() -> None:
    """Named are the field and the setting that could say it as well."""
    judged = judge_destinations("team", slack(channel="#a"), settings=("resolve_timeout",))
    assert outcomes(judged)[Clause.DESTINATIONS] is Verdict.VIOLATED
    assert "r.slackConfigs[0] has no api_url or api_url_file" in judged.cause
    assert "nor slack_api_url" in judged.cause
    assert judge_destinations("team", slack(channel="#a"), settings=None).verdict is Verdict.VERIFIED


def test_a_text_that_cannot_be_rendered_is_never_sent() -> None:
    """Violated; a template that may be somebody else's leaves it open, and does not come first."""
    judged = judge_destinations("team", _WHOLE, settings=(), faults=[_FAULT])
    assert outcomes(judged)[Clause.TEXTS] is Verdict.VIOLATED
    assert 'title for A, firing: function "toUper" not defined' in judged.cause
    strange = TextFault(path="p", alert="A", status="firing", why="x not defined", unknown_template=True)
    assert judge_destinations("team", _WHOLE, settings=(), faults=[strange]).verdict is Verdict.UNKNOWN
    assert judge_destinations("team", _WHOLE, settings=(), faults=[strange, _FAULT]).verdict is Verdict.VIOLATED


def test_texts_that_were_not_rendered_are_not_verified() -> None:
    """Without amtool."""
    judged = judge_destinations("team", _WHOLE, settings=(), why_not="amtool cannot be had")
    assert (judged.verdict, judged.cause) == (Verdict.UNKNOWN, "texts: amtool cannot be had")
