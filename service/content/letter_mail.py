"""A letter's mail: a subject, a few paragraphs and perhaps a button, made into the files of a mail and read back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape

from service.content.faults import Faults
from service.content.lint import PREHEADER, SUBJECT, lint_mail
from service.content.mail_file import MailSource, parse_mail
from service.content.studio import Studio

MAIL = "letter"
BUTTONS = {"book": "links.book", "preferences": "links.preferences"}
FEWEST, MOST = 10, 400  # words: a closure is told in two sentences
LABEL = 40
HEADING = 2  # lines of the MJML above the heading, which is the subject
_LIQUID = re.compile(r"\{\{|\{%|\}\}|%\}|\{#")
_PARAGRAPH = re.compile(r"<mj-text><p>(.*?)</p></mj-text>", re.DOTALL)
_BUTTON = re.compile(r'<mj-button href="\{\{ links\.(\w+) \}\}">(.*?)</mj-button>', re.DOTALL)
_GREETING = 'Hello {{ lead.first_name | default: "there" }},'


@dataclass(frozen=True, slots=True)
class LetterText:
    """What a person writes. `paragraphs` may hold line breaks; `button` is one of BUTTONS, or empty for none."""

    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    button: str = ""
    label: str = ""


def paragraphs_of(text: str) -> tuple[str, ...]:
    """What blank lines part."""
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n")]
    parts = re.split(r"\n{2,}", "\n".join(lines).strip())
    return tuple(part.strip("\n") for part in parts if part.strip("\n"))


def write_mail(text: LetterText) -> tuple[str, str]:
    """The mail's two files: (MJML file, text file). The greeting is put before the first paragraph."""
    front = (
        f"subject: {json.dumps(text.subject, ensure_ascii=False)}\n"
        f"preheader: {json.dumps(text.preheader, ensure_ascii=False)}\n"
        "topic: letter\nservice: false\nsignature: true\nsources: []\nclaims: []\n"
    )
    lines = [f'    <mj-text mj-class="h1"><h1>{escape(text.subject, quote=False)}</h1></mj-text>']
    lines += [f"    <mj-text><p>{part}</p></mj-text>" for part in (_GREETING, *map(_marked_up, text.paragraphs))]
    plain = [_GREETING, *text.paragraphs]
    if text.button:
        address = f"{{{{ {BUTTONS[text.button]} }}}}"
        lines.append(f'    <mj-button href="{address}">{escape(text.label, quote=False)}</mj-button>')
        plain.append(f"{text.label}:\n{address}")
    body = "\n".join(lines)
    mjml = f'<mj-section padding="0 40px 6px">\n  <mj-column>\n{body}\n  </mj-column>\n</mj-section>\n'
    return f"---\n{front}---\n{mjml}", "\n\n".join(plain) + "\n"


def read_mail(mail: MailSource) -> LetterText:
    """What was written, of a mail that `write_mail` made."""
    _greeting, *parts = _PARAGRAPH.findall(mail.mjml)
    button = _BUTTON.search(mail.mjml)
    return LetterText(
        subject=mail.subject,
        preheader=mail.preheader,
        paragraphs=tuple(unescape(part.replace("<br />", "\n")) for part in parts),
        button=button[1] if button else "",
        label=unescape(button[2]) if button else "",
    )


def faults_of(text: LetterText, studio: Studio) -> dict[str, str]:
    """By field (subject, preheader, body, label) what is wrong and how to mend it; the first fault of each."""
    found = _plain_faults(text)
    if found:
        return found
    try:
        mail = parse_mail(MAIL, *write_mail(text), f"{MAIL}.mjml")
    except Faults as wrong:
        return {"body": _sentence(wrong.faults[0].what, wrong.faults[0].mend)}
    lines = {mail.subject_line: "subject", mail.preheader_line: "preheader", mail.body_line + HEADING: "subject"}
    for fault in lint_mail(mail, studio, (FEWEST, MOST)):
        field = lines.get(fault.line, "body") if fault.file == mail.file else "body"
        found.setdefault(field, _sentence(fault.what, fault.mend))
    return found


def letter_file(key: str, name: str, *, exact: bool, priority: int) -> str:
    """The campaign file of a letter. `exact`: at its hour even outside the window for mails."""
    when = ", at_once: true" if exact else ""
    return (
        f"key: {key}\nname: {json.dumps(name, ensure_ascii=False)}\npriority: {priority}\n"
        "entry: {on: letter}\ngoal: none\n"
        f"steps:\n  - {{key: {MAIL}, mail: {MAIL}{when}}}\n"
    )


def _plain_faults(text: LetterText) -> dict[str, str]:
    found = {}
    body = "\n".join(text.paragraphs)
    for field, words, most in (("subject", text.subject, SUBJECT), ("preheader", text.preheader, PREHEADER)):
        if not words.strip():
            found[field] = f"Write a {field} of at most {most} characters."
    if not text.paragraphs:
        found["body"] = "Write at least one paragraph."
    if text.button and not 1 <= len(text.label.strip()) <= LABEL:
        found["label"] = f"Write what the button says, in at most {LABEL} characters."
    for field, words in (
        ("subject", text.subject),
        ("preheader", text.preheader),
        ("body", body),
        ("label", text.label),
    ):
        if _LIQUID.search(words):
            found[field] = "Leave out double braces and {%: the name of each reader is put in by itself."
        elif re.search(r"[\x00-\x09\x0b-\x1f\x7f]", words):
            found[field] = "It holds a sign that no mail can show; type it anew."
    return found


def _marked_up(paragraph: str) -> str:
    return escape(paragraph, quote=False).replace("\n", "<br />")


def _sentence(*parts: str) -> str:
    words = ": ".join(parts)
    return f"{words[:1].upper()}{words[1:]}."


def shown_paragraphs(parts: Sequence[str]) -> str:
    """As a text field shows them."""
    return "\n\n".join(parts)
