"""Home: where the scenarios and the subject by default lie.

In a checkout beside this package; where it was installed from a wheel inside it, in `bundled/`: no other package's
`scenarios` or `monitoring` can then be taken for them. `harness.packaging` puts them there.
"""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_BUNDLED: Final = _PACKAGE / "bundled"
#: whether this is an installed wheel: its directories are nobody's to write to
INSTALLED: Final = _BUNDLED.is_dir()
#: the directory that node ids of the shipped scenarios begin at
HOME: Final = _BUNDLED if INSTALLED else _PACKAGE.parent
SCENARIOS: Final = HOME / "scenarios"
DEFAULT_SUBJECT: Final = HOME / "monitoring" / "subject.yaml"
#: where the controller lies that is tested by default: `{checkout}` of a subject file
CHECKOUT: Final = _PACKAGE.parent
