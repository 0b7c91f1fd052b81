"""python -m service up|serve|worker|demo|tick: what runs."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.door import BEHIND, opened, settings, stop
from service.cli.upkeep import bring_up_to_date

if TYPE_CHECKING:
    from service.settings import Settings
    from service.storage.database import Database

commands = typer.Typer()


@commands.command()
def up(
    prepare: Annotated[bool, typer.Option(help="bring the database up to date first")] = False,
    demo: Annotated[bool, typer.Option(help="make the demo first where the database is empty")] = False,
) -> None:
    """Serve and work under one supervisor, until Ctrl-C."""
    from service.storage import schema
    from service.storage.database import Database
    from service.supervisor import supervise

    chosen = settings()
    if prepare:
        bring_up_to_date(chosen)
    elif not schema.standing(chosen.database_url).up_to_date:
        stop(BEHIND)
    python = [sys.executable, "-m", "service"]
    db = Database(chosen.database_url)
    if demo and _is_new(db) and subprocess.run([*python, "demo"], check=False).returncode:  # noqa: S603
        raise typer.Exit(1)
    words = _begin(chosen, db)
    db.dispose()
    ready = _ready(chosen, lambda: typer.echo(words))
    raise typer.Exit(supervise({"web server": [*python, "serve"], "worker": [*python, "worker"]}, until_ready=ready))


def _is_new(db: Database) -> bool:
    """Nobody has begun here, or a demo was cut short in the making."""
    from service.storage import clinics
    from service.storage import settings as stored

    with db.read() as conn:
        return not clinics.everyone(conn) or stored.get(conn, stored.DEMO_MAKING) is not None


def _begin(chosen: Settings, db: Database) -> str:
    """Takes the demo's time up where it was left; gives the banner."""
    from service.banner import Login, banner
    from service.storage import clinics, users
    from service.storage import settings as stored
    from service.usecases.keep_demo_time import keep_demo_time

    keep_demo_time(db, int(time.time()))
    with db.read() as conn:
        houses = sorted(clinics.everyone(conn).values(), key=lambda row: row.id)
        demo = stored.get(conn, stored.DEMO) is not None
        owner = users.first_owner(conn)
    login = Login(owner.email, chosen.demo_password) if demo and owner and chosen.demo_password else None
    return banner(
        chosen.public_url,
        login=login,
        clinic=houses[0].slug if houses else None,
        outbox=chosen.provider_name == "outbox",
    )


def _ready(chosen: Settings, tell: Callable[[], None]) -> Callable[[], bool]:
    """Tells once that the server answers and the worker has ticked."""

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{chosen.port}/healthz", timeout=1):
                tell()
                return True
        except OSError:
            return False

    return ready


@commands.command()
def serve() -> None:
    """The web server alone, on 127.0.0.1 at PORT."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    chosen = settings()
    Granian(
        "wsgi:app",
        address="127.0.0.1",
        port=chosen.port,
        interface=Interfaces.WSGI,
        blocking_threads=4,
        backlog=1024,
        websockets=False,
        log_level=LogLevels.warning,
        working_dir=Path(__file__).resolve().parents[1],
    ).serve()


@commands.command()
def worker() -> None:
    """The worker alone: the clock, and the hands that send."""
    from service.worker import NotReady, run

    with opened() as (chosen, kit):
        try:
            run(chosen, kit)
        except NotReady as why:
            stop(str(why))


@commands.command()
def demo() -> None:
    """Fill an empty database with a demo clinic and 60 days of its history, made by the product itself."""
    from rich.progress import BarColumn, Progress, TextColumn

    from service.usecases.make_demo import NotEmpty, make_demo

    with opened() as (chosen, kit):
        if chosen.provider_name != "outbox":
            stop("The demo sends to nobody: it needs MERIDIAN_MAIL=outbox.")
        if not chosen.demo_password:
            stop("The demo's manager needs a password: set MERIDIAN_DEMO_PASSWORD, or use ./run.")
        columns = (TextColumn("  making 60 days of a clinic"), BarColumn(), TextColumn("{task.description}"))
        with Progress(*columns, transient=False) as progress:
            task = progress.add_task("", total=60, visible=False)
            try:
                made = make_demo(
                    kit,
                    chosen.demo_password,
                    seen=lambda day, leads: progress.update(
                        task, completed=day, description=f"{leads} leads", visible=True
                    ),
                )
            except NotEmpty:
                progress.stop()
                return
        typer.echo(f"  {made.leads} leads, {made.mails} mails, {made.visits} visits")


@commands.command()
def tick(
    at: Annotated[str | None, typer.Option(help="ISO instant; forward only, and only with the outbox")] = None,
) -> None:
    """One pass of all that is due, then exit."""
    from service.assembly import build_provider
    from service.domain.timing import parse_iso
    from service.usecases.pass_once import pass_once
    from service.usecases.travel import CannotTravel, travel

    with opened() as (chosen, kit):
        provider = build_provider(chosen, kit)
        if at is not None:
            try:
                tally = travel(kit, provider, parse_iso(at))
            except CannotTravel as why:
                stop(f"--at {at}: {why}")
            except ValueError:
                stop(f"--at {at}: not an instant; write it like 2026-11-24T09:00:00-06:00")
        else:
            tally = pass_once(kit, provider)
    typer.echo(json.dumps({name: getattr(tally, name) for name in tally.__dataclass_fields__}))
