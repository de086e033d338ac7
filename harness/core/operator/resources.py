"""The custom resources that a subject brings, as the Prometheus Operator defines them at v0.85.0: versions and fields.

https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/Documentation/api-reference/api.md. Of rules
`harness.core.rules.reader` says the same, and more, by their names.
"""

from dataclasses import dataclass

from harness.core.operator.schema import (
    ANYTHING,
    DURATION,
    FLAG,
    SOME_DURATION,
    TEXT,
    TEXT_OR_WHOLE,
    ListOf,
    MapOf,
    Scalar,
    Schema,
    Shape,
    one_of,
    shape,
)

GROUP = "monitoring.coreos.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind."""

    version: str
    spec: Schema

    @property
    def api_version(self) -> str:
        """As an object says it."""
        return f"{GROUP}/{self.version}"


#: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
_NAME = Scalar(
    name="text",
    types=(str,),
    pattern=r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    example="lower-case letters, digits, dashes and dots",
)
#: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_LABEL_VALUE = Scalar(
    name="text",
    types=(str,),
    pattern="(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?",
    example="at most 63 letters, digits, dashes, dots and underscores",
)
METADATA = shape(
    "name",
    texts="generateName uid resourceVersion creationTimestamp deletionTimestamp selfLink",
    wholes="generation deletionGracePeriodSeconds",
    name=_NAME,
    namespace=_NAME,
    labels=MapOf(_LABEL_VALUE),
    annotations=MapOf(TEXT),
    finalizers=ListOf(TEXT),
    ownerReferences=ANYTHING,
    managedFields=ANYTHING,
)

_KEY = shape("key", texts="key name", flags="optional")
_KEY_OF_EITHER = shape(configMap=_KEY, secret=_KEY)
_TLS_VERSION = one_of("TLS10", "TLS11", "TLS12", "TLS13")
_TLS: dict[str, Schema] = {
    "ca": _KEY_OF_EITHER,
    "cert": _KEY_OF_EITHER,
    "insecureSkipVerify": FLAG,
    "keySecret": _KEY,
    "maxVersion": _TLS_VERSION,
    "minVersion": _TLS_VERSION,
    "serverName": TEXT,
}
_PROXY: dict[str, Schema] = {
    "noProxy": TEXT,
    "proxyConnectHeader": MapOf(ListOf(_KEY)),
    "proxyFromEnvironment": FLAG,
    "proxyUrl": TEXT,
}
_BASIC_AUTH = shape(password=_KEY, username=_KEY)
_AUTHORIZATION = shape(texts="type", credentials=_KEY)
_OAUTH2 = shape(
    "clientId clientSecret tokenUrl",
    texts="tokenUrl",
    clientId=_KEY_OF_EITHER,
    clientSecret=_KEY,
    endpointParams=MapOf(TEXT),
    scopes=ListOf(TEXT),
    tlsConfig=Shape(fields=_TLS),
    more=_PROXY,
)

_RULES = shape(
    groups=ListOf(
        shape(
            "name",
            texts="partial_response_strategy",
            filled="name",
            wholes="limit",
            interval=DURATION,
            labels=MapOf(TEXT),
            query_offset=DURATION,
            rules=ListOf(
                shape(
                    "expr",
                    texts="alert record",
                    annotations=MapOf(TEXT),
                    expr=TEXT_OR_WHOLE,
                    for_=DURATION,
                    keep_firing_for=SOME_DURATION,
                    labels=MapOf(TEXT),
                )
            ),
        )
    )
)

_ACTIONS = (
    *("Replace", "Keep", "Drop", "HashMod", "LabelMap", "LabelDrop", "LabelKeep"),
    *("Lowercase", "Uppercase", "KeepEqual", "DropEqual"),
)
_RELABELINGS = ListOf(
    shape(
        texts="regex replacement separator targetLabel",
        wholes="modulus",
        action=one_of(*map(str.lower, _ACTIONS), *_ACTIONS),
        sourceLabels=ListOf(TEXT),
    )
)
_SELECTOR = shape(
    matchExpressions=ListOf(shape("key operator", texts="key operator", values=ListOf(TEXT))),
    matchLabels=MapOf(TEXT),
)
_PROTOCOL = one_of(
    *("PrometheusProto", "OpenMetricsText0.0.1", "OpenMetricsText1.0.0", "PrometheusText0.0.4", "PrometheusText1.0.0")
)
_ENDPOINT = shape(
    texts="bearerTokenFile path port",
    flags="enableHttp2 filterRunning followRedirects honorLabels honorTimestamps trackTimestampsStaleness",
    authorization=_AUTHORIZATION,
    basicAuth=_BASIC_AUTH,
    bearerTokenSecret=_KEY,
    interval=DURATION,
    metricRelabelings=_RELABELINGS,
    oauth2=_OAUTH2,
    params=MapOf(ListOf(TEXT)),
    relabelings=_RELABELINGS,
    scheme=one_of("http", "https"),
    scrapeTimeout=DURATION,
    targetPort=TEXT_OR_WHOLE,
    tlsConfig=Shape(fields={**_TLS, "caFile": TEXT, "certFile": TEXT, "keyFile": TEXT}),
    more=_PROXY,
)
_MONITOR = shape(
    "endpoints selector",
    texts="bodySizeLimit jobLabel",
    filled="scrapeClass",
    flags="convertClassicHistogramsToNHCB scrapeClassicHistograms",
    wholes="keepDroppedTargets labelLimit labelNameLengthLimit labelValueLengthLimit nativeHistogramBucketLimit"
    " sampleLimit targetLimit",
    attachMetadata=shape(flags="node"),
    endpoints=ListOf(_ENDPOINT),
    fallbackScrapeProtocol=_PROTOCOL,
    namespaceSelector=shape(flags="any", matchNames=ListOf(TEXT)),
    nativeHistogramMinBucketFactor=TEXT_OR_WHOLE,
    podTargetLabels=ListOf(TEXT),
    scrapeProtocols=ListOf(_PROTOCOL),
    selector=_SELECTOR,
    selectorMechanism=one_of("RelabelConfig", "RoleSelector"),
    targetLabels=ListOf(TEXT),
)

_HTTP = shape(
    texts="proxyURL",
    flags="followRedirects",
    authorization=_AUTHORIZATION,
    basicAuth=_BASIC_AUTH,
    bearerTokenSecret=_KEY,
    oauth2=_OAUTH2,
    tlsConfig=Shape(fields=_TLS),
    more=_PROXY,
)
_PAIRS = ListOf(shape("key value", texts="value", filled="key"))


def _told(required: str = "", /, *, texts: str = "", flags: str = "", wholes: str = "", **others: Schema) -> ListOf:
    """Integrations of one kind; all but e-mail have an HTTP client."""
    more = {**others, "httpConfig": _HTTP}
    return ListOf(shape(required, texts=texts, flags=f"{flags} sendResolved", wholes=wholes, more=more))


_RECEIVER = shape(
    "name",
    filled="name",
    discordConfigs=_told("apiURL", texts="avatarURL content message title username", apiURL=_KEY),
    emailConfigs=ListOf(
        shape(
            texts="authIdentity authUsername from hello html smarthost text to",
            flags="requireTLS sendResolved",
            authPassword=_KEY,
            authSecret=_KEY,
            headers=_PAIRS,
            tlsConfig=Shape(fields=_TLS),
        )
    ),
    msteamsConfigs=_told("webhookUrl", texts="summary text title", webhookUrl=_KEY),
    msteamsv2Configs=_told(texts="text title", webhookURL=_KEY),
    opsgenieConfigs=_told(
        texts="actions apiURL description entity message note priority source tags",
        flags="updateAlerts",
        apiKey=_KEY,
        details=_PAIRS,
        responders=ListOf(shape("type", texts="id name type username")),
    ),
    pagerdutyConfigs=_told(
        texts="class client clientURL component description group severity source url",
        details=_PAIRS,
        pagerDutyImageConfigs=ListOf(shape(texts="alt href src")),
        pagerDutyLinkConfigs=ListOf(shape(texts="alt href")),
        routingKey=_KEY,
        serviceKey=_KEY,
    ),
    pushoverConfigs=_told(
        texts="device message priority sound title tokenFile url urlTitle userKeyFile",
        flags="html",
        expire=DURATION,
        retry=DURATION,
        token=_KEY,
        ttl=DURATION,
        userKey=_KEY,
    ),
    rocketchatConfigs=_told(
        "token tokenID",
        texts="apiURL channel color emoji iconURL imageURL text thumbURL title titleLink",
        flags="linkNames shortFields",
        actions=ListOf(shape(texts="msg text url")),
        fields=ListOf(shape(texts="title value", flags="short")),
        token=_KEY,
        tokenID=_KEY,
    ),
    slackConfigs=_told(
        texts="callbackId channel color fallback footer iconEmoji iconURL imageURL pretext text thumbURL"
        " title titleLink username",
        flags="linkNames shortFields",
        actions=ListOf(
            shape(
                "text type",
                texts="name style text type url value",
                confirm=shape("text", texts="dismissText okText text title"),
            )
        ),
        apiURL=_KEY,
        fields=ListOf(shape("title value", texts="title value", flags="short")),
        mrkdwnIn=ListOf(TEXT),
    ),
    snsConfigs=_told(
        texts="apiURL message phoneNumber subject targetARN topicARN",
        attributes=MapOf(TEXT),
        sigv4=shape(texts="profile region roleArn", accessKey=_KEY, secretKey=_KEY),
    ),
    telegramConfigs=_told(
        "chatID",
        texts="apiURL botTokenFile message",
        flags="disableNotifications",
        wholes="chatID messageThreadID",
        botToken=_KEY,
        parseMode=one_of("MarkdownV2", "Markdown", "HTML"),
    ),
    victoropsConfigs=_told(
        texts="apiUrl entityDisplayName messageType monitoringTool routingKey stateMessage",
        apiKey=_KEY,
        customFields=_PAIRS,
    ),
    webexConfigs=_told("roomID", texts="apiURL message roomID"),
    webhookConfigs=_told(texts="url", wholes="maxAlerts", timeout=DURATION, urlSecret=_KEY),
    wechatConfigs=_told(texts="agentID apiURL corpID message messageType toParty toTag toUser", apiSecret=_KEY),
)
_MATCHERS = ListOf(shape("name", texts="value", filled="name", flags="regex", matchType=one_of("!=", "=", "=~", "!~")))
_ROUTING = shape(
    inhibitRules=ListOf(shape(equal=ListOf(TEXT), sourceMatch=_MATCHERS, targetMatch=_MATCHERS)),
    muteTimeIntervals=ListOf(
        shape(
            "name",
            texts="name",
            timeIntervals=ListOf(
                shape(
                    daysOfMonth=ListOf(shape(wholes="end start")),
                    months=ListOf(TEXT),
                    times=ListOf(shape(texts="endTime startTime")),
                    weekdays=ListOf(TEXT),
                    years=ListOf(TEXT),
                )
            ),
        )
    ),
    receivers=ListOf(_RECEIVER),
    route=shape(
        texts="groupInterval groupWait receiver repeatInterval",
        flags="continue",
        activeTimeIntervals=ListOf(TEXT),
        groupBy=ListOf(TEXT),
        matchers=_MATCHERS,
        muteTimeIntervals=ListOf(TEXT),
        routes=ListOf(ANYTHING),
    ),
)

RESOURCES: dict[str, Resource] = {
    "PrometheusRule": Resource(version="v1", spec=_RULES),
    "ServiceMonitor": Resource(version="v1", spec=_MONITOR),
    "AlertmanagerConfig": Resource(version="v1alpha1", spec=_ROUTING),
}
