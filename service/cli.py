"""python -m service …: every command parses, calls, prints. Imports stand in the commands, so that each starts fast."""

# ruff: noqa: PLC0415
from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from service import cli_sending

if TYPE_CHECKING:
    from service.settings import Settings
    from service.storage.clinics import ClinicRow
    from service.storage.database import Database
    from service.usecases.kit import Kit

BEHIND = "The database is not up to date. Run: python -m service migrate"

commands = typer.Typer(no_args_is_help=True, add_completion=False, help="Meridian: from a sign-up to a booked visit.")
campaigns = typer.Typer(no_args_is_help=True, help="Campaign files and published campaigns.")
commands.add_typer(campaigns, name="campaigns")
segments = typer.Typer(no_args_is_help=True, help="Who a condition holds of.")
commands.add_typer(segments, name="segments")
cli_sending.register(commands)


def main() -> None:
    commands()


def stop(words: str) -> NoReturn:
    """An error that a person can mend: plain words, no traceback."""
    typer.echo(words, err=True)
    raise typer.Exit(1)


def settings() -> Settings:
    from service.settings import SettingsFault, load

    try:
        return load()
    except SettingsFault as fault:
        stop(f"Meridian cannot start:\n{fault}")


@contextmanager
def opened(check: bool = True) -> Iterator[tuple[Settings, Kit]]:
    """The settings and a kit on a database that is up to date."""
    from service.assembly import build_kit, log_to_stderr
    from service.storage import schema

    chosen = settings()
    log_to_stderr()
    if check and not schema.standing(chosen.database_url).up_to_date:
        stop(BEHIND)
    kit = build_kit(chosen)
    try:
        yield chosen, kit
    finally:
        kit.db.dispose()


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
        _migrate(chosen)
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
    from service.assembly import build_provider
    from service.jobs.embedded import Worker

    with opened() as (chosen, kit):
        Worker(kit, build_provider(chosen, kit)).run()


@commands.command()
def migrate() -> None:
    """Bring the database to this version; an upgrade is backed up first."""
    _migrate(settings())


def _migrate(chosen: Settings) -> None:
    from service.domain.timing import iso
    from service.settings import ROOT
    from service.storage import schema

    standing = schema.standing(chosen.database_url)
    if standing.up_to_date:
        typer.echo("The database is up to date.")
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
    steps.upgrade(chosen.database_url)
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


Slug = Annotated[str | None, typer.Option("--clinic", help="the clinic's slug; needed where there are several")]


def house_called(kit: Kit, slug: str | None) -> ClinicRow:
    """The clinic, or the end of the command."""
    from service.usecases.count_segment import clinic_called

    with kit.db.read() as conn:
        house = clinic_called(conn, slug)
    if house is None:
        stop(f"no clinic '{slug}'" if slug else "name the clinic by its slug: --clinic SLUG")
    return house


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
    from service.usecases.show_campaign import entry_words

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


@segments.callback()
def _segments() -> None:
    """Keeps `count` a command of its own while it is the only one."""


@segments.command("count")
def count_segment(
    which: Annotated[str, typer.Argument(metavar="FILE|KEY", help="a segment's file, or the key of one that is kept")],
    clinic: Annotated[str | None, typer.Option(help="the clinic's slug; needed where there are several")] = None,
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
