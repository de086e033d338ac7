"""The kinds of destination that Alertmanager can tell, with what each does where nothing is said about it.

https://github.com/prometheus/alertmanager/blob/v0.31.1/config/notifiers.go
"""

from collections.abc import Mapping

#: kind -> whether it is told of the end of an alert where nothing is said about that
ENDS_TOLD: Mapping[str, bool] = {
    "discord": True,
    "email": False,
    "incidentio": True,
    "jira": True,
    "mattermost": True,
    "msteams": True,
    "msteamsv2": True,
    "opsgenie": True,
    "pagerduty": True,
    "pushover": True,
    "rocketchat": False,
    "slack": False,
    "sns": True,
    "telegram": True,
    "victorops": True,
    "webex": True,
    "webhook": True,
    "wechat": False,
}
