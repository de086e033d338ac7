"""`python -m harness.stacks.kind VERB ...`: pytest-kind's cluster, in a process of its own.

pytest-kind works below the current directory, lets kind write to the terminal and hands its own environment on. In a
process of the run all three are the run's, and the process can be ended with everything it has started.
"""

import argparse
import logging
import os
import subprocess
import sys
from pathlib import Path

from pytest_kind import KindCluster


def main(arguments: list[str] | None = None) -> int:
    """Does one thing to one cluster.

    Returns:
        0, or 1 when kind or kubectl failed; what they said has gone where this process writes.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.stacks.kind", description=__doc__)
    parser.add_argument("verb", choices=("create", "load", "delete"))
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="load: names of images in Docker's store")
    for option in ("name", "directory", "kubeconfig", "kind", "kubectl"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--image", help="create: the node's image")
    parser.add_argument("--config", help="create: kind's configuration")
    parser.add_argument("--ready-timeout", type=int, default=0, metavar="S", help="create: for the node to get ready")
    options = parser.parse_intermixed_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.chdir(options.directory)
    cluster = KindCluster(
        options.name,
        Path(options.kubeconfig),
        image=options.image,
        kind_path=Path(options.kind),
        kubectl_path=Path(options.kubectl),
    )
    try:
        _do(cluster, options)
    except subprocess.CalledProcessError:
        return 1
    return 0


def _do(cluster: KindCluster, options: argparse.Namespace) -> None:
    match options.verb:
        case "create":
            cluster.create(options.config)
            timeout = f"--timeout={options.ready_timeout}s"
            cluster.kubectl("wait", "nodes", "--all", "--for=condition=Ready", timeout)
        case "load":
            for image in options.images:
                cluster.load_docker_image(image)
        case "delete":
            cluster.delete()


if __name__ == "__main__":
    sys.exit(main())
