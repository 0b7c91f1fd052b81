"""A random clinic with random series and one lead in them, for asking three callers of the engine the same thing: the
simulation, the forecast and the tick itself, on the virtual clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from hypothesis import strategies as st

from service.content.campaign_file import Campaign
from service.content.mail_file import parse_mail
from service.domain.acts import WHOLE, AddScore, AddTag, DoStep, JumpStep, SetField, SplitStep, Variant
from service.domain.campaign import Arm, BranchStep, Definition, Step, WaitStep
from service.domain.conditions import Field, Not, Scored, Tagged
from service.domain.timing import DAY, HOUR, QUARTER, Delay, Hour
from service.storage import campaigns, clinics, consents, enrollments, events, ids, leads, practitioners, tables
from service.storage.database import Database
from service.storage.tables import appointment, practitioner, visit_type
from service.usecases.advance import advance
from service.usecases.enroll import Occasion, enter_many
from service.usecases.kit import Kit
from service.usecases.library import Library
from tests.support.cast import a_clinic, make_kit, outbox_provider
from tests.support.definitions import ANSWERS, LINKS, definitions
from tests.support.zones import instants, zones

HORIZON = 60 * DAY
Sent = tuple[int, str, str, int, str]  # at, campaign, step, visit, mail
_FRONT = 'subject: "A word"\npreheader: "What it says."\nservice: false\ntopic: how\nsignature: true\nsources: []\n'
_BODY = "<mj-section><mj-column><mj-text><p>Hello</p></mj-text></mj-column></mj-section>"
MAIL = parse_mail("mail", f"---\n{_FRONT}claims: []\n---\n{_BODY}\n", "Hello\n", "tests/mail.mjml")


@dataclass(frozen=True)
class House:
    """All that a run of the engine depends on. Times are in seconds after `start`."""

    start: int
    zone: str
    clinic_zone: str
    series: tuple[Definition, ...]
    cap_day: int
    cap_week: int
    weekly: bool
    quiet: tuple[int, int] | None
    holidays: bool
    closed: tuple[tuple[int, int], ...]
    slots: bool
    visit_in: int
    paused_for: int
    refused: frozenset[str]
    clicked: frozenset[str]
    answered: frozenset[str]
    confirmed: bool
    interest: str | None
    asked_after: int  # how many ticks later the forecast is asked again

    @property
    def until(self) -> int:
        return self.start + HORIZON


@st.composite
def houses(draw: st.DrawFn) -> House:
    many = draw(st.integers(1, 3))
    quarters = st.integers(0, 95).map(lambda number: number * QUARTER // 60)
    return House(
        start=draw(instants),
        zone=draw(zones),
        clinic_zone=draw(zones),
        series=tuple(draw(_series(number)) for number in range(many)),
        cap_day=draw(st.integers(1, 2)),
        cap_week=draw(st.integers(1, 4)),
        weekly=draw(st.integers(0, 4)) == 0,
        quiet=draw(st.none() | st.tuples(quarters, quarters)),
        holidays=draw(st.booleans()),
        closed=tuple(draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=3))),
        slots=draw(st.booleans()),
        visit_in=draw(st.integers(-2 * DAY, 30 * DAY)),
        paused_for=draw(st.sampled_from((0, 0, 5 * HOUR, 9 * DAY))),
        refused=draw(st.frozensets(st.sampled_from(("how", "visit")), max_size=1)),
        clicked=draw(st.frozensets(st.sampled_from(LINKS))),
        answered=draw(st.frozensets(st.sampled_from(ANSWERS))),
        confirmed=draw(st.booleans()),
        interest=draw(st.sampled_from((None, "sciatica", "neck-pain"))),
        asked_after=draw(st.integers(1, 12)),
    )


@st.composite
def _series(draw: st.DrawFn, number: int) -> Definition:
    """A random series behind steps that mark, part, ask of the marks and go round."""
    plain = draw(definitions())
    steps: dict[str, Step] = dict(plain.steps)
    window = replace(plain.window, jitter=draw(st.sampled_from((0, 20, 90))), holidays=draw(st.booleans()))
    first = plain.first
    if draw(st.booleans()):
        marks = (AddTag("vip"), AddScore(draw(st.sampled_from((5.0, 40.0)))), SetField("insurance", "aetna"))
        asked = draw(
            st.sampled_from(
                (Tagged("vip"), Not(Tagged("vip")), Scored("at-least", 20), Field("insurance", "is", "Aetna"))
            )
        )
        hour = Hour(draw(st.integers(0, 23)) * 60 + 30, draw(st.frozensets(st.integers(0, 6), min_size=1)))
        half = WHOLE // 2
        steps |= {
            "x-split": SplitStep(
                "x-split", (Variant("A", half, "x-do"), Variant("B", half, "x-wait")), 1_000, "x-wait"
            ),
            "x-do": DoStep("x-do", marks, "x-wait"),
            "x-wait": WaitStep("x-wait", Delay(draw(st.integers(0, 4))), hour=hour, then="x-ask"),
            "x-ask": BranchStep("x-ask", (Arm("yes", asked, first),), "no", Delay(draw(st.integers(0, 3))), then=first),
        }
        first = "x-split"
    if draw(st.integers(0, 2)) == 0:
        last = next(key for key, step in steps.items() if step.then is None)
        # Each turn waits, so that a round is never over in one instant.
        steps[last] = replace(steps[last], then="y-rest")  # type: ignore[type-var]
        steps["y-rest"] = WaitStep("y-rest", Delay(2), then="y-jump")
        steps["y-jump"] = JumpStep("y-jump", plain.first, draw(st.integers(1, 2)))
    return replace(
        plain,
        key=f"series-{number}",
        first=first,
        steps=steps,
        window=window,
        priority=draw(st.sampled_from((10, 50, 50, 90))),
        patience=draw(st.sampled_from((DAY, 7 * DAY))),
    )


@dataclass
class Lived:
    """The house in a database, on its clock."""

    house: House
    kit: Kit
    clinic: int
    lead: int

    @classmethod
    def build(cls, db: Database, house: House) -> Lived:
        _clear(db)
        kit = replace(make_kit(db, lambda: house.start), library=Library())
        clinic = a_clinic(
            db,
            house.start,
            zone=house.clinic_zone,
            cap_day=house.cap_day,
            cap_week=house.cap_week,
            quiet_from=house.quiet[0] if house.quiet else None,
            quiet_to=house.quiet[1] if house.quiet else None,
            keeps_holidays=house.holidays,
        )
        found = cls(house, kit, clinic, 0)
        with db.write() as conn:
            found.lead = found._lead(conn)
            found._closures(conn)
            found._enter(conn, found._visit(conn))
        return found

    def tick(self, now: int) -> None:
        advance(replace(self.kit, clock=lambda: now), outbox_provider(self.kit.db))

    def next_due(self) -> int | None:
        with self.kit.db.read() as conn:
            return enrollments.next_due(conn)

    def sent(self) -> list[Sent]:
        """What the tick has sent, as its messages say."""
        with self.kit.db.read() as conn:
            keys = {row.id: row.key for row in campaigns.of_clinic(conn, self.clinic)}
            rows = conn.execute(sa.select(tables.message).order_by(tables.message.c.id)).mappings().all()
        assert all(row["state"] == "accepted" for row in rows)
        return [(row["created_at"], keys[row["campaign_id"]], row["step"], row["visit"], row["mail"]) for row in rows]

    def _lead(self, conn: sa.Connection) -> int:
        house = self.house
        lead_id = leads.add(
            conn,
            clinic_id=self.clinic,
            email="alice@example.org",
            email_key="alice@example.org",
            zone=house.zone,
            zone_from="form",
            now=house.start,
            first_name="Alice",
            interest=house.interest,
            confirmed_at=house.start if house.confirmed else None,
            paused_until=house.start + house.paused_for if house.paused_for else None,
            pace="weekly" if house.weekly else "normal",
            refused_topics=sorted(house.refused),
        )
        assert lead_id is not None
        given = {"kind": "given", "wording": "Yes.", "version": "1", "how": "form", "at": house.start}
        consents.record(conn, clinic_id=self.clinic, lead_id=lead_id, **given)
        for kind, links in (("clicked", house.clicked), ("answered", house.answered)):
            for link in links:
                what = {"kind": kind, "link": link, "at": house.start, "counts_at": house.start}
                events.add(conn, clinic_id=self.clinic, lead_id=lead_id, **what)
        return lead_id

    def _closures(self, conn: sa.Connection) -> None:
        for day, days in self.house.closed:
            begins = self.house.start + day * DAY
            span = {"starts_at": begins - DAY, "ends_at": begins + days * DAY}
            practitioners.add_absence(conn, self.clinic, None, words="Team days", **span)
        if not self.house.slots:
            conn.execute(sa.delete(tables.working_hours))

    def _visit(self, conn: sa.Connection) -> int:
        starts, visit = self.house.start + self.house.visit_in, ids.new()
        conn.execute(
            sa.insert(appointment).values(
                id=visit,
                clinic_id=self.clinic,
                lead_id=self.lead,
                practitioner_id=conn.execute(sa.select(practitioner.c.id)).scalar_one(),
                visit_type_id=conn.execute(sa.select(visit_type.c.id)).scalar_one(),
                starts_at=starts,
                ends_at=starts + HOUR,
                state="booked",
                uid="visit",
                booked_at=self.house.start,
            )
        )
        return visit

    def _enter(self, conn: sa.Connection, visit: int) -> None:
        occasion = Occasion("by-hand", appointment_id=visit)
        for definition in self.house.series:
            told = {"name": definition.name, "family": definition.key, "priority": definition.priority}
            more = {"entry_on": "by-hand", "goal": "none", "has_service": False}
            campaign_id = campaigns.add(conn, self.clinic, definition.key, told | more, self.house.start)
            version = campaigns.add_version(conn, self.clinic, campaign_id, "", {}, definition.key, self.house.start)
            mails = {mail.mail: MAIL for mail in definition.mails()}
            mails |= {mail.without_slots: MAIL for mail in definition.mails() if mail.without_slots}
            self.kit.library._kept[version] = Campaign(definition, mails)
            row = campaigns.by_key(conn, self.clinic, definition.key)
            assert row is not None
            assert enter_many(conn, row, definition, [self.lead], occasion, self.house.start).made


def _clear(db: Database) -> None:
    with db.write() as conn:
        for table in reversed(tables.metadata.sorted_tables):
            conn.execute(sa.delete(table))


def half_life(lived: Lived) -> int:
    with lived.kit.db.read() as conn:
        return clinics.get(conn, lived.clinic).score_half_life


def of_campaign(sent: Sequence[Sent], key: str) -> list[Sent]:
    return [each for each in sent if each[1] == key]
