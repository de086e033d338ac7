"""A controller's page is taken with the instant of the request and the name of its source."""

import time

import pytest

from harness.clients.controller import ControllerPage
from harness.core.exposition import MalformedPageError
from harness.tests.clients.speaking_server import speaking


def test_a_page_is_taken_with_its_instant() -> None:
    """The middle of the request."""
    before_s = time.time()
    answers = {"/metrics": (200, "depth 3\n")}
    with speaking(answers) as server, ControllerPage(f"{server.url}/metrics", source="pod:8080") as controller:
        page = controller.take()
    assert before_s <= page.at_s <= time.time()
    assert page.source == "pod:8080"
    assert page.samples("depth")[0].value == 3


def test_an_answer_that_is_no_page_is_could_not_tell() -> None:
    """Named by its source."""
    answers = {"/metrics": (200, "<html>")}
    with (
        speaking(answers) as server,
        ControllerPage(f"{server.url}/metrics", source="pod:8080") as controller,
        pytest.raises(MalformedPageError, match="pod:8080"),
    ):
        controller.take()
