"""Witness of an API fault: how many writes the fault webhook has delayed or denied."""

import time
from pathlib import Path

import requests

from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.reading import Reading

_TIMEOUT_S = 2.0


class WebhookHits:
    """Reads the webhook's own counts. Holds from the first write that the fault has hit."""

    def __init__(self, url: str, *, path: str, ca_file: Path) -> None:
        """Args: the webhook's address, https; the fault's path, as its plan writes it; whom its certificate is from."""
        self.name = f"writes hit by fault {path}"
        self._url = url.rstrip("/")
        self._path = path
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy for the outer world knows nothing of this webhook
        self._session.verify = str(ca_file)

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the webhook does not answer, or not with counts."""
        start_s = time.time()
        try:
            answer = self._session.get(f"{self._url}/counts", timeout=_TIMEOUT_S)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise RetryableError(
                f"the fault webhook at {self._url} does not answer", why=str(error), fix="look at its log"
            ) from error
        at_s = (start_s + time.time()) / 2
        try:
            count = answer.json().get(self._path, {"seen": 0, "delayed": 0, "denied": 0, "waiting": 0})
            hits = max(count["delayed"], count["denied"])
            note = f"{count['seen']} writes seen, {count['delayed']} delayed, {count['denied']} denied"
            return Reading(
                at_s=at_s, value=float(hits), holds=hits > 0, note=f"{note}, {count['waiting']} held back now"
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CouldNotTellError(
                f"{self._url} does not answer with counts",
                why=f"{type(error).__name__}: {error}",
                fix="check that the address is the fault webhook's",
            ) from error

    def close(self) -> None:
        """Gives the connection back."""
        self._session.close()
