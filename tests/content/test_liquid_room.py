"""The closed part of Liquid that mails may use: it cannot read, loop or grow without bound."""

from __future__ import annotations

import pytest

from service.content import samples
from service.content.faults import Faults
from service.content.liquid_room import FILTERS, TAGS, Room
from service.content.mail_file import MailSource, parse_mail
from service.content.studio import Studio
from tests.content.mails import mail, mjml_file
from tests.content.test_studio import TEMPLATES


def refused(source: MailSource) -> str:
    with pytest.raises(Faults) as wrong:
        Studio(TEMPLATES, samples.BASE_URL).render(source, samples.shared(), samples.person(), samples.TOKEN)
    return str(wrong.value)


def test_only_the_listed_tags_and_filters_are_there() -> None:
    assert set(Room().filters) == FILTERS
    assert set(Room().tags) <= TAGS | {"content", "output", "illegal"}
    assert not {"safe", "escape_once", "newline_to_br", "replace", "date"} & set(Room().filters)


@pytest.mark.parametrize(
    "tag", ["include 'x'", "render 'x'", "cycle 'a', 'b'", "increment n", "decrement n", "ifchanged", "liquid echo 'x'"]
)
def test_a_tag_that_reads_files_or_keeps_state_is_refused(tag: str) -> None:
    with pytest.raises(Faults, match=r"a/a-mail\.mjml:8: unexpected tag"):
        mail(f"{{% {tag} %}}")


@pytest.mark.parametrize("name", ["settings.secret", "lead.email", "lead.__class__", "clinic['__init__']", "links.x"])
def test_a_name_that_is_not_listed_is_refused(name: str) -> None:
    with pytest.raises(Faults, match="unknown name"):
        mail(f'{{{{ {name} | default: "x" }}}}')


def test_loops_within_loops_have_an_end() -> None:
    loops = "{% for a in (1..900) %}{% for b in (1..900) %}x{% endfor %}{% endfor %}"
    assert "loop iteration limit reached" in refused(mail(loops))


def test_a_variable_that_doubles_has_an_end() -> None:
    grow = '{% assign a = "xxxxxxxxxx" %}{% for n in (1..900) %}{% assign a = a | append: a %}{% endfor %}'
    assert "a text longer than 100000 characters" in refused(mail(grow))


def test_many_variables_have_an_end() -> None:
    many = "".join(f"{{% assign a{n} = big | default: 'x' %}}" for n in range(30))
    source = mail("{% capture big %}" + "x" * 5_000 + "{% endcapture %}" + many)
    assert "local namespace limit reached" in refused(source)


def test_a_long_chain_of_appends_has_an_end() -> None:
    start = "{% capture a %}" + "x" * 50_000 + "{% endcapture %}"
    source = mail("ok", text=start + "{{ a | default: 'x'" + " | append: a" * 400 + " }}")
    assert "longer than" in refused(source)


def test_output_has_an_end() -> None:
    long = "{% capture a %}" + "x" * 2_000 + "{% endcapture %}"
    source = mail(long + "{% for n in (1..900) %}{{ a | default: 'x' }}{% endfor %}")
    assert "output stream limit reached" in refused(source)


def test_a_source_has_an_end() -> None:
    with pytest.raises(Faults, match="longer than 100000 characters"):
        parse_mail("a", mjml_file("x" * 100_001), "Hello.", "a.mjml")
    with pytest.raises(Faults, match=r"a\.txt:1: longer than 100000 characters"):
        parse_mail("a", mjml_file("x"), "x" * 100_001, "a.mjml")


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ('{% capture c %}{{ lead.first_name | default: "x" }}{% endcapture %}', "is captured"),
        ("{% for c in lead.first_name %}x{% endfor %}", "may only be printed or tested"),
        ("{% for s in slots %}{{ lead.locale | append: s.day }}{% endfor %}", "mixes a person's fact"),
        ("{% for s in slots %}{% if lead.locale == s.day %}x{% endif %}{% endfor %}", "mixes a person's fact"),
        ("{% for s in slots %}{% case lead.locale %}{% when s.day %}x{% endcase %}{% endfor %}", "mixes a person"),
        ("{{ lead.clicked_book }}", "is true or false"),
        ("{{ slots }}", "is a list"),
        ("{{ slots.first.day }}", "may be empty"),
        ("{% assign lead = clinic.name %}", "is a name of Meridian's"),
        ('{{ practitioner.face_url | default: "" }}', "may be empty"),
        ("{% for s in slots %}{{ s.starts }}{% endfor %}", "unknown name 's.starts'"),
    ],
)
def test_what_would_make_a_shape_a_lead_or_a_hole_is_refused(block: str, what: str) -> None:
    with pytest.raises(Faults, match=what):
        mail(block)


def test_a_fact_that_may_be_missing_is_refused_in_each_part() -> None:
    bare = "{{ lead.first_name }}"
    for source in (
        lambda: mail(bare),
        lambda: mail("x", text=bare),
        lambda: mail("x", subject=bare),
        lambda: parse_mail("a", mjml_file("x", preheader=bare), "Hello.", "a.mjml"),
    ):
        with pytest.raises(Faults, match=r"lead\.first_name may be empty"):
            source()
