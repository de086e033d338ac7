"""Puts the node together: registration, pods, the kubelet's port and the metrics' port."""

import asyncio
import logging
import os
import time
from contextlib import AsyncExitStack

from harness.stacks.embedded.cgroups import CgroupSupport, RunGroups, cgroup_support, remove_run_groups
from harness.stacks.embedded.node.api import Api, ClientConfig
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.leftovers import kill_leftovers
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.manager import PodManager
from harness.stacks.embedded.node.podworker import Surroundings
from harness.stacks.embedded.node.ports import serve_kubelet_port, serve_metrics_port
from harness.stacks.embedded.node.register import keep_registered, register
from harness.stacks.embedded.node.told import NodeTold

_log = logging.getLogger(__name__)


async def serve(
    config: NodeConfig, *, ready: asyncio.Event | None = None, support: CgroupSupport | None = None
) -> None:
    """Runs a node until cancelled; then its processes are killed and its groups removed, and the Node object stays.

    Run it in the main thread: the kernel ends the containers with the thread that started them.

    Args:
        config: see `NodeConfig`.
        ready: set when the node is registered, schedulable, and both ports are served.
        support: what this machine has of groups; None to look.

    Raises:
        MisuseError: the kubeconfig cannot be used.
        RetryableError: the API server refuses the registration or does not answer.
        CouldNotTellError: a port is taken; within an ExceptionGroup if it is the kubelet's.
    """
    cluster, machine = ClientConfig.read(config.kubeconfig), Machine.read()
    support = support or cgroup_support(parent=config.cgroup_parent)
    _log.info("%s", support.reason)
    no_limits = "" if support.usable else support.reason
    NodeTold(no_limits=no_limits).write(config.state_dir)
    kill_leftovers(support, config.run_id)
    groups = RunGroups(support, config.run_id) if support.usable else None
    try:
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(Api(cluster))
            around = Surroundings(
                config=config,
                cluster=cluster,
                api=api,
                machine=machine,
                groups=groups,
                no_limits=no_limits,
                inherited=dict(os.environ),
            )
            pods, since_s = PodManager(around), time.time()
            uid = await register(api, config, machine, now_s=since_s)
            await serve_metrics_port(stack, config, machine, pods)
            async with asyncio.TaskGroup() as together:
                together.create_task(keep_registered(api, config, machine, uid=uid, since_s=since_s))
                together.create_task(pods.run())
                await serve_kubelet_port(stack, config)
                if ready is not None:
                    ready.set()
    finally:
        if groups is not None:
            remove_run_groups(config.run_id)
