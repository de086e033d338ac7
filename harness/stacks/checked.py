"""What can be refused about a subject without starting anything, on whichever stack it is to run."""

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.errors import MisuseError
from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.speed import Speed, check_speed
from harness.core.subject import Subject
from harness.stacks.rhythm import StackTraits
from harness.stacks.rules_file import read_rules

#: namespace of Prometheus and Alertmanager, as the documentation installs them
MONITORING_NAMESPACE = "monitoring"


def checked_chart(
    subject: Subject, traits: StackTraits, speed: Speed, installation: Installation = Installation.CHART
) -> Chart:
    """The subject's chart values, read, and its rules, found to work at this speed on this kind of stack.

    Raises:
        MisuseError: one of them cannot work.
    """
    chart = Chart.read(
        chart_values(subject), release=subject.release, namespace=MONITORING_NAMESPACE, installation=installation
    )
    settings, rules = chart.prometheus, Path(subject.files.rules)
    rhythm = traits.rhythm(scrape_interval=settings.scrape_interval, evaluation_interval=settings.evaluation_interval)
    check_speed(read_rules(rules).groups, rhythm, speed)
    return chart


def chart_values(subject: Subject) -> object:
    """The content of the subject's values file.

    Raises:
        MisuseError: it is no YAML.
    """
    file = Path(subject.files.chart_values)
    try:
        return YAML(typ="safe", pure=True).load(file.read_text())
    except (YAMLError, UnicodeDecodeError) as error:
        raise MisuseError(
            f"{file} is no YAML", why=str(error), fix="give values for the kube-prometheus-stack chart"
        ) from error
