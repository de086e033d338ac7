"""The receiver's client: reads what was delivered."""

import requests

from harness.clients.endpoint import loopback_session
from harness.core.alertmanager.delivery import Delivery
from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.system_words import why_no_answer

#: the receiver answers from memory
_TIMEOUT_S = 5.0


def short_name(receiver: str) -> str:
    """The receiver's own name, without what an AlertmanagerConfig puts before it.

    The operator names it `<namespace>/<AlertmanagerConfig>/<receiver>`.
    """
    return receiver.rpartition("/")[2]


class ReceiverClient:
    """Reads deliveries over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._session = loopback_session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def deliveries(self, *, since_s: float = 0.0) -> tuple[Delivery, ...]:
        """What arrived at or after an instant, in the order of arrival.

        Args:
            since_s: Unix time in seconds, by the receiver's clock.

        Raises:
            RetryableError: no answer.
            CouldNotTellError: the receiver refused, or answered something else than deliveries.
        """
        try:
            answer = self._session.get(f"{self._url}/deliveries", params={"since": repr(since_s)}, timeout=_TIMEOUT_S)
        except requests.RequestException as error:
            raise RetryableError(
                f"the receiver at {self._url} does not answer",
                why=why_no_answer(error),
                fix="look at the receiver's log",
            ) from error
        if answer.status_code != requests.codes.ok:
            raise CouldNotTellError(
                f"the receiver at {self._url} refuses",
                why=f"status {answer.status_code}: {answer.text[:200]}",
                fix="give the token that the receiver was started with",
            )
        try:
            return tuple(Delivery(**found) for found in answer.json())
        except (ValueError, TypeError) as error:
            raise CouldNotTellError(
                f"the receiver at {self._url} does not answer with deliveries",
                why=str(error),
                fix="start receiver and client from the same version",
            ) from error

    def close(self) -> None:
        """Gives the connection back."""
        self._session.close()
