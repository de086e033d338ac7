"""Text of others stays text, for Markdown, for HTML, and for what GitHub makes of plain text."""

import html
import re

import pytest
from markdown_it import MarkdownIt

from harness.report.markdown import Markdown, coded, fenced, folded, listed_lines, said, table
from harness.report.plain_text import one_line

HOSTILE = [
    pytest.param("a | b | c", id="cells"),
    pytest.param("`x` ``y", id="code"),
    pytest.param("<img src=x onerror=1></details><!--", id="html"),
    pytest.param("*a* **b** _c_ ~~d~~ __e__", id="emphasis"),
    pytest.param("[l](http://e.vil) ![i](x) <http://e.vil> [a]: x", id="links"),
    pytest.param("&lt; &#64; &amp;", id="entities"),
    pytest.param(r"\| \\| \` \*a* \\", id="backslashes"),
    pytest.param("a\n\n# b\r\n| c |\u2028d\x85e", id="line ends"),
    pytest.param("a\x1b[2Jb\u202ec\u200bd", id="unseen"),
    pytest.param(" ", id="blank"),
    pytest.param("", id="empty"),
]


def _html(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def _shown(markup: str) -> str:
    """What stands between the tags, without what parts GitHub's references."""
    return html.unescape(re.sub("<[^>]*>", "", markup)).replace("\u200b", "")


def _tags(markup: str) -> set[str]:
    return set(re.findall(r"<(\w+)", markup))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_as_it_is_and_is_nothing_else(text: str) -> None:
    """In a cell beside others, as text and as code."""
    markup = _html(table([Markdown("a"), Markdown("b"), Markdown("c")], [(said(text), coded(text), Markdown("end"))]))
    cells = re.findall("<td>(.*?)</td>", markup)
    assert [_shown(cell).strip() for cell in cells] == [one_line(text).strip()] * 2 + ["end"]
    assert _tags(markup) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


def test_text_that_is_not_made_safe_is_something_else() -> None:
    """The test above can turn red."""
    raw = Markdown("a | <b>b</b>")
    markup = _html(table([Markdown("a"), Markdown("b")], [(raw, Markdown("end"))]))
    assert "end" not in markup
    assert "b" in _tags(markup)


@pytest.mark.parametrize(
    "text", ["@all", "a@b.c", "#12", "o/r#1", "GH-3", ":tada:", "kube:up:sum", "http://e.vil", "WWW.e.vil"]
)
def test_what_github_looks_for_is_parted(text: str) -> None:
    """https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls."""
    looked_for = re.compile(r"@\w|#\d|GH-\d|:[\w+-]+:|://|www\.", re.IGNORECASE)
    assert looked_for.search(text)
    assert not looked_for.search(said(text).replace("&#8203;", "\u200b"))
    assert coded(text) == f"`{text}`"  # in code it does not look


@pytest.mark.parametrize("text", ["> 100 items", "for_s 15m, 0.6 s", '{name="x"}', "must not: FIRED!", "13:46:40"])
def test_what_means_nothing_stays_readable(text: str) -> None:
    """Most of what a run tells."""
    assert said(text).replace("&#8203;", "") == text


@pytest.mark.parametrize("text", ["```\n</details>\n# x", "a ```` b", "@all :tada: <b>", "    four"])
def test_nothing_ends_a_block_of_code(text: str) -> None:
    """Its fence is longer than any in it."""
    markup = _html(fenced(text))
    assert _tags(markup) == {"pre", "code"}
    assert _shown(markup).rstrip("\n") == text


def test_what_is_folded_stays_folded() -> None:
    """HTML around, Markdown within."""
    markup = _html(folded(said("</summary><b>"), listed_lines([Markdown("**a**")])))
    assert markup.startswith("<details><summary>&#60;/summary>&#60;b></summary>")
    assert "<strong>a</strong>" in markup
    assert markup.endswith("</details>")


def test_a_long_text_is_cut() -> None:
    """It says by how much."""
    assert said("x" * 2_010) == "x" * 2_000 + "… (10 characters more)"


def test_no_rows_are_no_table() -> None:
    """A heading alone says nothing."""
    assert table([Markdown("a")], []) == ""
