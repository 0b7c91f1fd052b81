"""python -m service simulate|forecast|why|doctor: what is asked, and changes nothing."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
from typing import Annotated

import typer

from service.cli.door import Slug, house_called, opened, stop

commands = typer.Typer()


@commands.command()
def simulate(
    campaign: Annotated[str, typer.Argument(help="a campaign's key (its draft, where there is one), or a file")],
    lead: Annotated[str, typer.Option(help='JSON: {"timezone": …, "clicked": ["book"], "tags": ["vip"]}')] = "{}",
    start: Annotated[str | None, typer.Option("--from", help="ISO instant or local time of sign-up; now")] = None,
    clinic: Slug = None,
    as_json: Annotated[bool, typer.Option("--json", help="a list of {at, kind, step, subject, reason}")] = False,
) -> None:
    """Print each action of a campaign with its instant, for an imagined lead. With --clinic its closed days, quiet
    hours and caps count. Sends nothing."""
    from service.assembly import wall
    from service.content.faults import Faults
    from service.domain.timing import is_zone, iso, local, parse_iso
    from service.usecases.closures import load_closed
    from service.usecases.imagine import UnknownLead, find_campaign, imagine

    try:
        person = imagine(json.loads(lead))
    except json.JSONDecodeError as fault:
        stop(f"--lead is no JSON: {fault}")
    except UnknownLead as fault:
        stop(f"--lead: {fault}")
    if not is_zone(person.zone):
        stop(f"--lead: '{person.zone}' is no IANA zone, such as America/Chicago")
    try:
        begins = parse_iso(start, person.zone) if start else wall()
    except ValueError:
        stop(f"--from {start}: not an instant; write it like 2026-10-29T14:20 or 2026-10-29T14:20:00-05:00")
    house, closed = None, None
    try:
        if clinic is None:
            found = find_campaign(campaign, None, None)
        else:
            with opened() as (_, kit):
                house = house_called(kit, clinic)
                with kit.db.read() as conn:
                    found = find_campaign(campaign, conn, house)
                    closed = load_closed(conn, [house], begins)[house.id]
    except Faults as faults:
        stop(str(faults))
    if found is None:
        stop(f"no campaign '{campaign}'; name a shipped one, a file, or one of a clinic's with --clinic SLUG")
    happened = person.run(found.definition, begins, house, closed)
    if as_json:
        lines = [
            {"at": iso(each.at), "kind": each.kind, "step": each.step, "reason": each.words}
            | ({"subject": each.title} if each.title else {})
            for each in happened
        ]
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
        return
    for line in happened:
        here = local(line.at, person.zone)
        words = f"{line.title} ({line.mail})" if line.kind == "sends" else f"{line.kind}: {line.step} {line.words}"
        late = f"  [{line.words}]" if line.kind == "sends" and line.words else ""
        typer.echo(f"{here:%a %d %b %Y %H:%M:%S %Z}  {line.kind:<8} {words.strip()}{late}")


@commands.command()
def forecast(
    days: Annotated[int, typer.Option(min=1, max=60, help="today and the days after it")] = 30,
    clinic: Slug = None,
    as_json: Annotated[bool, typer.Option("--json", help="{from, days: [{date, closed, total, …}], people, ends}")] = (
        False
    ),
) -> None:
    """The mails of the days to come, by day and campaign, if everybody goes on as they are."""
    from service.usecases import forecast as asked

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        with kit.db.read() as conn:
            found = asked.forecast(kit, conn, house, kit.clock(), days)
    if as_json:
        typer.echo(json.dumps(asked.as_json(found), ensure_ascii=False, indent=2))
        return
    typer.echo(asked.finding(found, house.zone))
    for day in found.days:
        named = f"  {day.closed}" if day.closed else ""
        capped = f"  {day.collisions} moved by a cap" if day.collisions else ""
        typer.echo(f"{day.date}  {day.total:>6}{named}{capped}")


@commands.command()
def why(
    email: str,
    campaign: Annotated[str | None, typer.Option(help="only this campaign's")] = None,
    clinic: Slug = None,
    as_json: Annotated[bool, typer.Option("--json", help="{sent: […], not_sent: […], next: {…} or null}")] = False,
) -> None:
    """What a lead was sent and why, what not and why not, and what comes next."""
    from service.usecases.why_email import lead_called, why_email

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        with kit.db.read() as conn:
            person = lead_called(conn, house, email)
            if person is None:
                stop("nobody here has this address")
            told = why_email(kit, conn, person, kit.clock(), campaign)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in sorted([*told["sent"], *told["not_sent"]], key=lambda each: str(each["at"])):
        typer.echo(f"{each['at']}  {each['campaign']}: {each['words']}")
    ahead = told["next"]
    typer.echo(f"Next: “{ahead['title']}”, {ahead['words']}" if ahead else f"Next: {told['nothing'] or 'nothing'}")


@commands.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="{ok, findings: [{state, what, mend, record}]}")] = False,
) -> None:
    """Look over the installation and the senders' domains: each finding with its mend. Exit 0: nothing must be mended,
    though something may not have been seen; 1: something must, or the settings are at fault."""
    from service.usecases.examine import examine

    with opened(check=False) as (chosen, kit):
        findings = examine(kit, secure=chosen.secure, event_key=bool(chosen.sendgrid_event_public_key))
    well = all(finding.well for finding in findings)
    if as_json:
        told = [{"state": each.state, "what": each.what, "mend": each.mend, "record": each.record} for each in findings]
        typer.echo(json.dumps({"ok": well, "findings": told}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            typer.echo(f"{ {'well': 'ok  ', 'mend': 'MEND', 'unseen': '?   '}[finding.state] }  {finding.what}")
            for more in filter(None, (finding.mend, finding.record)):
                typer.echo(f"      {more}")
    raise typer.Exit(0 if well else 1)
