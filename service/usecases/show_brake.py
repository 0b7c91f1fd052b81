"""The brake as a person sees it: figures beside their limits, why it is on, and who would get what if it were off."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain import brake_words, words
from service.domain.brake import Brake, Counts, from_kept
from service.domain.campaign import MailStep
from service.storage import brakes
from service.storage.brakes import Held
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Measure:
    """A rate beside its limit, in words."""

    name: str
    told: str
    share: str
    limit: str


@dataclass(frozen=True, slots=True)
class Group:
    """Mails of one step that wait."""

    title: str
    campaign: str
    mails: int
    oldest_due: int


@dataclass(frozen=True, slots=True)
class BrakePage:
    """`brake` is None while the series run; then `held` is empty and `measures` tell how they do."""

    brake: Brake | None
    title: str
    figures: str
    to_do: tuple[str, ...]
    held: Held
    groups: list[Group]
    measures: list[Measure]


def show_brake(kit: Kit, clinic: ClinicRow, now: int) -> BrakePage:
    """Three statements, whatever waits."""
    brake = from_kept(clinic.brake) if clinic.braked_at is not None and clinic.brake else None
    with kit.db.read() as conn:
        held = brakes.held(conn, clinic.id)
        counts = brakes.counts(conn, now).get(clinic.id, Counts())
        versions = kit.library.versions(conn, {row.version_id for row in held.steps})
    groups = []
    for row in held.steps:
        step = versions[row.version_id].definition.steps.get(row.step)
        title = words.title(step.title) if isinstance(step, MailStep) else row.step
        groups.append(Group(title, row.campaign, row.mails, row.oldest_due))
    return BrakePage(
        brake,
        brake_words.TITLES[brake.kind] if brake else "",
        brake_words.figures(brake) if brake else "",
        brake_words.TO_DO[brake.kind] if brake else (),
        held,
        groups,
        [] if brake else measures(counts),
    )


def measures(counts: Counts) -> list[Measure]:
    """The rates of a clinic whose brake is off."""
    return [
        Measure(
            "Called spam",
            f"{counts.complained} of {words.count(counts.accepted, 'mail')} in 7 days",
            brake_words.percent(counts.complained, counts.accepted),
            "0.3 %, and 3 of them",
        ),
        Measure(
            "No such address",
            f"{counts.bounced} of {words.count(counts.accepted, 'mail')} in 7 days",
            brake_words.percent(counts.bounced, counts.accepted),
            "5 %, and 5 of 50",
        ),
        Measure(
            "Refused by the provider",
            f"{counts.failed} of {words.count(counts.tried, 'mail')} in a day",
            brake_words.percent(counts.failed, counts.tried),
            "20 %, and 10 of 50",
        ),
        Measure("Volume", f"{words.count(counts.day, 'mail')} in a day", "", "5 usual days, and more than 500"),
    ]
