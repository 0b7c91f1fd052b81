"""Shape and values: what is joined equals what Liquid and MJML would have made for that one person."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mrml
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from liquid import Environment

from service.content import samples
from service.content.campaign_file import parse_campaign, shipped
from service.content.faults import Faults
from service.content.mail_file import MailSource
from service.content.studio import KEPT_PASSING, KEPT_SETS, MissingFact, Shared, Studio
from service.content.values import cleaned
from service.domain.mail import TOKEN, Rendered, render
from tests.content.mails import mail

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates/email"
LETTER_TOKEN = "Tok-en_0123456789ABCDE"
NASTY = [
    "Ann", "", " ", "O'Hara", 'He said "hi"', "<script>alert(1)</script>", "R&D &amp; co", "two\nlines\r\nhere",
    "Zoë 👩‍⚕️", "\u202eمرحبا\u202c", "{{ lead.first_name }}", "{% if %}", "%s %(x)s {0}", "x" * 300, "]]>", "<!-- a -->",
    "\\0\\1", "$1", "zqv0q", "None", "a\tb",
]  # fmt: skip
HTML_BLOCKS = [
    '<p>Hello {{ lead.first_name | default: "friend" }}, from {{ clinic.name }}.</p>',
    '{% if lead.first_name %}<b>{{ lead.first_name | default: "you" }}</b>{% else %}<i>nobody</i>{% endif %}',
    "{% unless lead.clicked_book %}<p>Not looked yet</p>{% endunless %}",
    '{% if appointment.moved %}moved{% elsif appointment.cancelled_by == "us" %}ours{% else %}yours{% endif %}',
    '{% case appointment.cancelled_by %}{% when "us", "we" %}ours{% when "you" %}yours{% else %}whose{% endcase %}',
    '{% for slot in slots %}<a href="{{ slot.link }}">{{ slot.day }} {{ slot.time }}</a>{% endfor %}',
    '{% assign big = clinic.name | upcase %}<p>{{ big | default: "us" }}</p>',
    '{% capture n %}<b>{{ clinic.city }}</b>{% if lead.first_name %}!{% endif %}{% endcapture %}{{ n | default: "-" }}',
    '{% echo lead.first_name | default: "friend" %}',
    '<img src="{{ clinic.mark_url }}" alt="For {{ lead.first_name | default: "you" }}" />',
    '<p>{{ lead.first_name | default: "you" | truncate: 9 | capitalize }}</p>',
    '<p>{{ appointment.day }} at {{ appointment.time }} <a href="{{ links.move }}">Move</a> {{ consent.wording }}</p>',
    '{% if lead.first_name and slots.size > 1 %}<p>{{ slots.first.day | default: "soon" }}</p>{% endif %}',
    "{% for n in (1..3) %}{{ forloop.index }}{% if appointment.moved %}{% break %}{% endif %}{% endfor %}",
]
TEXT_BLOCKS = [re.sub(r"<[^>]+>", "", block) for block in HTML_BLOCKS]
names = st.one_of(
    st.none(), st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
)


def plainly(source: MailSource, shared: Shared, person: dict[str, Any], studio: Studio) -> Rendered:
    """The mail by Liquid and MJML as they come, for one person."""
    facts = {**studio._names(source, shared, LETTER_TOKEN), **cleaned(person)}
    subject = Environment().from_string(source.subject).render(**facts)
    text = Environment().from_string(studio._layout.plain(source).text).render(**facts)
    document = Environment(autoescape=True).from_string(studio.document(source).text).render(**facts)
    html = mrml.to_html(document, render_options=mrml.RenderOptions(fonts={})).content
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"
    return Rendered(" ".join(subject.split()), html, text)


class Seen(HTMLParser):
    """HTML as a browser takes it: tags, attributes and text, however their characters were spelt."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The compiler alone garbles joiners and marks in the label that it makes of the title.
        self.parts.append((tag, [(name, value) for name, value in attrs if name != "aria-label"]))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(unescape(data))


def assert_same(made: Rendered, wanted: Rendered) -> None:
    assert made.subject == wanted.subject
    assert made.text == wanted.text
    assert Seen(made.html).parts == Seen(wanted.html).parts


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(TEMPLATES, "https://meridian.example")


@given(
    name=names,
    wording=st.sampled_from([word for word in NASTY if word.strip()]),
    blocks=st.lists(st.sampled_from(range(len(HTML_BLOCKS))), min_size=1, max_size=5),
    clicked=st.booleans(),
    moved=st.booleans(),
    by=st.sampled_from(["us", "you", None]),
    slots=st.booleans(),
    service=st.booleans(),
)
@example(
    name="<b>'\"&", wording="R&D", blocks=list(range(len(HTML_BLOCKS))), clicked=True, moved=True, by="us", slots=True,
    service=False,
)  # fmt: skip
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shape_and_values_joined_equal_the_plain_way(
    name: str | None, wording: str, blocks: list[int], clicked: bool, moved: bool, by: str, slots: bool, service: bool,
    studio: Studio,
) -> None:  # fmt: skip
    source = mail(
        *[HTML_BLOCKS[at] for at in blocks],
        text="Hello.\n" + "\n".join(TEXT_BLOCKS[at] for at in blocks),
        subject="For {{ lead.first_name | default: 'you' }} & {{ appointment.day }}",
        service=service,
    )
    shared = samples.shared(slots=slots)
    person = samples.person(name, clicked=clicked, moved=moved, by=by)
    person["consent"]["wording"] = wording
    made = studio.render(source, shared, person, LETTER_TOKEN)
    assert_same(made, plainly(source, shared, person, studio))


@pytest.mark.parametrize("slots", [True, False], ids=["with slots", "without"])
def test_every_shipped_mail_equals_the_plain_way(slots: bool, studio: Studio) -> None:
    shared = samples.shared(slots=slots)
    for key, found in shipped(ROOT / "campaigns", TEMPLATES).items():
        for source in parse_campaign(found.text, found.mails, f"{key}.yaml").mails.values():
            for person in samples.people():
                made = studio.render(source, shared, person, LETTER_TOKEN)
                assert_same(made, plainly(source, shared, person, studio))


@pytest.mark.parametrize("name", [name for name in NASTY if name.strip()])
def test_a_screen_reader_hears_the_subject(name: str, studio: Studio) -> None:
    source = mail(subject="R&D for {{ lead.first_name | default: 'you' }}: \u200eas promised")
    made = studio.render(source, samples.shared(), samples.person(name), LETTER_TOKEN)
    label = re.search(r'<div class="paper" aria-label="([^"]*)"', made.html)
    assert label is not None
    assert unescape(label[1]) == made.subject == f"R&D for {' '.join(name.split())}: \u200eas promised"


def test_leads_who_differ_in_values_only_share_one_shape(studio: Studio) -> None:
    source = mail(*HTML_BLOCKS[:2])
    first, second = samples.person("Alice"), samples.person("Bob")
    shape, values = studio.split(source, samples.shared(), first)
    again, others = studio.split(source, samples.shared(), second)
    assert shape is again
    assert values != others
    assert "Alice" not in "".join(shape.html.literals + shape.text.literals + shape.subject.literals)


def test_a_lead_whose_tests_come_out_otherwise_has_another_shape(studio: Studio) -> None:
    source = mail(HTML_BLOCKS[1])
    named, _ = studio.split(source, samples.shared(), samples.person("Alice"))
    unnamed, values = studio.split(source, samples.shared(), samples.person(None))
    assert named.key != unnamed.key
    assert values == ()


def test_tests_that_change_nothing_make_no_second_shape(studio: Studio) -> None:
    source = mail("{% if lead.clicked_book %}same{% else %}same{% endif %}")
    first, _ = studio.split(source, samples.shared(), samples.person(clicked=True))
    second, _ = studio.split(source, samples.shared(), samples.person(clicked=False))
    assert first is second


def test_only_values_that_a_shape_prints_are_given_out(studio: Studio) -> None:
    source = mail('{% if lead.clicked_book %}{{ lead.first_name | default: "x" }}{% else %}none{% endif %}')
    _, values = studio.split(source, samples.shared(), samples.person("Alice", clicked=False))
    assert values == ()


def test_two_processes_make_equal_shapes(studio: Studio) -> None:
    source, person = mail(*HTML_BLOCKS), samples.person()
    other = Studio(TEMPLATES, "https://meridian.example")
    shape, values = studio.split(source, samples.shared(), person)
    again, same = other.split(source, samples.shared(), person)
    assert (shape.key, values) == (again.key, same)


def test_the_token_stands_in_every_link_and_nowhere_in_the_shape(studio: Studio) -> None:
    shape, values = studio.split(mail(service=False), samples.shared(), samples.person())
    assert TOKEN in shape.html.slots
    assert TOKEN in shape.text.slots
    html = render(shape, values, LETTER_TOKEN).html
    assert f'href="https://meridian.example/u/{LETTER_TOKEN}"' in html
    assert f'href="https://meridian.example/p/{LETTER_TOKEN}"' in html


def test_a_slot_links_to_its_own_hour(studio: Studio) -> None:
    made = studio.render(mail(HTML_BLOCKS[5]), samples.shared(), samples.person(), LETTER_TOKEN)
    link = re.search(rf"/b/{LETTER_TOKEN}/(\w+)", made.html)
    assert link is not None
    assert int(link[1], 36) == 1_795_624_200


def test_new_slots_make_a_new_shape(studio: Studio) -> None:
    source = mail(HTML_BLOCKS[5])
    some, _ = studio.split(source, samples.shared(slots=True), samples.person())
    none, _ = studio.split(source, samples.shared(slots=False), samples.person())
    assert some.key != none.key


@pytest.mark.parametrize("name", [None, "", "   ", "\n"])
def test_a_blank_name_is_no_name(name: str | None, studio: Studio) -> None:
    made = studio.render(mail(HTML_BLOCKS[0], HTML_BLOCKS[1]), samples.shared(), samples.person(name), LETTER_TOKEN)
    assert "Hello friend, from" in made.html
    assert "nobody" in made.html


def test_a_missing_fact_without_default_is_an_error_not_a_hole(studio: Studio) -> None:
    person = samples.person()
    del person["appointment"]
    with pytest.raises(MissingFact, match=r"appointment\.day, which is missing"):
        studio.split(mail("{{ appointment.day }}"), samples.shared(), person)


@pytest.mark.parametrize(
    "block",
    [
        '<span style="color:{{ appointment.day }}">x</span>',
        '<a href="https://x.example/{{ lead.first_name | default: "a" }}">x</a>',
        '<img alt="" src="https://x.example/{{ lead.locale }}" />',
        '<span title="{{ lead.locale }}">x</span>',
        "<span {{ lead.locale }}>x</span>",
        "<style>.{{ lead.locale }} {}</style>",
    ],
)
def test_a_value_stands_in_text_and_alt_only(block: str, studio: Studio) -> None:
    source = mail("first line", block)
    with pytest.raises(Faults) as wrong:
        studio.split(source, samples.shared(), samples.person())
    (fault,) = wrong.value.faults
    assert (fault.file, fault.line) == ("a/a-mail.mjml", 9)
    assert "a person's value stands in" in fault.what


def test_what_is_kept_is_bounded(studio: Studio) -> None:
    own = Studio(TEMPLATES, "https://meridian.example")
    base = samples.shared(slots=False)
    for number in range(KEPT_SETS + 5):
        own._set(mail("x"), Shared({**base.clinic, "name": f"Clinic {number}"}, base.practitioner, base.visit))
    assert len(own._sets) == KEPT_SETS


def test_mails_with_open_times_push_only_one_another_out(studio: Studio) -> None:
    own, plain, offering = Studio(TEMPLATES, "https://meridian.example"), samples.shared(slots=False), samples.shared()
    lasting = own._set(mail("x"), plain)
    for number in range(KEPT_PASSING + 5):
        clinic = {**offering.clinic, "name": f"Clinic {number}"}
        own._set(mail("x"), Shared(clinic, offering.practitioner, offering.visit, offering.slots))
    assert len(own._passing) == KEPT_PASSING
    assert own._sets == {(mail("x").digest, plain.key): lasting}


def test_shared_facts_must_be_complete() -> None:
    base = samples.shared()
    with pytest.raises(ValueError, match=r"clinic\.phone, which is missing"):
        Shared({name: value for name, value in base.clinic.items() if name != "phone"}, base.practitioner, base.visit)


def test_no_mail_asks_a_third_party_for_anything(studio: Studio) -> None:
    for service in (True, False):
        made = studio.render(mail(service=service), samples.shared(), samples.person(), LETTER_TOKEN)
        loaded = re.findall(r"(?:src|background)=[\"']([^\"']+)|url\(([^)]+)\)|<link[^>]+href=\"([^\"]+)", made.html)
        assert {"".join(found) for found in loaded} <= {"https://meridian.example/static/mark.png"}


def test_one_link_of_each_mail_is_for_machines_only(studio: Studio) -> None:
    for service in (True, False):
        made = studio.render(mail(service=service), samples.shared(), samples.person(), LETTER_TOKEN)
        address = f"https://meridian.example/x/{LETTER_TOKEN}"
        (hidden,) = re.findall(rf'<div ([^>]*)><a href="{address}" tabindex="-1"[^>]*></a></div>', made.html)
        assert "display:none" in hidden
        assert 'aria-hidden="true"' in hidden
        assert made.html.count(address) == 1
        assert address not in made.text
