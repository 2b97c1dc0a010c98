"""A PostgreSQL server of its own for tests and measures: in a temporary folder, on the loopback.

`initdb` refuses root: the server then runs as another user of the machine. Where its programs are
not installed, tests that need it say so and are left out.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PASSWORD = "mot-de-passe-du-site"
_USERS = ("postgres", "nobody")


def programs() -> Path | None:
    """The folder of a server's programs; None where there is none, or nobody to run it as."""
    found = [p.parent for p in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    if not found and (program := shutil.which("initdb")):
        found = [Path(program).resolve().parent]
    return found[-1] if found and (os.geteuid() or _user()) else None


def _user() -> str | None:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _USERS if name in names), None)


needs_postgres = pytest.mark.skipif(
    programs() is None, reason="PostgreSQL (initdb, postgres) n'est pas installé sur cette machine"
)


class Server:
    """A server: `admin` is a service of its owner, others are those of sites' roles."""

    def __init__(self, folder: Path, *, addresses: str = "127.0.0.1") -> None:
        self.folder, self.data, self.addresses = folder, folder / "data", addresses
        self.user = None if os.geteuid() else _user()
        if self.user is not None:
            shutil.chown(folder, self.user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.services = folder / "services.conf"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self.data), "-A", "scram-sha-256", "--auth-local=trust",
                  "-U", "admin", "-E", "UTF8", "--no-sync")  # fmt: skip
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("host all all 0.0.0.0/0 scram-sha-256\n")
        self.start()
        self.sql("CREATE DATABASE relais")
        self.service("admin", host=str(folder), user="admin")

    def _run(self, *words: str) -> None:
        bin_ = programs()
        assert bin_ is not None
        subprocess.run([bin_ / words[0], *words[1:]], check=True, capture_output=True,
                       user=self.user, cwd=self.folder)  # fmt: skip

    def start(self, *options: str) -> None:
        """Start it, and wait until it answers."""
        bin_ = programs()
        assert bin_ is not None
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
            [bin_ / "postgres", "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder),
             "-h", self.addresses, "-c", "fsync=on", *options],
            stdout=subprocess.DEVNULL, stderr=log,
            user=self.user, cwd=self.folder, start_new_session=True,
        )  # fmt: skip
        ready = [bin_ / "pg_isready", "-q", "-h", str(self.folder), "-p", str(self.port)]
        for _ in range(300):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text("utf-8", "replace"))

    def kill(self) -> None:
        """End it as a power cut does: all of its processes, at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def service(self, name: str, **said: object) -> None:
        """Describe a service in the file of services."""
        values = {"host": "127.0.0.1", "port": self.port, "dbname": "relais"} | said
        with self.services.open("a") as file:
            lines = [f"[{name}]", *(f"{key}={value}" for key, value in values.items()), ""]
            file.write("\n".join(lines))
        self.services.chmod(0o644)

    def sql(self, query: str, database: str = "postgres") -> str:
        """What psql answers the owner."""
        bin_ = programs()
        assert bin_ is not None
        return subprocess.run(
            [bin_ / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
             "-p", str(self.port), "-U", "admin", "-d", database, "-c", query],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip

    def role(self, name: str, password: str = PASSWORD) -> None:
        """Give a role its password, and a service of its name."""
        self.sql(f"ALTER ROLE {name} PASSWORD '{password}'", "relais")
        self.service(name, user=name, password=password)


@contextmanager
def running(*, addresses: str = "127.0.0.1") -> Iterator[Server]:
    """A server, and the file of its services as the post's."""
    with tempfile.TemporaryDirectory(prefix="agir-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder), addresses=addresses)
        before = os.environ.get("PGSERVICEFILE")
        os.environ["PGSERVICEFILE"] = str(server.services)
        try:
            yield server
        finally:
            if before is None:
                del os.environ["PGSERVICEFILE"]
            else:
                os.environ["PGSERVICEFILE"] = before
            server.kill()
