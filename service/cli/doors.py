"""python -m service sources|inbox: the forms that sign-ups come from, and what came in."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
from typing import Annotated

import typer

from service.cli.door import Slug, house_called, opened, stop

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")]

sources = typer.Typer(no_args_is_help=True, help="The forms that sign-ups come from.")
inbox = typer.Typer(no_args_is_help=True, help="Every post that came in, and what was made of it.")


@sources.command("add")
def add(
    key: Annotated[str, typer.Argument(help="what its address ends with: for a vendor that signs nothing, the secret")],
    vendor: Annotated[str, typer.Option(help="the form tool: standard, typeform, tally, elementor, generic …")],
    clinic: Slug = None,
    secret: Annotated[str | None, typer.Option(help="what the form tool signs with")] = None,
    interest: Annotated[str | None, typer.Option(help="what its people ask about, where the form does not say")] = None,
    name: Annotated[str, typer.Option(help="for the people at the desk")] = "",
) -> None:
    """Add a form. Prints the address to post to."""
    from service.sources import vendor_of
    from service.usecases.add_source import add_source

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        try:
            title = name or vendor_of(vendor).title
            with kit.db.write() as conn:
                row = add_source(
                    conn,
                    clinic_id=house.id,
                    vendor=vendor,
                    name=title,
                    now=kit.clock(),
                    key=key,
                    secret=secret,
                    interest=interest,
                )
        except ValueError as fault:
            stop(str(fault))
        typer.echo(f"{kit.base_url}/hooks/signup/{row.key}")


@sources.command("list")
def list_sources(clinic: Slug = None, as_json: Json = False) -> None:
    """Each form with its key and whether it is on; no secret."""
    from service.domain.timing import iso
    from service.storage import sources as stored

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        with kit.db.read() as conn:
            rows = stored.doors_of(conn, house.id)
    if as_json:
        told = [
            {
                "key": row.key,
                "vendor": row.vendor,
                "name": row.name,
                "interest": row.interest,
                "double_opt_in": row.double_opt_in,
                "has_secret": row.secret is not None,
                "created_at": iso(row.created_at),
                "on": row.disabled_at is None,
            }
            for row in rows
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        typer.echo(f"{row.key:<34} {row.vendor:<16} {'on' if row.disabled_at is None else 'off':<4} {row.name}")


@inbox.command("list")
def list_posts(
    clinic: Slug = None,
    state: Annotated[
        str | None, typer.Option(help="processed, waiting, unreadable, refused, duplicate or test")
    ] = None,
    as_json: Json = False,
) -> None:
    """The newest fifty posts, without their words."""
    from service.domain.timing import iso
    from service.storage import inbox_list

    if state is not None and state not in inbox_list.STATES:
        stop(f"no state '{state}'; choose one of {', '.join(inbox_list.STATES)}")
    with opened() as (_, kit):
        house = house_called(kit, clinic)
        with kit.db.read() as conn:
            rows = inbox_list.page(conn, house.id, state, None)[: inbox_list.PAGE]
    told = [
        {
            "id": str(row.id),
            "source": row.source,
            "state": row.state,
            "reason": row.reason,
            "received_at": iso(row.received_at),
        }
        for row in rows
    ]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in told:
        typer.echo(f"{each['id']:<20} {each['received_at']:<26} {each['state']:<11} {each['source']}")
        if each["reason"]:
            typer.echo(f"{'':<20} {each['reason']}")


@inbox.command("replay")
def replay(
    post_id: Annotated[int | None, typer.Argument(metavar="ID")] = None,
    every: Annotated[bool, typer.Option("--all", help="every post that could not be read")] = False,
    clinic: Slug = None,
) -> None:
    """Read again what could not be read, after a mend. Exit 1 when something still cannot be."""
    from service.usecases.map_fields import read_posts
    from service.usecases.read_again import unread_here

    if (post_id is None) is not every:
        stop("name one post by its id, or all with --all")
    with opened() as (_, kit):
        house = house_called(kit, clinic)
        chosen = unread_here(kit, house.id, post_id)
        read = read_posts(kit, house.id, None, chosen)
    typer.echo(f"{read} of {len(chosen)} read")
    raise typer.Exit(0 if read == len(chosen) else 1)
