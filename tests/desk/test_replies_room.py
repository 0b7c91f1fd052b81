"""What people write back, at the desk: in their story, on Home, and in the inbox where nobody could be found."""

from __future__ import annotations

import json
import re

import sqlalchemy as sa

from service.domain.delivery_event import DeliveryEvent, Kind
from service.storage import settings
from service.storage.tables import audit, lead, message
from service.usecases.read_incoming import MIME
from service.usecases.record_events import record_events
from service.usecases.take_mail import take_mail
from tests.support.desk_data import Desk
from tests.support.written_back import reply


def hears(desk: Desk, raw: bytes) -> None:
    take_mail(desk.house.kit, "mailbox", f"sha256:{hash(raw)}", MIME, raw)


def sent_to(desk: Desk) -> tuple[int, str, str, int]:
    """(lead, address, ref, message) of somebody who has got a mail."""
    with desk.house.kit.db.read() as conn:
        query = sa.select(lead.c.id, lead.c.email, message.c.ref, message.c.id).join(
            message, message.c.lead_id == lead.c.id
        )
        row = conn.execute(query.where(message.c.accepted_at.is_not(None)).order_by(lead.c.id).limit(1)).one()
        return row[0], row[1], row[2], row[3]


def test_a_reply_stands_on_home_and_in_the_story_and_nobody_reads_it_unasked(desk: Desk) -> None:
    lead_id, email, ref, _ = sent_to(desk)
    hears(desk, reply("Do you take <b>Aetna</b>?", sender=email, ref=ref))
    assert "“Do you take &lt;b&gt;Aetna&lt;/b&gt;?”" in desk.get("/desk/")
    page = desk.get(f"/desk/leads/{lead_id}")
    assert "Replied to" in page
    assert "a person answers" in page
    hears(desk, reply("Away", sender=email, ref=ref, subject="Out of office"))
    assert "A machine answered" in desk.get(f"/desk/leads/{lead_id}")


def test_a_stranger_s_mail_is_looked_after_by_hand_and_each_look_is_noted(desk: Desk) -> None:
    assert "could be found" not in desk.get("/desk/inbox")
    hears(desk, reply("It is I, Maria, from work", sender="maria@work.example", subject="Me again"))
    assert "1 mail came back that nobody could be found for" in desk.get("/desk/")
    assert "Look after it" in desk.get("/desk/inbox")
    listed = desk.get("/desk/inbox/mails")
    path = re.search(r'href="(/desk/inbox/mails/\d+)"', listed)
    assert path is not None
    assert "maria@work.example" not in listed + desk.get(path[1])
    shown = desk.post_form(f"{path[1]}/words")
    told = shown.get_data(as_text=True)
    assert "maria@work.example" in told
    assert "It is I, Maria, from work" in told
    with desk.house.kit.db.read() as conn:
        assert "mail seen" in set(conn.execute(sa.select(audit.c.action)).scalars())
    desk.post_form(f"{path[1]}/done")
    assert "nobody could be found for" not in desk.get("/desk/")


def test_a_mailbox_that_cannot_be_read_is_said_on_home(desk: Desk) -> None:
    with desk.house.kit.db.write() as conn:
        told = json.dumps({"reason": "The mailbox refuses the user or the password.", "since": desk.clock()})
        settings.put(conn, settings.MAILBOX_FAULT, told)
    home = desk.get("/desk/")
    assert "Replies cannot be read" in home
    assert "refuses the user" in home
    assert "refuses the user" in desk.get("/desk/inbox/mails")


def test_opens_and_clicks_by_machines_are_shown_and_said_to_be(desk: Desk) -> None:
    lead_id, _, ref, message_id = sent_to(desk)
    with desk.house.kit.db.write() as conn:
        conn.execute(sa.update(message).where(message.c.id == message_id).values(provider="sendgrid"))
        accepted = conn.execute(sa.select(message.c.accepted_at).where(message.c.id == message_id)).scalar_one()

    def told(number: int, kind: Kind, at: int, flag: str | None = None, url: str = "") -> DeliveryEvent:
        return DeliveryEvent("sendgrid", f"seen-{number}", kind, ref, accepted + at, {"url": url}, flag=flag)  # type: ignore[arg-type]

    events = [
        told(1, Kind.OPENED, 30, "proxy"),
        told(2, Kind.OPENED, 40, "proxy"),
        told(3, Kind.OPENED, 90),
        told(4, Kind.CLICKED, 3, url="a"),
        *(told(10 + number, Kind.CLICKED, 60 + number, url=f"u{number}") for number in range(3)),
        told(5, Kind.CLICKED, 600, url="secret-token"),
    ]
    record_events(desk.house.kit, events)
    page = desk.get(f"/desk/leads/{lead_id}")
    for words in (
        "2 times, a proxy, not a person: not counted",
        "as the provider says: not counted",
        "too soon for a person",
        "3 times, many links in one breath",
    ):
        assert words in page, words
    assert "secret-token" not in page
    with desk.house.kit.db.read() as conn:
        row = conn.execute(sa.select(message.c.opened_at, message.c.clicked_at).where(message.c.id == message_id)).one()
    assert row.opened_at == accepted + 90
