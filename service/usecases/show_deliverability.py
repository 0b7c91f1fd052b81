"""Whether a clinic's mail arrives: the domain's records as last seen, and 30 days of figures beside the limits."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain import sent_rates
from service.domain.deliverability import judge
from service.domain.sender import Check
from service.domain.sent_rates import Point
from service.domain.timing import day_start, local_day
from service.storage import sent_numbers
from service.storage.clinics import ClinicRow
from service.storage.sent_numbers import SentDay
from service.usecases.kit import Kit
from service.usecases.look_up_senders import seen_of, sender_of

DAYS = 30


@dataclass(frozen=True, slots=True)
class Deliverability:
    """`seen_at`: when the name servers were last asked, by the machine's clock; `asked`: the worker is about to."""

    domain: str
    checks: list[Check]
    seen_at: int | None
    asked: bool
    days: list[SentDay]
    starts: list[int]
    points: list[Point]
    lines: list[tuple[str, float]]
    total: SentDay

    @property
    def to_mend(self) -> int:
        return sum(check.state == "mend" for check in self.checks)


def show_deliverability(kit: Kit, clinic: ClinicRow, now: int) -> Deliverability:
    """Four statements, whatever the clinic has sent. Nothing is looked up here."""
    seen, asked = seen_of(kit, clinic)
    sender = sender_of(kit, clinic)
    first = day_start(local_day(now, clinic.zone) - DAYS + 1, clinic.zone)
    days, total = sent(kit, clinic, first)
    rates = sent_rates.weekly([day.accepted for day in days], [day.complained for day in days])
    figures = sent_rates.finding(total.accepted, total.complained, total.bounced)
    return Deliverability(
        domain=sender.domain,
        checks=[*judge(sender, seen.answers), *figures],
        seen_at=seen.at,
        asked=asked,
        days=days,
        starts=[day_start(local_day(now, clinic.zone) - DAYS + 1 + number, clinic.zone) for number in range(DAYS)],
        points=sent_rates.points(rates),
        lines=[(f"{limit} %", sent_rates.line_at(limit, rates)) for limit in (sent_rates.NEVER, sent_rates.ASKED)],
        total=total,
    )


def sent(kit: Kit, clinic: ClinicRow, first: int) -> tuple[list[SentDay], SentDay]:
    """Each of the 30 days, and all of them."""
    with kit.db.read() as conn:
        days = sent_numbers.by_day(conn, clinic.id, first, DAYS)
    total = SentDay(
        sum(day.accepted for day in days), sum(day.bounced for day in days), sum(day.complained for day in days)
    )
    return days, total
