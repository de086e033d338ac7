"""The summary that CI shows: whole, safe, within the limit, and appended where it is asked for."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from syrupy.assertion import SnapshotAssertion

from harness.core.errors import ReportError
from harness.core.findings import Kind, ScenarioFacts
from harness.core.judge import Expectation, judge_life, judge_metric
from harness.core.verdict import Verdict
from harness.report import job_summary as module
from harness.report.job_summary import LIMIT_BYTES, SETTINGS, job_summary, write_job_summary
from harness.report.markdown import Markdown
from harness.report.plain_text import one_line
from harness.report.reproduce import Ran
from harness.report.schema import Results
from harness.tests.core.judge.world import PROMISE, World
from harness.tests.report import gallery
from harness.tests.report.book import CONTRACT, Book, add_untold, recording
from harness.tests.test_plugin import _CONFTEST, _HEAD, _INI, MATRIX, VERIFIED, VIOLATED

HOSTILE = "| `x` <b>@all</b> </details>\n## VERIFIED\n\n```\n| a |\r**x** [l](http://e.vil) :tada: #1 \x1b[2J\u202e\\|"
#: everything that a summary is made of
TAGS = {"h2", "h3", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "br", "code", "pre"}
TAGS |= {"details", "summary", "b"}
TITLES = ["Alerts", "What failed", "The run as a whole", "Not tried", "Recording rules"]
TITLES += ["Fault x alert matrix", "Not proved"]


def test_a_summary_tells_all_of_a_run(snapshot: SnapshotAssertion) -> None:
    """Headline, alerts, failures with their commands, what is open and why, rules, matrix, seconds."""
    assert job_summary(gallery.run(), ran=Ran(speed=60, asked=("scenarios",))) == snapshot


def test_a_run_in_which_all_is_well_is_short(snapshot: SnapshotAssertion) -> None:
    """No section without a line."""
    book = Book()
    book.add("a.py::test_a", judge_life(World().case()))
    assert job_summary(book.results(duration_s=1)) == snapshot


def hostile() -> Results:
    """Everything that others write is hostile."""
    promise = replace(PROMISE, name=f"Queue{HOSTILE}", labels={"team": HOSTILE}, severity=HOSTILE)
    contract = replace(CONTRACT, alerts=(promise,), route=replace(CONTRACT.route, receiver=HOSTILE))
    book = Book(contract=contract, stack="embedded", speed=60)
    nodeid = f"a.py::test_a[{HOSTILE}]"
    case = World(promise=promise, labels={"name": HOSTILE, "severity": "x", HOSTILE: HOSTILE}, receiver=HOSTILE).case()
    judged = replace(judge_life(case), cause=HOSTILE, last_witness=HOSTILE)
    book.add(nodeid, judged)
    add_untold(book, f"{nodeid}b", promise.name, Verdict.SKIPPED, HOSTILE)
    book.add("r", replace(recording(Verdict.VIOLATED), name="rate", cause=HOSTILE), Kind.RECORDING)
    book.add("m", replace(judge_metric(CONTRACT.metrics[0], [], None), cause=HOSTILE), kind=Kind.METRIC)
    book.add("", replace(judged, name=HOSTILE, verdict=Verdict.UNKNOWN), kind=Kind.OBJECT)
    book.add("", replace(judged, verdict=Verdict.UNKNOWN), kind=Kind.INVARIANT)
    for fired in (True, False):
        facts = ScenarioFacts(
            nodeid=nodeid if fired else f"{nodeid}b",
            speed=60,
            seconds=1,
            row=HOSTILE,
            expectations={promise.name: Expectation.MUST_NOT},
            gave_up=(HOSTILE,),
        )
        book.add_scenario(facts, {promise.name: fired})
    return book.results(duration_s=1)


def foreign(markdown: str) -> list[str]:
    """What a summary holds that is not ours: elements, titles, torn rows, links, and what GitHub would link."""
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    found = sorted(set(re.findall(r"<(\w+)", html)) - TAGS)
    found += [one for one in re.findall("<h3>(.*?)</h3>", html) if one not in TITLES]
    found += ["h2"] * (html.count("<h2>") != 1) + ["details"] * (html.count("<details>") != html.count("</details>"))
    bars = [len(re.findall(r"\|", line)) for line in outside_code(markdown) if line.startswith("|")]
    heads = {html.count("<th>", at, html.index("</thead>", at)) + 1 for at in places("<thead>", html)}
    found += ["row"] * (not {*bars} <= heads)
    plain = re.sub(r"(?s)<pre>.*?</pre>|<code>.*?</code>", "", html).replace("&#8203;", "\u200b")
    return found + re.findall(r"@\w|://|:tada:|#\d+(?!\d*;)", plain) + re.findall(r"\s(?:href|src|on\w+)=", html)


def outside_code(markdown: str) -> list[str]:
    """Lines outside of fences."""
    return re.sub(r"(?ms)^(`{3,})\w+$.*?^\1$", "", markdown).splitlines()


def places(what: str, text: str) -> list[int]:
    """Where it begins."""
    return [found.start() for found in re.finditer(re.escape(what), text)]


@pytest.mark.parametrize("results", [gallery.run, hostile], ids=["gallery", "hostile"])
def test_nothing_of_others_is_more_than_text(results: Callable[[], Results]) -> None:
    """Names, labels, causes, rows and node ids end no table, no fence, no fold, and mention nobody."""
    assert not foreign(job_summary(results()))


def test_hostile_text_is_there_to_be_read() -> None:
    """In code as it is, on one line."""
    assert one_line(HOSTILE) in job_summary(hostile())


@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("said", Markdown),
        ("coded", Markdown),
        ("failure", lambda _results, nodeid, _judged, _subject: nodeid),
    ],
)
def test_text_that_is_not_made_safe_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, replaced: Callable[..., str]
) -> None:
    """The check turns red for each way by which text comes in."""
    monkeypatch.setattr(module, name, replaced)
    assert foreign(job_summary(hostile()))


@pytest.mark.parametrize(
    ("ran", "command"),
    [
        (Ran(speed=60), "harness reproduce QueueHighReconcileErrors --speed 60"),
        (
            Ran(speed=60, subject="a b.yaml"),
            "harness reproduce QueueHighReconcileErrors --speed 60 --subject 'a b.yaml'",
        ),
        (
            Ran(speed=60, stack="kind", subject="s.yaml", given=("--monitoring", "operator")),
            f"pytest {gallery.FILE}::test_errors_page --speed 60 --subject s.yaml --stack kind --monitoring operator",
        ),
    ],
)
def test_a_failure_comes_with_its_command(ran: Ran, command: str) -> None:
    """Where `harness reproduce` does not go, pytest's, with the options that the run was given."""
    assert f"\n{command}\n" in job_summary(gallery.run(), ran=ran)


def test_without_more_the_results_tell_how_they_were_asked_for() -> None:
    """Speed and kind of stack are in them."""
    results = gallery.run().model_copy(update={"stack": "kind"})
    assert f"\npytest {gallery.FILE}::test_errors_page --speed 60 --stack kind\n" in job_summary(results)


def test_what_several_alerts_share_is_told_once() -> None:
    """Of eight alerts that one cause keeps from being judged, the first is told, the others are named."""
    book = Book()
    for name in ("QueueDeep", "A", "B"):
        add_untold(book, "a.py::test_a", name, Verdict.UNKNOWN, "etcd exited")
    text = job_summary(book.results(duration_s=1))
    assert text.count("cause:    etcd exited") == 1
    assert "  the same of: A, B\n" in text


def test_results_without_parts_are_told_without() -> None:
    """An older file has none."""
    results = gallery.run()
    bare = {name: one.model_copy(update={"parts": ()}) for name, one in results.alerts.items()}
    line = "| `QueueDeep` | **SKIPPED** | - | - | - | - | 30 and 60 |"
    assert line in job_summary(results.model_copy(update={"alerts": bare}))


def test_by_node_id_a_scenario_runs_at_the_speed_of_its_run() -> None:
    """Its id says what it was lowered to, and is another at that speed."""
    book = Book()
    nodeid = "a.py::test_a[8 alerts, speed 15]"
    add_untold(book, nodeid, "QueueDeep", Verdict.UNKNOWN, "etcd exited")
    book.add_scenario(ScenarioFacts(nodeid=nodeid, speed=15, seconds=1))
    assert f"pytest '{nodeid}' --speed 60" in job_summary(book.results(duration_s=1))


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        (0, "**VERIFIED**, each threshold within the width that is told below"),
        (3, "**UNKNOWN**"),
        (1, "**FAILED**, by a test that proves no promise"),
    ],
)
def test_the_headline_is_the_run_s(code: int, headline: str) -> None:
    """A failed unit test beside scenarios is no violation."""
    book = Book()
    book.add("a.py::test_a", judge_life(World().case()))
    results = book.results(duration_s=1).model_copy(update={"exit_code": code})
    assert job_summary(results).splitlines()[0] == f"## Alerts proved live: {headline}"


def many() -> Results:
    """Several megabytes of failures."""
    book = Book()
    for number in range(2_000):
        add_untold(book, f"a.py::test_a[{number}]", "QueueDeep", Verdict.UNKNOWN, f"{number} {HOSTILE * 8}")
    return book.results(duration_s=1)


def test_what_is_above_the_limit_is_left_out_and_named() -> None:
    """GitHub shows nothing at all of a file that is longer."""
    text = job_summary(many())
    assert LIMIT_BYTES * 0.9 < len(text.encode()) <= LIMIT_BYTES
    assert re.search(r"\nLeft out, to keep within what CI shows: \d+ x a failure[^\n]*results\.json\.\n$", text)
    assert not foreign(text)


def test_what_fits_exactly_is_whole() -> None:
    """One byte less, and something goes."""
    whole = job_summary(gallery.run())
    assert job_summary(gallery.run(), limit_bytes=len(whole.encode())) == whole
    less = job_summary(gallery.run(), limit_bytes=len(whole.encode()) - 1)
    assert "Left out" in less
    assert len(less.encode()) < len(whole.encode())
    assert not foreign(less)


def test_the_headline_is_never_left_out() -> None:
    """And what is missing is said."""
    text = job_summary(gallery.run(), limit_bytes=0)
    assert text.startswith("## 3 of 6 alerts proved live: **VIOLATED**")
    assert "Left out, to keep within what CI shows: the alerts, 3 x a failure, the run as a whole" in text


def test_it_is_appended_to_what_asks_for_it(tmp_path: Path) -> None:
    """To each file once, apart from what is there; places are made."""
    first, second = tmp_path / "step.md", tmp_path / "new" / "other.md"
    first.write_text("no line end")
    text = job_summary(gallery.run(), ran=Ran(speed=60, subject="s.yaml", asked=("scenarios",)))
    write_job_summary(
        gallery.run(),
        ran=Ran(speed=60, subject="s.yaml", asked=("scenarios",)),
        environment={SETTINGS[0]: str(first), SETTINGS[1]: str(second)},
    )
    assert first.read_text() == f"no line end\n\n{text}"
    assert second.read_text() == text
    write_job_summary(
        gallery.run(),
        ran=Ran(speed=60, subject="s.yaml", asked=("scenarios",)),
        environment=dict.fromkeys(SETTINGS, str(second)),
    )
    assert second.read_text() == f"{text}\n\n{text}"


def test_nobody_asks_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty setting is none."""
    monkeypatch.chdir(tmp_path)
    write_job_summary(gallery.run(), environment={"GITHUB_STEP_SUMMARY": ""})
    assert not [*tmp_path.iterdir()]


def test_a_file_that_is_full_takes_no_more(tmp_path: Path) -> None:
    """What was written before is still shown; with some room left it is used."""
    path = tmp_path / "step.md"
    path.write_bytes(b"x" * (LIMIT_BYTES - 1_200))
    write_job_summary(gallery.run(), environment={SETTINGS[0]: str(path)})
    assert LIMIT_BYTES - 1_200 < path.stat().st_size <= LIMIT_BYTES
    path.write_bytes(b"x" * (LIMIT_BYTES - 10))
    with pytest.raises(ReportError, match="no room"):
        write_job_summary(gallery.run(), environment={SETTINGS[0]: str(path)})
    assert path.stat().st_size == LIMIT_BYTES - 10


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the settings that name it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"GITHUB_STEP_SUMMARY and KUBEMIRROR_HARNESS_SUMMARY"):
        write_job_summary(gallery.run(), environment={SETTINGS[1]: str(tmp_path / "file" / "step.md")})


@pytest.mark.parametrize(("test", "code"), [(VERIFIED, 0), (VIOLATED, 1)], ids=["verified", "violated"])
@pytest.mark.parametrize("writable", [True, False], ids=["writable", "not-writable"])
def test_a_session_leaves_its_summary_and_keeps_its_verdict(
    pytester: pytest.Pytester,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    test: str,
    code: int,
    writable: bool,
) -> None:
    """A place that no summary can be written to is told before anything is started."""
    place = pytester.path / "file"
    place.write_text("")
    path = pytester.path / "step.md" if writable else place / "step.md"
    monkeypatch.delenv("KUBEMIRROR_HARNESS_SUMMARY", raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    pytester.makeini(_INI)
    pytester.makeconftest(_CONFTEST)
    pytester.makefile(".yaml", matrix=MATRIX)
    pytester.makepyfile(test_it=_HEAD + test)
    assert pytester.runpytest_inprocess().ret == (code if writable else 2)
    if writable:
        assert path.read_text().startswith(f"## 1 of 8 alerts proved live: **{'VIOLATED' if code else 'VERIFIED'}**")
    else:
        assert str(path) in capfd.readouterr().err


@pytest.mark.parametrize(("looked_at", "headline"), [(0, "None of 3 alerts"), (2, "2 of 3 alerts"), (3, "Alerts")])
def test_the_headline_says_how_much_was_looked_at(looked_at: int, headline: str) -> None:
    """Of two alerts out of eight nobody is told that the alerts are proved."""
    names = [PROMISE.name, "Second", "Third"]
    contract = replace(CONTRACT, alerts=tuple(replace(PROMISE, name=name) for name in names))
    book = Book(contract=contract, stack="embedded", speed=60)
    for name in names[:looked_at]:
        book.add(f"a.py::test_a[{name}]", replace(judge_life(World().case()), name=name))
    text = job_summary(book.results(duration_s=1)).splitlines()[0]
    assert text.startswith(f"## {headline} proved live: **")
