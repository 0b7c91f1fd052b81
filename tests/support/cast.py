"""The standing cast at a clinic with tiny campaigns, made through storage and use cases.

    play = cast(db, clock)
    play.signs_up(play.alice)
    play.tick()

Alice has consented, Bob has unsubscribed, Charlie's address is dead, Dana manages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from service.content.links import Links
from service.delivery.outbox import OutboxProvider
from service.delivery.provider import Provider
from service.domain.entry import Entered
from service.domain.outbox_mail import OutboxMail
from service.storage import campaigns, clinics, consents, enrollments, ids, leads, outbox, practitioners, tables
from service.storage.database import Database
from service.usecases.advance import advance
from service.usecases.dispatch import Probe, Tally, silent
from service.usecases.enroll import enter_by
from service.usecases.kit import Kit
from service.usecases.library import Library
from service.usecases.publish_campaign import publish
from service.usecases.resend import resend_planned
from service.usecases.settle import settle
from service.usecases.suppress_address import suppress_address
from service.usecases.unsubscribe import unsubscribe
from tests.support.clinic import BASE_URL, STUDIO

SECRET = b"only for tests: thirty-two bytes"
CHICAGO = "America/Chicago"
TINY = """
  - {key: welcome, mail: welcome, at_once: true}
  - {key: second, mail: second, delay: 2d}
  - {key: third, mail: third, delay: 3d}
"""


def campaign_file(
    key: str = "tiny", steps: str = TINY, *, entry: str = "{on: signup, otherwise: true}", **more: object
) -> str:
    """A campaign file with these steps; `more` are further keys, such as goal or family."""
    plain = {"goal": "booked", "priority": 50} | more
    rest = "".join(f"{name}: {value}\n" for name, value in plain.items())
    return f'key: {key}\nname: "{key.capitalize()}"\nentry: {entry}\n{rest}steps:{steps}'


def mail_files(*names: str, service: bool = False, topic: str = "how", body: str = "") -> dict[str, tuple[str, str]]:
    """For each name a small mail: (MJML file, text file)."""
    return {name: _mail_files(name, service, topic, body) for name in names}


def _mail_files(name: str, service: bool, topic: str, body: str) -> tuple[str, str]:
    words = f'Hello {{{{ lead.first_name | default: "there" }}}}, this is {name}. {body}'
    front = f'subject: "A word: {name}"\npreheader: "What it says inside."\nservice: {str(service).lower()}\n'
    front += f"topic: {topic}\nsignature: true\nsources: []\nclaims: []\n"
    section = f"<mj-section><mj-column><mj-text><p>{words}</p></mj-text></mj-column></mj-section>"
    return f"---\n{front}---\n{section}\n", f"{words}\n"


def make_kit(db: Database, clock: Callable[[], int], mail: str = "outbox") -> Kit:
    return Kit(
        db=db,
        clock=clock,
        wall=clock,
        links=Links(SECRET),
        studio=STUDIO,
        library=Library(),
        base_url=BASE_URL,
        secret=SECRET,
        mail=mail,
        demo=mail == "outbox",
    )


def outbox_provider(db: Database) -> OutboxProvider:
    """The demo's mailbox in this database."""

    def put(mails: Sequence[OutboxMail]) -> None:
        with db.write() as conn:
            outbox.put(conn, mails)

    def known(refs: Sequence[str]) -> set[str]:
        with db.read() as conn:
            return outbox.known(conn, refs)

    return OutboxProvider(put, known)


@dataclass
class Cast:
    """`clinic`, `dana`, and the leads by id; `campaigns` by key."""

    kit: Kit
    provider: Provider
    clinic: int = 0
    dana: int = 0
    alice: int = 0
    bob: int = 0
    charlie: int = 0
    campaigns: dict[str, int] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.kit.db

    def publishes(self, text: str, mails: dict[str, tuple[str, str]]) -> int:
        """A campaign goes live; gives the version's id."""
        with self.db.write() as conn:
            version_id = publish(conn, self.clinic, text, mails, self.kit.clock(), filename="tests.yaml")
            for row in campaigns.of_clinic(conn, self.clinic):
                self.campaigns[row.key] = row.id
        return version_id

    def lead(self, name: str, *, consent: bool = True, zone: str = CHICAGO, **values: Any) -> int:
        now, email = self.kit.clock(), f"{name.lower()}@example.org"
        named = {"first_name": name.capitalize(), "interest": None} | values
        with self.db.write() as conn:
            lead_id = leads.add(
                conn, clinic_id=self.clinic, email=email, email_key=email, zone=zone, zone_from="form", now=now, **named
            )
            assert lead_id is not None
            if consent:
                self.consents(conn, lead_id)
        return lead_id

    def consents(self, conn: Any, lead_id: int) -> None:
        consents.record(
            conn,
            clinic_id=self.clinic,
            lead_id=lead_id,
            kind="given",
            wording="Send me the email series as well.",
            version="1",
            how="form",
            at=self.kit.clock(),
        )

    def signs_up(self, lead_id: int, on: Entered = "signup", **more: Any) -> list[int]:
        """The lead enters wherever this occasion leads; gives the enrollments' ids."""
        with self.db.write() as conn:
            return enter_by(conn, self.kit, self.clinic, lead_id, on, self.kit.clock(), **more)

    def tick(self, *, limit: int = 500, probe: Probe = silent) -> Tally:
        """All that is due now."""
        return advance(self.kit, self.provider, limit=limit, probe=probe)

    def quiet(self) -> None:
        """One round of every job that sends."""
        settle(self.kit, self.provider)
        resend_planned(self.kit, self.provider)
        self.tick()

    def at(self, now: int) -> Cast:
        """The same at another instant."""
        return replace(self, kit=replace(self.kit, clock=lambda: now))

    def rows(self, table: str, **where: object) -> list[dict[str, Any]]:
        """Rows of a table in the order of their ids, as dictionaries."""
        found = tables.metadata.tables[table]
        query = sa.select(found).where(*(found.c[name] == value for name, value in where.items()))
        if "id" in found.c:
            query = query.order_by(found.c.id)
        with self.db.read() as conn:
            return [dict(row) for row in conn.execute(query).mappings()]

    def run(self, enrollment_id: int) -> dict[str, Any]:
        return self.rows("enrollment", id=enrollment_id)[0]

    def mails(self, lead_id: int) -> list[tuple[str, str]]:
        """What was written to the lead: (step, state)."""
        return [(row["step"], row["state"]) for row in self.rows("message", lead_id=lead_id)]

    def sent(self, to: str) -> list[str]:
        """The subjects in the outbox, oldest first."""
        with self.db.read() as conn:
            return [mail.subject for mail in reversed(outbox.newest(conn, 100, to))]

    def stands(self, enrollment_id: int) -> tuple[str, int, int]:
        """(step, due, state)"""
        with self.db.read() as conn:
            row = enrollments.with_leads(conn, [enrollment_id])[0]
        return row.step, row.due_at, self.run(enrollment_id)["state"]


def a_clinic(db: Database, now: int, slug: str = "sun-acupuncture", **values: Any) -> int:
    """Sun Acupuncture in Minnetonka, with Hannah at work on every day from nine to five."""
    plain = {
        "slug": slug,
        "name": "Sun Acupuncture",
        "address": "100 Example Street, Minnetonka, MN 55305",
        "city": "Minnetonka",
        "phone": "(952) 555-0142",
        "website": "https://sun.example",
        "zone": CHICAGO,
        "from_name": "Sun Acupuncture",
        "from_email": f"hello@{slug}.example",
        "reply_to": f"hello@{slug}.example",
        "keeps_holidays": False,
        "created_at": now,
    }
    with db.write() as conn:
        clinic_id = clinics.add(conn, plain | values)
        hannah = practitioners.add(conn, clinic_id, "Hannah Lindqvist", "Licensed acupuncturist", signs=True)
        for weekday in range(7):
            practitioners.add_hours(conn, clinic_id, hannah, weekday=weekday, opens=9 * 60, closes=17 * 60)
        practitioners.add_visit_type(conn, clinic_id, "first", "First visit", minutes=60, buffer_minutes=15, first=True)
    return clinic_id


def a_manager(db: Database, clinic_id: int, now: int) -> int:
    user_id = ids.new()
    with db.write() as conn:
        conn.execute(
            sa.insert(tables.user_account).values(
                id=user_id,
                clinic_id=clinic_id,
                email="dana@sun.example",
                name="Dana Whitfield",
                password_hash="none",
                role="owner",
                created_at=now,
            )
        )
    return user_id


def cast(db: Database, clock: Callable[[], int], provider: Provider | None = None, *, mail: str = "outbox") -> Cast:
    """The clinic, its tiny campaign (`welcome` at once, `second` two days later, `third` three days after it), and the
    standing cast. Nobody has entered anything yet."""
    made = Cast(make_kit(db, clock, mail), provider or outbox_provider(db))
    made.clinic = a_clinic(db, clock())
    made.dana = a_manager(db, made.clinic, clock())
    made.publishes(campaign_file(), mail_files("welcome", "second", "third"))
    made.alice, made.bob, made.charlie = made.lead("alice"), made.lead("bob"), made.lead("charlie")
    unsubscribe(made.kit, made.bob)
    with db.write() as conn:
        suppress_address(conn, "charlie@example.org", "hard-bounce", clock())
    return made
