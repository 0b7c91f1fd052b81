"""What every command needs: the settings, a kit on a database that is up to date, and an end in plain words."""

# ruff: noqa: PLC0415
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from service.settings import Settings
    from service.storage.clinics import ClinicRow
    from service.usecases.kit import Kit

BEHIND = "The database is not up to date. Run: python -m service migrate"
Slug = Annotated[str | None, typer.Option("--clinic", help="the clinic's slug; needed where there are several")]


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


def house_called(kit: Kit, slug: str | None) -> ClinicRow:
    """The clinic, or the end of the command."""
    from service.usecases.count_segment import clinic_called

    with kit.db.read() as conn:
        house = clinic_called(conn, slug)
    if house is None:
        stop(f"no clinic '{slug}'" if slug else "name the clinic by its slug: --clinic SLUG")
    return house
