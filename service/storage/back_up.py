"""A backup of the database at work: whole, looked over, and readable by its owner alone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url


class NotBackedUp(RuntimeError):
    """Says why there is no backup, and what to do."""


def back_up(url: str, file: Path) -> int:
    """SQLite by its own backup call, PostgreSQL through pg_dump. The file appears under its name only when it is whole.
    Gives its size in bytes. Raises NotBackedUp, and then there is no such file."""
    if file.exists():
        raise NotBackedUp(f"{file} is there already; name another file")
    if not file.parent.is_dir():
        raise NotBackedUp(f"there is no folder {file.parent}; make it first")
    coming = file.with_name(f"{file.name}.coming")
    try:
        # Made by ourselves, so that nobody else can read it for a moment.
        os.close(os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        coming.chmod(0o600)
    except OSError as fault:
        raise NotBackedUp(f"{file.parent} cannot be written to: {fault.strerror}") from fault
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            _sqlite(Path(str(parsed.database)), coming)
        else:
            _postgresql(parsed, coming)
        coming.replace(file)
    finally:
        coming.unlink(missing_ok=True)
    return file.stat().st_size


def _sqlite(live: Path, coming: Path) -> None:
    if not live.is_file():
        raise NotBackedUp(f"there is no database at {live}")
    try:
        reading = sqlite3.connect(f"{live.absolute().as_uri()}?mode=ro", uri=True)
        with closing(reading) as old, closing(sqlite3.connect(coming)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=delete")
            found = new.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as fault:
        raise NotBackedUp(f"the database could not be copied: {fault}") from fault
    if found != ("ok",):
        raise NotBackedUp(f"the copy is damaged ({found[0]}): the database itself may be; keep your older backups")


def _postgresql(url: URL, coming: Path) -> None:
    # The password goes by the environment: every user of the machine can read what a command was called with.
    named = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    plain = named.render_as_string(hide_password=False)
    pg_dump = shutil.which("pg_dump")
    if pg_dump is None:
        raise NotBackedUp(
            "pg_dump is not on this machine. On Debian: apt install postgresql-client. Or, where it is:\n"
            f"  pg_dump --format=custom --file={coming.with_suffix('').name} --dbname={plain}"
        )
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    command = [pg_dump, "--format=custom", f"--file={coming}", f"--dbname={plain}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **secret})  # noqa: S603
    if done.returncode:
        newer = "version mismatch" in done.stderr
        mend = "\nUse the pg_dump of the server's own version: put its folder first in PATH." if newer else ""
        raise NotBackedUp(f"pg_dump failed: {done.stderr.strip()}{mend}")
    pg_restore = shutil.which("pg_restore")
    if pg_restore is None:
        return
    listed = subprocess.run([pg_restore, "--list", str(coming)], check=False, capture_output=True, text=True)  # noqa: S603
    if listed.returncode or "alembic_version" not in listed.stdout:
        raise NotBackedUp(f"the dump cannot be read back: {listed.stderr.strip() or 'Meridian is not in it'}")
