"""``lanyard worker``: what happens without anybody asking."""

import signal
from types import FrameType

import click

from app import logs
from app.commands.context import command_time, engine, settings
from app.worker import Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything that is due, then exit.")
def worker_command(once: bool) -> None:
    """Let access changes take effect, deliver the outbox, seal the audit trail; until SIGTERM."""
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
