"""``lanyard worker``: what happens without anybody asking."""

import signal
from types import FrameType

import click

from app import logs
from app.commands.context import command_time, engine, settings
from app.worker import Worker
from identity.niceness import give_way

NICENESS = 10
"""How much the processor prefers whoever signs in; of a core without a free moment it still gets a tenth."""


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything that is due, then exit.")
def worker_command(once: bool) -> None:
    """Let access changes take effect, deliver the outbox, seal the audit trail; until SIGTERM."""
    give_way(NICENESS)
    logs.configure(development=settings().development)
    worker = Worker(settings(), engine(), command_time)
    if once:
        if not worker.once():
            raise click.exceptions.Exit(1)
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run()
