"""python -m service …: every command parses, calls, prints. Imports stand in the commands, so that each starts fast."""

from __future__ import annotations

import typer

from service.cli import asking, campaigns, doors, leads, owner, running, sending, telling, upkeep

commands = typer.Typer(no_args_is_help=True, add_completion=False, help="Meridian: from a sign-up to a booked visit.")
commands.add_typer(running.commands)
commands.add_typer(upkeep.commands)
commands.add_typer(campaigns.campaigns, name="campaigns")
commands.add_typer(asking.commands)
commands.add_typer(campaigns.segments, name="segments")
commands.add_typer(leads.leads, name="leads")
commands.add_typer(doors.sources, name="sources")
commands.add_typer(doors.inbox, name="inbox")
commands.add_typer(telling.appointments, name="appointments")
commands.add_typer(telling.consents, name="consents")
commands.add_typer(owner.owner, name="owner")
sending.register(commands)


def main() -> None:
    commands()
