"""The store of deliveries: a file of JSON lines that outlives the receiver."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from harness.core.alertmanager.delivery import Delivery
from harness.core.errors import MisuseError


class DeliveryStore:
    """Deliveries in a file of JSON lines that only the owner can read, and in memory.

    A last line torn by a crash was never acknowledged, so it is cut off when the file is read again.
    """

    def __init__(self, path: Path) -> None:
        self.deliveries: list[Delivery] = []
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.fchmod(self._descriptor, 0o600)
        kept_bytes = 0
        for line in path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            try:
                self.deliveries.append(Delivery(**json.loads(line)))
            except (ValueError, TypeError) as error:
                os.close(self._descriptor)
                raise MisuseError(
                    f"{path} line {len(self.deliveries) + 1} is no delivery",
                    why=str(error),
                    fix="name another file, or move this one away",
                ) from error
            kept_bytes += len(line)
        os.ftruncate(self._descriptor, kept_bytes)

    def add(self, deliveries: tuple[Delivery, ...]) -> None:
        """Appends and returns only when the disk has it (raises OSError when the disk does not take it)."""
        text = "".join(json.dumps(asdict(delivery)) + "\n" for delivery in deliveries).encode()
        view = memoryview(text)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fsync(self._descriptor)
        self.deliveries.extend(deliveries)

    def close(self) -> None:
        """Gives the file back."""
        os.close(self._descriptor)
