"""The patients' pages in Spanish: nothing is forgotten, and each reader gets a language of theirs."""

import re
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from service.domain.timing import parse_iso
from service.sources.hosted_form import REASONS
from service.storage import leads
from service.usecases.book_visit import Booked, book_visit
from tests.public.conftest import PERSON, Visitor, read
from tests.public.test_every_page import PATHS
from tests.support.clinic import ROOT

ENGLISH = re.compile(r"\b(the|your|you|this|please|visit|with|and|emails?|choose|until)\b", re.IGNORECASE)
JINJA = {"trimmed": "false", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}


def _words() -> Iterator[str | tuple[str, ...]]:
    """All that the templates and the views say."""
    in_templates: dict[str, tuple[int, int] | None] = {"_": None, "gettext": None, "ngettext": (1, 2)}
    kinds = (
        (ROOT / "templates/public", "*.html", "jinja2.ext.babel_extract", in_templates),
        (ROOT / "service/web/public", "*.py", "python", {"say": None, "noted": None}),
        (ROOT / "service/sources", "hosted_form.py", "python", {"say": None}),
    )
    for folder, pattern, method, keywords in kinds:
        for file in sorted(Path(folder).glob(pattern)):
            with file.open("rb") as lines:
                for _, words, _, _ in extract(method, lines, keywords=keywords, options=JINJA):
                    yield words
    yield from (words for words, _ in REASONS.values())


def _spanish(alice: Visitor, locale: str = "es-MX") -> Visitor:
    with alice.house.kit.db.write() as conn:
        conn.execute(sa.text("UPDATE lead SET locale = :locale"), {"locale": locale})
    return alice


def _book(alice: Visitor) -> None:
    assert isinstance(book_visit(alice.house.kit, alice.lead, parse_iso("2026-12-01T09:00", "America/Chicago")), Booked)


def test_every_english_word_of_the_pages_has_its_spanish_and_no_spanish_is_left_over() -> None:
    with (ROOT / "translations/es.po").open("rb") as file:
        spanish = {message.id: message.string for message in read_po(file, locale="es") if message.id}
    assert set(spanish) == set(_words())
    for english, told in spanish.items():
        pairs = [(english, told)] if isinstance(english, str) else list(zip(english, told, strict=True))
        for one, other in pairs:
            assert other.strip(), one
            assert sorted(re.findall(r"%\(\w+\)s|</?\w+", one)) == sorted(re.findall(r"%\(\w+\)s|</?\w+", other)), one
            assert other.count("?") == other.count("¿") + sum(tail in other for tail in ('?"',)), other


def test_a_spanish_leads_pages_are_spanish_throughout_and_each_offers_english(alice: Visitor) -> None:
    _book(_spanish(alice))
    for path in PATHS:
        shown = alice.get(path.format(alice.token))
        assert shown.status_code == 200
        page = read(shown)
        assert page.all("html")[0]["lang"] == "es"
        switch = next(link for link in page.all("a") if link.get("hreflang"))
        assert (switch["lang"], switch["href"]) == ("en", f"{path.format(alice.token)}?lang=en")
        if not path.startswith("/r/"):  # the mail as it was sent
            text = re.sub(
                r"<a [^>]*hreflang.*?</a>|<span lang=.*?</span>|<title>.*?</title>|<[^>]*>",
                " ",
                shown.get_data(as_text=True),
            )
            assert not ENGLISH.search(text), (path, ENGLISH.search(text))
            assert "m.." not in text, path


def test_a_visit_stands_there_in_spanish_days_and_hours(alice: Visitor) -> None:
    _book(_spanish(alice))
    shown = alice.get(f"/v/{alice.token}").get_data(as_text=True)
    assert "martes 1 de diciembre<br>9:00 a 10:00 a.m." in shown
    assert "Hora de Minnetonka (Centro)" in alice.get(f"/v/{alice.token}/move").get_data(as_text=True)


def test_a_chosen_language_goes_with_the_reader_and_changes_nothing_of_the_lead(alice: Visitor) -> None:
    shown = alice.get(f"/b/{alice.token}?lang=es").get_data(as_text=True)
    assert "¿Cuándo le gustaría venir, Alice?" in shown
    assert f"/u/{alice.token}?lang=es" in shown
    assert f'action="/b/{alice.token}?lang=es"' in shown
    assert "When would you like to come, Alice?" in alice.get(f"/b/{alice.token}").get_data(as_text=True)
    saved = alice.press(f"/p/{alice.token}?lang=es", pace="weekly")
    assert saved.headers["Location"].endswith("lang=es")
    assert "Recibe un correo por semana como máximo." in alice.get(saved.headers["Location"]).get_data(as_text=True)


def test_a_person_chooses_the_language_of_the_mails_to_come(alice: Visitor) -> None:
    shown = alice.get(f"/p/{alice.token}").get_data(as_text=True)
    assert 'name="write_in" value="en" checked' in shown
    alice.press(f"/p/{alice.token}", pace="now", about=["how", "visit", "self", "open"], write_in="es")
    with alice.house.kit.db.read() as conn:
        assert leads.get(conn, alice.lead).locale == "es"
    assert "¿Con qué frecuencia le escribimos?" in alice.get(f"/p/{alice.token}").get_data(as_text=True)
    alice.press(f"/p/{alice.token}", pace="now", write_in="tlh")
    with alice.house.kit.db.read() as conn:
        assert leads.get(conn, alice.lead).locale == "es"


def test_a_strangers_page_speaks_the_browsers_language_also_where_a_link_leads_nowhere(alice: Visitor) -> None:
    for accepted, words in (("es-419,es;q=0.9", "Este enlace no lleva"), ("de", "This link leads nowhere")):
        answered = alice.client.get("/u/nobody", headers={"User-Agent": PERSON, "Accept-Language": accepted})
        assert words in answered.get_data(as_text=True)
