"""python -m service owner reset: for an owner who is locked out."""

# ruff: noqa: PLC0415
from __future__ import annotations

from typing import Annotated

import typer

from service.cli.door import opened, stop

owner = typer.Typer(help="For an owner who is locked out.")


@owner.callback()
def _owner() -> None:
    """For an owner who is locked out."""


@owner.command()
def reset(email: Annotated[str, typer.Argument(help="the address that the owner signs in with")]) -> None:
    """Print a link that works once, for an hour, to choose a new password. Needs no mail and no old password."""
    from service.usecases.staff_links import NoOwner, owner_link

    with opened() as (_, kit):
        try:
            link = owner_link(kit, email)
        except NoOwner:
            stop("No owner signs in with this address. Others ask for a link on the sign-in page.")
    typer.echo(f"Open this within an hour, in a browser that reaches the desk; it works once:\n{link}")
