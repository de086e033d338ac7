"""The receiver's client: reads what was delivered."""

from harness.clients.endpoint import Endpoint, EndpointReader
from harness.core.alertmanager.delivery import Delivery


def short_name(receiver: str) -> str:
    """The receiver's own name, without what an AlertmanagerConfig puts before it.

    The operator names it `<namespace>/<AlertmanagerConfig>/<receiver>`.
    """
    return receiver.rpartition("/")[2]


class ReceiverClient(EndpointReader):
    """Reads deliveries over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        """Args: where; what the receiver was started with."""
        super().__init__(Endpoint("the receiver", url))
        self._endpoint.session.headers["Authorization"] = f"Bearer {token}"

    def deliveries(self, *, since_s: float = 0.0) -> tuple[Delivery, ...]:
        """What arrived at or after an instant, in the order of arrival.

        Args:
            since_s: Unix time in seconds, by the receiver's clock.

        Raises:
            UnreachableError: no answer.
            UnexpectedAnswerError: the receiver refused, or answered something else than deliveries.
        """
        path = "/deliveries"
        try:
            return tuple(Delivery(**found) for found in self._endpoint.get(path, since=repr(since_s)).json())
        except (ValueError, TypeError) as error:
            raise self._endpoint.unexpected(path, str(error)) from error
