"""The setting of the stack that an arena stands on."""

import time

from harness.core.setting import Setting
from harness.observe.setting import read_setting
from harness.scene.arena import Arena


def setting_of(arena: Arena) -> Setting:
    """What monitoring looks like there now; never raises because of what it finds."""
    contract = arena.contract
    return read_setting(
        arena.prometheus,
        arena.alertmanager,
        namespace=arena.subject.namespace,
        documented=contract.rules,
        speed=arena.facts.speed.factor,
        evaluation_s=arena.facts.evaluation_s,
        since_s=time.time() - arena.life.start_s,
    )
