"""A letter's mail is written in plain words, checked as every mail is, and read back to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.content.letter_mail import MAIL, LetterText, faults_of, paragraphs_of, read_mail, write_mail
from service.content.letter_who import AGREED, OfSegment, parse_letter_who, segment_source
from service.content.mail_file import parse_mail
from service.content.samples import BASE_URL, TOKEN, people, shared
from service.content.studio import Studio
from service.domain.conditions import Field
from service.usecases.publish_campaign import TEMPLATES
from tests.support.letter_room import WORDS, a_text

STUDIO = Studio(TEMPLATES, BASE_URL)
LINE = some.text(some.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20).filter(
    lambda line: not {"{", "}"} & set(line)
)
PART = some.lists(LINE, min_size=1, max_size=3).map("\n".join)
TEXTS = some.builds(
    LetterText,
    subject=LINE,
    preheader=LINE,
    paragraphs=some.lists(PART, min_size=1, max_size=4).map(tuple),
    button=some.just("book"),
    label=LINE,
)


@given(TEXTS)
def test_what_was_written_is_read_back(text: LetterText) -> None:
    assert read_mail(parse_mail(MAIL, *write_mail(text), "letter.mjml")) == text


@given(some.lists(PART, max_size=4))
def test_blank_lines_part_paragraphs(parts: list[str]) -> None:
    assert paragraphs_of("\r\n\r\n".join(parts) + "\n") == tuple(parts)


def test_it_greets_by_name_and_leads_to_the_booking_page_and_away() -> None:
    mail = parse_mail(MAIL, *write_mail(a_text()), "letter.mjml")
    made = STUDIO.render(mail, shared(), next(people()), TOKEN)
    assert WORDS[0] in made.text
    for part in (made.html, made.text):
        assert f"/b/{TOKEN}" in part
        assert f"/u/{TOKEN}" in part
    assert "See open times" in made.html


def test_what_looks_like_markup_is_shown_as_it_stands() -> None:
    text = a_text(paragraphs=("<script>alert(1)</script> & <b>bold</b> is how a page says it.", *WORDS))
    assert faults_of(text, STUDIO) == {}
    mail = parse_mail(MAIL, *write_mail(text), "letter.mjml")
    made = STUDIO.render(mail, shared(), next(people()), TOKEN)
    assert "<script>" not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;" in made.html
    assert "<script>alert(1)</script> & <b>bold</b>" in made.text


@pytest.mark.parametrize(
    ("field", "change", "says"),
    [
        ("subject", {"subject": ""}, "Write a subject"),
        ("subject", {"subject": "Closed " * 9}, "use at most 50"),
        ("subject", {"subject": "Your sciatica and our holidays"}, "names no condition|name no condition"),
        ("subject", {"subject": "We are closed!"}, "exclamation"),
        ("preheader", {"preheader": ""}, "Write a preheader"),
        ("preheader", {"preheader": "Days " * 20}, "use at most 90"),
        ("preheader", {"preheader": "We are closed on Thursday."}, "repeats the subject"),
        ("body", {"paragraphs": ()}, "at least one paragraph"),
        ("body", {"paragraphs": ("We are closed.",)}, "write 10 to 400"),
        ("body", {"paragraphs": ("word " * 401,)}, "write 10 to 400"),
        ("body", {"paragraphs": (*WORDS, "Acupuncture is a proven cure.")}, "promises too much"),
        ("body", {"paragraphs": (*WORDS, "Studies show that 80 percent are better.")}, "without a source"),
        ("body", {"paragraphs": (*WORDS, "Hello {{ lead.email }}")}, "double braces"),
        ("body", {"paragraphs": (*WORDS, "Hello {% raw %}")}, "double braces"),
        ("label", {"label": ""}, "what the button says"),
    ],
)
def test_what_no_mail_may_say_is_told_beside_its_field(field: str, change: dict[str, str], says: str) -> None:
    found = faults_of(a_text(**change), STUDIO)
    assert list(found) == [field]
    assert any(part in found[field] for part in says.split("|")), found


def test_who_is_a_segment_or_everyone_who_agreed_or_a_condition() -> None:
    assert parse_letter_who(segment_source("regulars")) == OfSegment("regulars")
    assert parse_letter_who(AGREED) == Field("consent", "is", "given")
    with pytest.raises(ValueError, match="no segment's key"):
        segment_source("no key: at all")
    with pytest.raises(ValueError, match="unknown key 'everybody'"):
        parse_letter_who("{everybody: true}")
