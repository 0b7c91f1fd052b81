"""python -m service brake|in-doubt|backup: what is done about sending from the command line."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Clinic = Annotated[str | None, typer.Option("--clinic", help="the clinic's slug; without it, every clinic")]
Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask first")]

brake = typer.Typer(no_args_is_help=True, help="What holds mail back: see it, put it on, take it off.")
in_doubt = typer.Typer(no_args_is_help=True, help="Mails of which nobody knows whether they went.")


@brake.command("status")
def brake_status(clinic: Clinic = None, as_json: Json = False) -> None:
    """Which clinics are held back, and why. Exit 0: none; 1: one or more."""
    from service.cli.door import house_called, opened
    from service.usecases.tell_brakes import tell_brakes

    with opened() as (_, kit):
        only = house_called(kit, clinic).id if clinic else None
        found = tell_brakes(kit, only)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for each in found:
            since = f" since {each['since']}" if each["since"] else ""
            why = f": {each['why']}" if each["why"] else ""
            typer.echo(f"{each['clinic']:<20} {each['state']}{since}{why}")
            if each["waiting"]:
                typer.echo(f"{'':<20} {each['waiting']} mails wait for {each['people']} people")
    raise typer.Exit(1 if any(each["state"] != "sending" for each in found) else 0)


@brake.command("on")
def brake_on(
    clinic: Clinic = None,
    why: Annotated[str, typer.Option(help="for the colleagues at the desk")] = "",
    yes: Yes = False,
) -> None:
    """With --clinic: its series stand still, its visit mails go on. Without: all mail of every clinic stops."""
    from service.cli.door import house_called, opened
    from service.usecases.resume_series import stop_series
    from service.usecases.stop_sending import stop_everything

    with opened() as (_, kit):
        if clinic is None:
            if not yes:
                typer.confirm("Stop all mail of every clinic, confirmations and reminders too?", abort=True)
            typer.echo(f"stopped: {stop_everything(kit, why)} clinics")
            return
        done = stop_series(kit, house_called(kit, clinic).id, None, why)
    typer.echo(f"{clinic}: the series stand still" if done else f"{clinic}: the brake was on already")


@brake.command("off")
def brake_off(
    clinic: Clinic = None,
    how: Annotated[str, typer.Option(help="send, reschedule or skip what waited")] = "reschedule",
    yes: Yes = False,
) -> None:
    """With --clinic: tells who waits, asks, and lets its series go on; nobody gets two mails at once. Without: starts
    the clinics that `brake on` stopped."""
    from service.cli.door import house_called, opened, stop
    from service.storage import brakes
    from service.usecases.release_held import HOWS
    from service.usecases.resume_series import resume_series
    from service.usecases.stop_sending import start_everything

    way = next((each for each in HOWS if each == how), None) or stop(f"no way '{how}'; use one of {', '.join(HOWS)}")
    with opened() as (_, kit):
        if clinic is None:
            typer.echo(f"started: {start_everything(kit)} clinics")
            return
        house = house_called(kit, clinic)
        with kit.db.read() as conn:
            held = brakes.held(conn, house.id)
        typer.echo(f"{held.people} people wait for {held.mails} mails, {held.several} of them for more than one")
        if held.mails and not yes:
            typer.confirm(f"Let the series go on ({how})?", abort=True)
        gone = resume_series(kit, house.id, None, way)
    typer.echo(f"{clinic}: the brake was off already" if gone is None else f"{clinic}: the series go on")


@in_doubt.command("list")
def list_doubts(clinic: Clinic = None, as_json: Json = False) -> None:
    """Each mail in doubt: since when, why, and what settles it when. No names: `why EMAIL` and the desk have them."""
    from service.cli.door import house_called, opened
    from service.domain.timing import iso
    from service.usecases import show_doubts

    with opened() as (_, kit):
        only = house_called(kit, clinic).id if clinic else None
        with kit.db.read() as conn:
            found = show_doubts.show_doubts(kit, conn, only, kit.clock())
    told = [show_doubts.as_json(each, iso(each.since), iso(each.at) if each.at else None) for each in found]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in told:
        typer.echo(f"{each['ref']}  {each['clinic']}  since {each['since']}: {each['why']}")
        typer.echo(f"    {each['then']}" + (f" At {each['again_at']}." if each["again_at"] else ""))
    typer.echo(f"{len(told)} in doubt", err=True)


@in_doubt.command("settle")
def settle_doubts(
    ref: Annotated[str | None, typer.Argument(help="as `list` names it; without it, all")] = None,
    sent: Annotated[bool, typer.Option("--sent", help="it went: it counts as sent")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="it is never sent")] = False,
    clinic: Clinic = None,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """With --sent or --not-sent: your word. With neither: ask the provider once more, and keep to the rule."""
    from service.assembly import build_provider
    from service.cli.door import house_called, opened, stop
    from service.usecases.decide_doubt import Decider, decide_doubt
    from service.usecases.settle import settle
    from service.usecases.show_doubts import show_doubts

    if sent and not_sent:
        stop("--sent or --not-sent, not both")
    with opened() as (chosen, kit):
        if not sent and not not_sent:
            if ref:
                stop("say what is known of it: --sent or --not-sent")
            done = settle(kit, build_provider(chosen, kit))
        else:
            only = house_called(kit, clinic).id if clinic else None
            with kit.db.read() as conn:
                found = [each for each in show_doubts(kit, conn, only, kit.clock()) if ref in (None, each.ref)]
            if not found:
                stop(f"nothing in doubt is called '{ref}'" if ref else "nothing is in doubt")
            if ref is None and not yes:
                typer.confirm(
                    f"Say of {len(found)} mails that they {'went' if sent else 'are never sent'}?", abort=True
                )
            done = 0
            for clinic_id in sorted({each.clinic.id for each in found}):
                ours = [each.line.message_id for each in found if each.clinic.id == clinic_id]
                done += decide_doubt(kit, Decider(clinic_id), ours, "went" if sent else "drop")
    typer.echo(json.dumps({"settled": done}) if as_json else f"{done} settled")


def backup(file: Annotated[Path, typer.Argument(help="where to; it must not be there yet")]) -> None:
    """Back the database up while it is at work, look the copy over, and keep it for its owner alone (0600)."""
    from service.cli.door import settings, stop
    from service.storage.back_up import NotBackedUp, back_up

    try:
        size = back_up(settings().database_url, file)
    except NotBackedUp as why:
        stop(str(why))
    typer.echo(
        f"{file}: {size:,} bytes, looked over. Keep MERIDIAN_SECRET_KEY with it, and elsewhere than this machine."
    )
    typer.echo("Put it back with: python -m service restore (docs/operations.md)")


def register(commands: typer.Typer) -> None:
    commands.add_typer(brake, name="brake")
    commands.add_typer(in_doubt, name="in-doubt")
    commands.command()(backup)
