"""An integration: one destination of a receiver, a Slack channel or a pager, as its owner wrote it.

The harness's own receiver stands in for each. What decides *whether* Alertmanager tells a destination of anything goes
with the stand-in: `send_resolved`, with the default of its kind, and a webhook's `max_alerts`. What decides whether
it is *reached* (address, secrets, `http_config`, timeouts) does not, and is named instead (`Integration.untried`).

Kinds and defaults: https://github.com/prometheus/alertmanager/blob/v0.31.1/config/notifiers.go. An AlertmanagerConfig
that says nothing of `sendResolved` leaves it to them:
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/alertmanager/amcfg.go
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from harness.core.destination_kinds import ENDS_TOLD
from harness.core.operator.reading import Field, ShapeError

#: kind -> what Alertmanager has to be given, each in one of several ways, in either spelling; a way of `global` is
#: https://github.com/prometheus/alertmanager/blob/v0.31.1/config/config.go, `Config.UnmarshalYAML`
_NEEDED: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "discord": ((("api_url", "webhook_url", "webhook_url_file"), ()),),
    "email": (
        (("to",), ()),
        (("smarthost",), ("smtp_smarthost",)),
        (("from",), ("smtp_from",)),
    ),
    "incidentio": ((("url", "url_file"), ()),),
    "jira": ((("project",), ()), (("issue_type",), ()), (("api_url",), ("jira_api_url",))),
    "msteams": ((("webhook_url", "webhook_url_file"), ()),),
    "msteamsv2": ((("webhook_url", "webhook_url_file"), ()),),
    "opsgenie": ((("api_key", "api_key_file"), ("opsgenie_api_key", "opsgenie_api_key_file")),),
    "pagerduty": ((("routing_key", "routing_key_file", "service_key", "service_key_file"), ()),),
    "pushover": ((("user_key", "user_key_file"), ()), (("token", "token_file"), ())),
    "rocketchat": (
        (("token", "token_file"), ("rocketchat_token", "rocketchat_token_file")),
        (("token_id", "token_id_file"), ("rocketchat_token_id", "rocketchat_token_id_file")),
    ),
    "slack": (
        (
            ("api_url", "api_url_file", "app_token", "app_token_file"),
            ("slack_api_url", "slack_api_url_file", "slack_app_token", "slack_app_token_file"),
        ),
    ),
    "telegram": (
        (("chat_id", "chat_id_file"), ()),
        (("bot_token", "bot_token_file"), ("telegram_bot_token", "telegram_bot_token_file")),
    ),
    "victorops": (
        (("routing_key",), ()),
        (("api_key", "api_key_file"), ("victorops_api_key", "victorops_api_key_file")),
    ),
    "webex": ((("room_id",), ()), (("http_config",), ())),
    "webhook": ((("url", "url_file", "url_secret"), ()),),
    "wechat": (
        (("api_secret", "api_secret_file"), ("wechat_api_secret", "wechat_api_secret_file")),
        (("corp_id",), ("wechat_api_corp_id",)),
    ),
}
#: beside the texts, which are looked at elsewhere, and what goes with the stand-in
_NOT_UNTRIED = frozenset(("sendresolved", "maxalerts"))
#: its texts are no templates
_HTTP = "httpconfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A template of an integration, which Alertmanager renders for each notification."""

    #: `spec.receivers[0].slackConfigs[0].title`
    path: str
    template: str
    #: of an email, whose escaping is another one
    html: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One destination of a receiver."""

    #: its kind and its place among those of the kind, `slack-1`
    name: str
    #: as in messages: `spec.receivers[0].slackConfigs[0]`
    path: str
    #: whether it is told that an alert is over
    ends_told: bool
    #: how many alerts a notification carries at most; 0 for all, and for every kind but a webhook
    max_alerts: int
    #: what says how it is reached, as it is written there: `apiURL (Secret shop-slack, key url)`
    untried: tuple[str, ...]
    texts: tuple[Text, ...]
    #: what Alertmanager asks for and is not there, each with its other ways
    missing: tuple[str, ...]
    #: the same, but that `global` may say as well
    inherited: tuple[tuple[str, tuple[str, ...]], ...]

    def unset(self, settings: Collection[str] | None) -> tuple[str, ...]:
        """What Alertmanager asks for and is said nowhere; it then refuses its whole configuration.

        Args:
            settings: the names in `global`; None where they are not known, and may say all that they can say.
        """
        given = None if settings is None else {_plain(name) for name in settings}
        return (
            *self.missing,
            *(
                f"{own} (nor {listed} in `global`)"
                for own, ways in self.inherited
                if given is not None and not given & {_plain(way) for way in ways}
                for listed in [" or ".join(ways)]
            ),
        )


def integrations(source: Field) -> tuple[Integration, ...]:
    """The destinations of one receiver, in the order in which they are written.

    Args:
        source: `{name, slack_configs: […], …}`, in Alertmanager's own spelling or the custom resource's.

    Raises:
        ShapeError: a key that is no list of integrations, or of a kind that Alertmanager has not; a malformed field.
    """
    return tuple(_integrations(source))


def _integrations(source: Field) -> Iterator[Integration]:
    for key in source.names():
        if key == "name":
            continue
        kind = _plain(key).removesuffix("configs")
        if not _plain(key).endswith("configs"):
            raise ShapeError(f"{source.path}.{key}", "is no list of integrations (such as slack_configs)")
        if kind not in ENDS_TOLD:
            known = ", ".join(sorted(ENDS_TOLD))
            raise ShapeError(f"{source.path}.{key}", f"is no kind of integration (there are: {known})")
        for number, one in enumerate(source.at(key).items(), start=1):
            yield _integration(one, kind, number)


def _integration(source: Field, kind: str, number: int) -> Integration:
    names = {_plain(name): name for name in source.names()}
    filled = {plain for plain, name in names.items() if source.at(name).filled}
    absent = [
        (" or ".join(own), ways) for own, ways in _NEEDED.get(kind, ()) if not filled & {_plain(one) for one in own}
    ]
    texts = tuple(_texts(source, html=False))
    said = {text.path.removeprefix(f"{source.path}.").partition(".")[0].partition("[")[0] for text in texts}
    limit = source.at(names["maxalerts"]).integer() if kind == "webhook" and "maxalerts" in names else None
    return Integration(
        name=f"{kind}-{number}",
        path=source.path,
        ends_told=source.at(names.get("sendresolved", "sendResolved")).flag(default=ENDS_TOLD[kind]),
        max_alerts=limit or 0,
        untried=tuple(
            _named(source.at(name)) for plain, name in names.items() if plain not in _NOT_UNTRIED and name not in said
        ),
        texts=texts,
        missing=tuple(own for own, ways in absent if not ways),
        inherited=tuple((own, ways) for own, ways in absent if ways),
    )


def _texts(source: Field, *, html: bool) -> Iterator[Text]:
    """Every template in it, at any depth, but those of `http_config`, which are none."""
    content = source.content
    if isinstance(content, str):
        if "{{" in content:
            yield Text(path=source.path, template=content, html=html)
    elif isinstance(content, Mapping):
        for name in source.names():
            if _plain(name) != _HTTP:
                yield from _texts(source.at(name), html=_plain(name) == "html")
    elif isinstance(content, list | tuple):
        for one in source.items():
            yield from _texts(one, html=html)


def _named(source: Field) -> str:
    """A field in words; of a reference to a Secret, to which."""
    name = source.path.rpartition(".")[2]
    if isinstance(source.content, Mapping) and set(source.names()) >= {"name", "key"}:
        return f"{name} (Secret {source.at('name').text()}, key {source.at('key').text()})"
    return name


def _plain(name: str) -> str:
    """One spelling for `apiURL` and `api_url`."""
    return name.replace("_", "").lower()
