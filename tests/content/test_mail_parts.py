"""A mail's files become the parts that a person writes, and come back saying the same."""

from __future__ import annotations

from service.content.campaign_file import shipped
from service.content.mail_blocks import BLOCKS, FIELDS, VISIT_FIELDS
from service.content.mail_file import parse_mail
from service.content.mail_parts import MailParts, files_of, parts_of, place_of, plain_of
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES
from tests.content.mails import mjml_file


def test_every_shipped_mail_comes_back_saying_the_same() -> None:
    for campaign in shipped(CAMPAIGNS, TEMPLATES).values():
        for name, files in campaign.mails.items():
            was, parts = parse_mail(name, *files, "a.mjml"), parts_of(*files)
            now = parse_mail(name, *files_of(parts), "a.mjml")
            assert (was.subject, was.preheader, was.topic, was.service, was.signature, was.attach) == (
                now.subject, now.preheader, now.topic, now.service, now.signature, now.attach
            )  # fmt: skip
            assert (was.sources, was.claims, was.mjml.strip(), was.text.strip()) == (
                now.sources, now.claims, now.mjml.strip(), now.text.strip()
            )  # fmt: skip
            assert parts_of(*files_of(parts)) == parts_of(*files_of(parts_of(*files_of(parts))))
            assert place_of(parts, False, now.body_line) == "line 1 of the body"


def test_a_file_that_is_no_mail_loses_nothing() -> None:
    assert parts_of("no front matter", "x").body == "no front matter"
    odd = parts_of("---\nsubject: 'It''s plain'\npreheader: one\n  and two\nsources:\n- a\n---\nbody\n", "x")
    assert (odd.subject, odd.preheader, odd.front) == ("It's plain", "one and two", "sources:\n- a")


def test_what_decides_who_gets_a_mail_is_not_the_writers() -> None:
    parts = parts_of(mjml_file("x", service=True), "x")
    assert parts.fixed == ("service: true",)
    assert "service" not in parts.front


def test_a_place_is_told_as_the_editor_shows_it() -> None:
    parts = MailParts("s", "p", "signature: true\ntopic: how", "<mj-text>\nx", "t", ("service: true",))
    file = files_of(parts)[0].split("\n")
    for line, said in ((2, "the subject"), (3, "the preheader"), (5, "line 2 of sources and claims")):
        assert place_of(parts, False, line) == said
    assert place_of(parts, False, file.index("x") + 1) == "line 2 of the body"
    assert place_of(parts, True, 3) == "line 3 of the text part"


def test_the_text_part_says_what_the_body_says() -> None:
    body = (
        '<mj-text mj-class="h1"><h1>A &amp; B</h1></mj-text>\n  <mj-text><p>One <b>two</b>.</p>\n<p>Three<br />four.'
        '</p></mj-text><mj-text><ul>\n  <li>a</li>\n  <li>b</li></ul></mj-text>\n<mj-button href="{{ links.book }}">See'
        " times</mj-button>"
    )
    assert plain_of(body) == "A & B\n\nOne two.\n\nThree\nfour.\n\n- a\n- b\n\nSee times:\n{{ links.book }}\n"


def test_every_block_and_field_of_the_lists_is_understood() -> None:
    fields = [field for listed in (*FIELDS.values(), VISIT_FIELDS) for field in listed.values()]
    parse_mail("a", mjml_file(*fields, raw="\n".join(BLOCKS.values())), "Hello.", "a.mjml")
