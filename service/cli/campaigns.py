"""python -m service campaigns|segments: files, what is published, and who a condition holds of."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.door import Slug, house_called, opened, stop

campaigns = typer.Typer(no_args_is_help=True, help="Campaign files and published campaigns.")
segments = typer.Typer(no_args_is_help=True, help="Who a condition holds of.")


@campaigns.command("lint")
def lint_files(files: Annotated[list[Path] | None, typer.Argument()] = None) -> None:
    """Check campaign files and their mails; each fault with its line and its mend. Exit 1 when there is one."""
    from service.content.lint import lint
    from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES

    chosen = files or sorted(CAMPAIGNS.glob("*.yaml"))
    faults = lint(chosen, TEMPLATES, known=[file.stem for file in CAMPAIGNS.glob("*.yaml")])
    for fault in faults:
        typer.echo(f"{fault.file}:{max(fault.line, 1)}: {fault.what}; {fault.mend}")
    typer.echo(f"{len(chosen)} files, {len(faults)} faults", err=True)
    raise typer.Exit(1 if faults else 0)


@campaigns.command("list")
def list_campaigns(clinic: Slug = None) -> None:
    """Published campaigns: what they are made of, and what makes a lead enter."""
    from service.storage import campaigns as stored
    from service.storage import clinics
    from service.usecases.outline_campaign import kinds_of
    from service.usecases.step_words import entry_words

    with opened() as (_, kit):
        only = house_called(kit, clinic).id if clinic else None
        with kit.db.read() as conn:
            for house in clinics.everyone(conn).values():
                rows = stored.of_clinic(conn, house.id) if only in (None, house.id) else []
                versions = kit.library.versions(conn, {row.version_id for row in rows})
                for row in rows:
                    made = versions[row.version_id].definition
                    typer.echo(f"{house.slug:<20} {row.key:<28} {row.state:<8} {row.name}")
                    typer.echo(f"{'':<20} {kinds_of(made)}; enters by {entry_words(made.entry)}")


@campaigns.command("show")
def show_campaign(key: str, clinic: Slug = None) -> None:
    """A published campaign in words; `campaigns export` gives its file."""
    from service.usecases.outline_campaign import outline
    from service.usecases.show_campaign import open_campaign

    with opened() as (_, kit):
        found = open_campaign(kit, house_called(kit, clinic).id, key)
        if found is None:
            stop(f"no campaign '{key}' is published; `campaigns list` shows those that are")
        for line in outline(found.definition):
            typer.echo(line)


@campaigns.command("import")
def import_file(file: Path, clinic: Slug = None) -> None:
    """Make the next version from a file and its mails: those of the folder beside it that has its name, else of
    templates/email. Who is in the campaign already finishes the older version."""
    from service.content.faults import Faults
    from service.usecases.import_campaign import import_campaign

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        try:
            made = import_campaign(kit, house.id, file)
        except Faults as faults:
            stop(str(faults))
    said = f"version {made.version} of '{made.key}'"
    typer.echo(f"{said} is published" if made.new else f"{said} says the same already; nothing is new")


@campaigns.command("export")
def export_file(
    key: str,
    clinic: Slug = None,
    to: Annotated[Path | None, typer.Option(help="a folder to write the file and its mails into")] = None,
) -> None:
    """Print a published campaign's file to the letter; with --to write it, and its mails beside it."""
    from service.usecases.export_campaign import export_campaign

    with opened() as (_, kit):
        found = export_campaign(kit, house_called(kit, clinic).id, key)
    if found is None:
        stop(f"no campaign '{key}' is published; `campaigns list` shows those that are")
    if to is not None:
        typer.echo(found.write(to))
    else:
        sys.stdout.buffer.write(found.text.encode())


@campaigns.command("diff")
def diff_file(key: str, clinic: Slug = None) -> None:
    """How the clinic's version differs from the shipped file and its mails. Exit 0: not at all; 1: so."""
    from service.usecases.diff_campaign import NothingToCompare, diff_campaign

    with opened() as (_, kit):
        try:
            difference = diff_campaign(kit, house_called(kit, clinic).id, key)
        except NothingToCompare as why:
            stop(str(why))
    typer.echo(difference, nl=False)
    raise typer.Exit(1 if difference else 0)


@campaigns.command("publish")
def publish_campaign(
    key: str,
    file: Annotated[Path | None, typer.Option(help="a campaign file; else the draft, else the shipped file")] = None,
    mode: Annotated[str, typer.Option(help="who is on the way: finish (their version), move (to this), exit")] = "move",
    reach_back: Annotated[
        str | None, typer.Option(help="who completed since then gets a step added at the end: 30d")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what it would do, and do nothing")] = False,
    clinic: Slug = None,
    as_json: Annotated[bool, typer.Option("--json", help="{campaign, version, mode, steps: [{step, …}], …}")] = False,
) -> None:
    """Publish a campaign's next version, and say what becomes of the people who are on their way."""
    from service.content.faults import Faults
    from service.usecases import choose_texts
    from service.usecases.blast_radius import as_json as told
    from service.usecases.blast_radius import lines, mode_called, preview
    from service.usecases.publish_live import ReachBackOnlyMoves, publish_live

    with opened() as (_, kit):
        house = house_called(kit, clinic)
        try:
            chosen, back = mode_called(mode), choose_texts.span(reach_back)
            texts = choose_texts.choose(kit, house.id, key, file)
            found = preview(kit, house.id, key, *texts, chosen, back)
            if not dry_run:
                publish_live(kit, house.id, None, key, *texts, chosen, back)
        except Faults as faults:
            stop(str(faults))
        except ReachBackOnlyMoves:
            stop("--reach-back goes with --mode move: who completed is reached by a version that people are moved to")
        except (choose_texts.NoTexts, ValueError) as why:
            stop(str(why))
    if as_json:
        typer.echo(json.dumps(told(found), ensure_ascii=False, indent=2))
        return
    for line in lines(found, done=not dry_run):
        typer.echo(line)


@segments.callback()
def _segments() -> None:
    """Keeps `count` a command of its own while it is the only one."""


@segments.command("count")
def count_segment(
    which: Annotated[str, typer.Argument(metavar="FILE|KEY", help="a segment's file, or the key of one that is kept")],
    clinic: Slug = None,
) -> None:
    """How many leads are in a segment at this moment."""
    from service.content.faults import Faults
    from service.content.segment_file import parse_segment
    from service.usecases import count_segment as counting

    file = Path(which)
    with opened() as (_, kit):
        with kit.db.read() as conn:
            house = counting.clinic_called(conn, clinic)
        if house is None:
            stop(f"no clinic '{clinic}'" if clinic else "name the clinic by its slug: --clinic SLUG")
        try:
            if file.is_file():
                number = counting.count_who(kit, house.id, parse_segment(file.read_text("utf-8"), file.name).who)
            else:
                number = counting.count_segment(kit, house.id, which)
        except Faults as faults:
            stop(str(faults))
        except KeyError:
            stop(f"no file and no segment of {house.slug} is called '{which}'")
    typer.echo(number)
