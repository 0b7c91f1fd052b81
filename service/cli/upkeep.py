"""python -m service migrate|restore: the database's own upkeep."""

# ruff: noqa: PLC0415
from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.door import settings, stop

if TYPE_CHECKING:
    from service.settings import Settings

commands = typer.Typer()


@commands.command()
def migrate() -> None:
    """Bring the database to this version; an upgrade is backed up first."""
    bring_up_to_date(settings())


def bring_up_to_date(chosen: Settings) -> None:
    from service.domain.timing import iso
    from service.settings import ROOT
    from service.storage import schema
    from service.worker import lay_out_queue

    standing = schema.standing(chosen.database_url)
    if standing.up_to_date:
        made = lay_out_queue(chosen)
        typer.echo("The queue was laid out." if made else "The database is up to date.")
        return
    from service.storage import migrate as steps
    from service.storage.back_up import NotBackedUp

    if standing.current is not None:
        stamp = iso(int(time.time())).replace(":", "").replace("-", "")
        try:
            copy = steps.backup(chosen.database_url, ROOT / "var" / "backups", stamp)
        except NotBackedUp as why:
            stop(f"No backup was made, so nothing was changed: {why}")
        if copy is None:
            stop("No backup was made: pg_dump is missing. On Debian: apt install postgresql-client.")
        typer.echo(f"Backed up to {copy.relative_to(ROOT)}.")
    try:
        steps.upgrade(chosen.database_url)
    except steps.InUse:
        stop("A long query or a backup holds a table, so nothing was changed. Try again in a minute.")
    lay_out_queue(chosen)
    typer.echo(f"The database is at {standing.head}.")


@commands.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="a backup of an SQLite database")] = None,
    done: Annotated[bool, typer.Option("--done", help="PostgreSQL: pg_restore has put the backup back")] = False,
) -> None:
    """Put a backup back. All that was due since it was made is held for a person: it may have gone already."""
    from service.domain.timing import iso
    from service.settings import ROOT
    from service.storage.put_back import NoBackup
    from service.usecases.restore_backup import WorkerBeats, restore_backup, restored_elsewhere

    chosen = settings()
    try:
        if chosen.database_url.startswith("sqlite"):
            if file is None or done:
                stop("name the backup: python -m service restore FILE")
            kept, held = restore_backup(chosen.database_url, file, ROOT / "var" / "backups", int(time.time()))
        elif file is not None or not done:
            stop("PostgreSQL: put the backup back with pg_restore, then run: python -m service restore --done")
        else:
            kept, held = None, restored_elsewhere(chosen.database_url, int(time.time()))
    except WorkerBeats:
        stop("a worker is at work, or was half a minute ago; stop Meridian first, then try again")
    except NoBackup as why:
        stop(str(why))
    if kept is not None:
        typer.echo(f"The database that was replaced is kept: {kept}")
    typer.echo(f"The backup knows of all until {iso(held.lost.since)}.")
    typer.echo(
        f"Held for a decision: {held.people} due since. In doubt whether they went: {held.mails} mails. "
        "Nothing of it leaves by itself. Start Meridian, then see Home, “Review”."
    )
