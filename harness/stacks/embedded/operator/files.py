"""Writing the translated files: each replaced at once, readable by their owner only, and only when changed."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from harness.core.operator.translation import Translation
from harness.stacks.embedded.operator.config import OperatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What has to be reloaded."""

    prometheus: bool
    alertmanager: bool


def write_files(translation: Translation, config: OperatorConfig) -> Changed:
    """Brings the files on disk to the translation's content; rule files that are no longer in it are removed.

    Raises:
        OSError: a directory is missing or the disk is full.
    """
    rules_changed = [replace_file(config.rules_dir / name, text) for name, text in translation.rules.items()]
    stale = [path for path in config.rules_dir.glob("*.yaml") if path.name not in translation.rules]
    for path in stale:
        path.unlink()
    return Changed(
        prometheus=replace_file(config.prometheus_config, translation.prometheus) or any(rules_changed) or bool(stale),
        alertmanager=replace_file(config.alertmanager_config, translation.alertmanager),
    )


def replace_file(path: Path, text: str) -> bool:
    """Writes a file whole or not at all, with mode 0600; False if it has this content already."""
    if path.exists() and path.read_text() == text:
        return False
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
    return True


def generation(translation: Translation) -> str:
    """A hash of all content: equal generations are equal configurations."""
    digest = sha256()
    for part in _parts(translation):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _parts(translation: Translation) -> Iterator[str]:
    yield translation.prometheus
    yield translation.alertmanager
    for name, text in sorted(translation.rules.items()):
        yield name
        yield text
