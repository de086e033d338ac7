"""The wheel: takes what lies beside the package in a checkout into it, `harness/bundled`. Read by setuptools alone."""

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py  # type: ignore[import-untyped]  # read by no one at run time

#: of the repository's top level; not the controller, which is a package of its own
_PARTS = ("scenarios", "monitoring")
_LEFT_OUT = shutil.ignore_patterns("tests", "__pycache__", "*.pyc", ".*")


class BuildPy(build_py):  # type: ignore[misc]  # same
    """Copies the scenarios and the subject by default into the wheel; an editable install reads them where they are."""

    def run(self) -> None:
        """Builds the packages first."""
        super().run()
        if self.editable_mode:
            return
        bundled = Path(self.build_lib) / "harness" / "bundled"
        # `build/` may be left over from an older tree
        shutil.rmtree(bundled, ignore_errors=True)
        for part in _PARTS:
            shutil.copytree(part, bundled / part, ignore=_LEFT_OUT)
