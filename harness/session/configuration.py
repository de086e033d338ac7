"""The configuration of a stack, as its servers tell it."""

import time

from harness.clients.configuration import read_setting
from harness.core.configuration_snapshot import ConfigSnapshot
from harness.scenario.stack_handles import StackHandles


def setting_of(handles: StackHandles) -> ConfigSnapshot:
    """What monitoring looks like there now; never raises because of what it finds."""
    contract = handles.contract
    return read_setting(
        handles.prometheus,
        handles.alertmanager,
        namespace=handles.subject.namespace,
        documented=contract.rules,
        speed=handles.facts.speed.factor,
        evaluation_s=handles.facts.evaluation_s,
        since_s=time.time() - handles.history.start_s,
    )
