"""What a mail's links and colours must keep, and which check names what."""

from __future__ import annotations

import pytest

from service.content import samples
from service.content.lint import lint_mail
from service.content.mail_file import parse_mail
from service.content.mail_links import link_faults
from service.content.mail_looks import contrast_faults
from service.content.studio import Studio
from service.usecases.check_mail import CHECKS, listed
from service.usecases.publish_campaign import TEMPLATES
from tests.content.mails import mail, mjml_file


@pytest.mark.parametrize(
    ("address", "topic"),
    [
        ("{{ links.book }}", None),
        ("tel:+19525550100", None),
        ("", "links"),
        ("#", "links"),
        ("www.sun.example", "links"),
        ("http://sun.example/", "links"),
        ("javascript:alert(1)", "links"),
        ("https://elsewhere.example/page", "links"),
        ("https://sun.example/back-pain/offer", "discretion"),
    ],
)
def test_a_link_leads_to_us_or_to_a_source_and_spells_no_condition(address: str, topic: str | None) -> None:
    found = list(link_faults(mail(f'<a\nhref="{address}">here</a>')))
    assert [fault.topic for fault in found] == ([topic] if topic else [])
    if topic:
        assert found[0].line == 9, "the line on which the address stands"


def test_a_source_of_the_mail_may_be_linked_to() -> None:
    cited = "sources: [{id: a, publisher: A, title: B, url: https://nih.example/sciatica}]\nsignature: true"
    file = mjml_file('<a href="https://nih.example/sciatica">it</a>').replace("signature: true", cited)
    assert list(link_faults(parse_mail("a", file, "Hello.", "a.mjml"))) == []


@pytest.mark.parametrize(
    ("block", "fine"),
    [
        ('<span style="color:#1d2a2f">ink</span>', True),
        ('<span style="color: #aaa">pale</span>', False),
        ('<div style="background:#0f5c56"><b style="color:#ffffff">white</b></div>', True),
        ('<div style="background:#0f5c56"></div><b style="color:#ffffff">white on white</b>', False),
    ],
)
def test_text_is_read_on_what_lies_behind_it(block: str, fine: bool) -> None:
    found = list(contrast_faults(mail(block)))
    assert (found == []) == fine
    assert all("at least 4.5 to 1" in fault.mend for fault in found)


def test_the_list_names_each_check_and_begins_with_what_asks_for_a_hand() -> None:
    bad = mail('<a href="#">x</a><img src="{{ clinic.mark_url }}">', subject="Your back pain!")
    checks = listed(lint_mail(bad, Studio(TEMPLATES, samples.BASE_URL)))
    assert {check.topic for check in checks} == set(CHECKS)
    wrong = [check.topic for check in checks if check.faults]
    assert {check.topic for check in checks[: len(wrong)]} == set(wrong)
    assert {"discretion", "links", "pictures", "promises"} <= set(wrong)
