"""``lanyard run``: the provider, its worker, two departments' apps and sign-ins, with demonstration data."""

import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from app.commands.context import command_time, engine, settings
from app.commands.migrate import make_ready
from app.config import Settings
from app.database import open_session
from app.demo.accounts import PASSWORD
from app.demo.apps import APPS
from app.demo.departments import CLIENT_SECRET, DEPARTMENTS, DemoDepartment, find_provider, issuer_at
from app.demo.loading import current_accounts, load
from app.demo.organisations import organisation_ids
from app.processes import Program, Stopped, Supervisor, busy_ports, stop_on_signals

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_SECONDS = 30.0
COLOURS = {"HMRC": "#0b5c56", "HO": "#4b2a7b"}


@click.command()
def run() -> None:
    """Start Lanyard, its worker and two departments' apps and sign-ins; Ctrl-C stops them."""
    chosen = settings()
    if not chosen.development:
        raise click.ClickException(
            "lanyard run is for development. In production run granian wsgi:application and lanyard worker."
        )
    ports = (chosen.port, *chosen.department_ports, *chosen.account_ports)
    if busy := busy_ports(chosen.bind, ports):
        raise click.ClickException(
            f"Port {', '.join(map(str, busy))} is in use. Stop what uses it, or set LANYARD_PORT, "
            "LANYARD_DEPARTMENT_PORTS and LANYARD_ACCOUNT_PORTS to others, and "
            "LANYARD_ENVIRONMENT=development beside them."
        )
    with _own_folder(chosen.var):
        make_ready(chosen, engine(), command_time())
        for step in load(engine(), chosen, command_time()):
            click.echo(str(step))
        _keep_running(chosen)


@contextmanager
def _own_folder(var: Path) -> Iterator[None]:
    """Make the data folder, and leave a note in it of who runs while they do."""
    note = var / "lanyard.pid"
    try:
        (var / "log").mkdir(parents=True, exist_ok=True)
        (var / "department-apps").mkdir(exist_ok=True)
        (var / "department-accounts").mkdir(exist_ok=True)
        note.write_text(str(os.getpid()))
    except OSError as error:
        raise click.ClickException(f"The folder {var} cannot be written: {error.strerror}.") from None
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def _keep_running(chosen: Settings) -> None:
    supervisor = Supervisor(ROOT)
    stop_on_signals()
    try:
        for program in _programs(chosen):
            supervisor.start(program)
        _wait_until_ready(chosen, supervisor)
        _print_table(chosen)
        ended = supervisor.wait()
        raise click.ClickException(f"{ended} ended by itself. Its last words are in {_log(chosen, ended)}.")
    except Stopped:
        click.echo("\nStopping ...")
    finally:
        supervisor.stop()


def _programs(chosen: Settings) -> Iterator[Program]:
    server = ["granian", "wsgi:application", "--host", chosen.bind, "--port", str(chosen.port)]
    server += ["--interface", "wsgi", "--http", "1", "--no-ws", "--http1-buffer-size", "65536"]
    server += ["--workers", str(chosen.processes), "--blocking-threads", str(chosen.threads)]
    yield Program("lanyard", [sys.executable, "-m", *server], _log(chosen, "lanyard"), {})
    worker = [sys.executable, "-m", "app.commands", "worker"]
    yield Program("worker", worker, _log(chosen, "worker"), {})
    for code, port in zip(COLOURS, chosen.department_ports, strict=True):
        configuration = _department_app(chosen, code, port)
        command = [sys.executable, "-m", "examples.department_app", "--config", str(configuration)]
        yield Program(code, command, _log(chosen, code), {})
    for department, port in zip(DEPARTMENTS, chosen.account_ports, strict=True):
        configuration = _department_accounts(chosen, department, port)
        command = [sys.executable, "-m", "examples.department_accounts", "--config", str(configuration)]
        name = f"{department.organisation}-accounts"
        yield Program(name, command, _log(chosen, name), {})


def _log(chosen: Settings, name: str) -> Path:
    return chosen.var.absolute() / "log" / f"{name}.log"


def _department_app(chosen: Settings, code: str, port: int) -> Path:
    """Write the configuration of a department app: the issuer's URL, its client, and secrets of its own."""
    folder = chosen.var.absolute() / "department-apps"
    path, client = folder / f"{code}.json", json.loads((chosen.var / "clients" / f"{code}.json").read_text())
    configuration = {
        "issuer": chosen.issuer,
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "name": next(app.name for app in APPS if app.organisation == code),
        "organisation": code,
        "host": chosen.bind,
        "port": str(port),
        "database": str(folder / f"{code}.db"),
        "colour": COLOURS[code],
        "scope": "openid profile email employment clearance entitlements",
    }
    return _write(path, configuration)


def _department_accounts(chosen: Settings, department: DemoDepartment, port: int) -> Path:
    """Write the configuration of a department's sign-in: what it registered Lanyard with, and its secret."""
    with open_session(engine(), writes=False) as session:
        organisation_id = organisation_ids(session)[department.organisation]
        provider = find_provider(session, organisation_id, port)
    if provider is None:
        raise LookupError(department.name)
    configuration = {
        "issuer": provider.issuer,
        "name": department.name,
        "organisation": department.organisation,
        "domain": department.domain,
        "password": PASSWORD,
        "client_id": provider.client_id,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": f"{chosen.issuer}/sign-in/departments/{provider.id}/return",
        "post_logout_redirect_uri": f"{chosen.issuer}/signed-out",
        "host": chosen.bind,
        "port": port,
        "colour": COLOURS[department.organisation],
    }
    folder = chosen.var.absolute() / "department-accounts"
    return _write(folder / f"{department.organisation}.json", configuration)


def _write(path: Path, configuration: dict[str, Any]) -> Path:
    """Write it where its owner alone reads it, with the ``secret_key`` that it had before, or a new one."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    secret_key = kept.get("secret_key") or secrets.token_hex(32)
    path.touch(mode=0o600)
    path.write_text(json.dumps({**configuration, "secret_key": secret_key}, indent=1))
    return path


def _wait_until_ready(chosen: Settings, supervisor: Supervisor) -> None:
    patience = time.monotonic() + READY_WITHIN_SECONDS
    waiting = [f"http://localhost:{chosen.port}/readyz"]
    waiting += [
        f"http://localhost:{port}/healthz" for port in (*chosen.department_ports, *chosen.account_ports)
    ]
    while waiting:
        if _answers(waiting[0]):
            waiting.pop(0)
        elif (ended := supervisor.ended()) is not None:
            raise click.ClickException(f"{ended} could not start. The reason is in {_log(chosen, ended)}.")
        elif time.monotonic() > patience:
            raise click.ClickException(f"{waiting[0]} does not answer. Look into {chosen.var / 'log'}.")
        else:
            time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _print_table(chosen: Settings) -> None:
    addresses = Table(show_header=False, box=None)
    addresses.add_row("Lanyard", chosen.issuer)
    addresses.add_row("HM Revenue & Customs' app", f"http://localhost:{chosen.department_ports[0]}")
    addresses.add_row("Home Office's app", f"http://localhost:{chosen.department_ports[1]}")
    for department, port in zip(DEPARTMENTS, chosen.account_ports, strict=True):
        addresses.add_row(f"{department.name}s", issuer_at(port))
    addresses.add_row("Mail that was sent", f"{chosen.issuer}/inbox")
    accounts = Table(box=None)
    accounts.add_column("Account", no_wrap=True)
    accounts.add_column("Address", no_wrap=True)
    accounts.add_column("Who")
    with open_session(engine(), writes=False) as session:
        for account, address in current_accounts(session, command_time()):
            accounts.add_row(account.name, address, account.part)
    console = Console()
    console.print()
    console.print(addresses)
    console.print()
    console.print(accounts)
    console.print(f"\nEverybody's password is [bold]{PASSWORD}[/bold]; who is new has none here yet.")
    console.print("Ctrl-C stops everything; make run goes on with the same data, make reset starts over.")
