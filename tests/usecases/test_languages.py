"""Each is written to in a language of theirs, and in English where a mail stands in no other."""

import sqlalchemy as sa

from service.domain.timing import parse_iso
from service.storage import outbox
from service.storage.database import Database
from service.usecases.advance import advance
from service.usecases.book_visit import Booked, book_visit
from tests.support.cast import Cast, campaign_file, mail_files, outbox_provider
from tests.support.clinic import sun
from tests.support.clock import Clock


def test_one_batch_writes_to_each_in_their_language(play: Cast, clock: Clock) -> None:
    mails = mail_files("welcome", "second", "third")
    spanish = mail_files("welcome", body="")["welcome"]
    mails["welcome.es"] = (spanish[0].replace("A word: welcome", "Bienvenida"), spanish[1])
    play.publishes(campaign_file(), mails)
    maria = play.lead("Maria", locale="es-MX")
    for lead in (play.alice, maria):
        play.signs_up(lead)
    play.tick()
    clock.advance(days=2)
    play.tick()
    assert play.sent("alice@example.org") == ["A word: welcome", "A word: second"]
    assert play.sent("maria@example.org") == ["Bienvenida", "A word: second"]


def test_a_visit_is_confirmed_in_spanish_with_its_day_its_hours_and_its_calendar_file(
    db: Database, clock: Clock
) -> None:
    house = sun(db, clock)
    lead = house.lead("Rosa")
    with db.write() as conn:
        conn.execute(sa.text("UPDATE lead SET locale = 'es' WHERE id = :id"), {"id": lead})
    start = parse_iso("2026-12-01T09:00", "America/Chicago")
    assert isinstance(book_visit(house.kit, lead, start), Booked)
    advance(house.kit, outbox_provider(db), limit=50)
    with db.read() as conn:
        (mail,) = outbox.newest(conn, 5, "rosa@example.org")
    assert mail.subject == "Su visita: martes 1 de diciembre, 9:00 a.m."
    assert "Hora de Minnetonka (Centro)" in mail.html
    assert "Cancelar los otros correos" in mail.text
    assert "SUMMARY:Cita en Sun Acupuncture" in (mail.calendar or "")
