"""python -m service leads show|appointments list|consents verify: what is there, and whether it is what it was."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
from typing import Annotated

import typer

from service.cli.door import Slug, house_called, opened, stop
from service.cli.doors import Json
from service.cli.leads import leads

appointments = typer.Typer(no_args_is_help=True, help="Visits.")
consents = typer.Typer(no_args_is_help=True, help="What people agreed to.")
DAYS = 28


@appointments.callback()
def _appointments() -> None:
    """Visits."""


@consents.callback()
def _consents() -> None:
    """What people agreed to."""


@leads.command("show")
def show(
    email: Annotated[str, typer.Argument(help="the person's address")], clinic: Slug = None, as_json: Json = False
) -> None:
    """One person: where they stand, what they agreed to, what happened. What they wrote is shown at the desk alone."""
    from service.usecases.tell_lead import tell_lead
    from service.usecases.why_email import lead_called

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        with kit.db.read() as conn:
            person = lead_called(conn, house, email)
            if person is None:
                stop(f"{house.name} has nobody with this address")
            told = tell_lead(kit, conn, person, kit.clock())
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    name = " ".join(filter(None, (told["first_name"], told["last_name"]))) or told["email"]
    typer.echo(f"{name}: {told['stage']}, consent {told['consent']}, signed up {told['signed_up_at']}")
    for each in told["next"]:
        typer.echo(f"  next: {each['campaign']} {each['step']} {each['at'] or 'held'}")
    for line in told["timeline"]:
        words = " ".join(filter(None, (line["what"], line["named"] and f"“{line['named']}”", line["because"])))
        typer.echo(f"{line['at']}  {words}")


@appointments.command("list")
def list_appointments(
    clinic: Slug = None,
    since: Annotated[str | None, typer.Option("--from", help="a day or an instant: 2026-12-01; today")] = None,
    days: Annotated[int, typer.Option(help="how many days of them", min=1, max=3660)] = DAYS,
    as_json: Json = False,
) -> None:
    """The visits of some days, of every state, by their start."""
    from service.domain.timing import DAY, day_start, local, local_day, parse_iso
    from service.usecases.tell_visits import tell_visits

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        try:
            begins = parse_iso(since, house.zone) if since else kit.clock()
        except ValueError:
            stop(f"--from {since}: not a day; write it like 2026-12-01")
        begins = day_start(local_day(begins, house.zone), house.zone) if not since or len(since) == 10 else begins
        with kit.db.read() as conn:
            told = tell_visits(conn, house.id, begins, begins + days * DAY)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for visit in told:
        at = local(parse_iso(visit["starts_at"], house.zone), house.zone)
        typer.echo(f"{at:%a %d %b %Y %H:%M}  {visit['state']}  {visit['id']}")
    typer.echo(f"{len(told)} visits")


@consents.command("verify")
def verify(clinic: Slug = None, as_json: Json = False) -> None:
    """Read the chain of receipts: whether each consent still says what it said. Ends with 1 where one does not."""
    from service.usecases.check_receipts import check_receipts

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        found = check_receipts(kit, house.id)
    if as_json:
        told = {"receipts": found.total, "erased": found.erased, "changed": list(found.changed), "holds": found.holds}
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{found.total} receipts, {found.erased} of them of what was erased since")
        for number in found.changed:
            typer.echo(f"receipt {number}: its consent was changed, taken out or put in")
        if found.cut:
            typer.echo("the chain ends otherwise than it was written: receipts were taken off its end")
        if found.holds:
            typer.echo("the chain holds")
    raise typer.Exit(0 if found.holds else 1)
