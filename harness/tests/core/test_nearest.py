"""The likeliest names come first, whatever the alphabet says."""

from harness.core.nearest import nearest, shown


def test_what_shares_letters_and_words_comes_first() -> None:
    """`secret` for `secrets-controller`, and not the first of the alphabet."""
    assert nearest("secrets-controller", ["configmap", "aardvark", "secret"])[0] == "secret"
    assert nearest("workqueueLength", ["up", "workqueue_depth", "go_goroutines"])[0] == "workqueue_depth"
    assert nearest("x_total", ["b", "a"]) == ("a", "b")


def test_a_line_names_a_few_and_counts_the_rest() -> None:
    """Nobody reads two hundred metrics."""
    assert shown("b", ["a", "b", "c"], at_most=2).startswith("b, ")
    assert shown("b", ["a", "b", "c"], at_most=2).endswith(" and 1 more")
    assert shown("b", []) == "none"
    assert nearest("b", ["a", "b"], at_most=1) == ("b",)
    assert nearest("", ["-"]) == ("-",)
