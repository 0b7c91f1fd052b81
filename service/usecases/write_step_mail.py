"""A mail of a series written at the desk as plain words: a subject, paragraphs and perhaps a button to book."""

from __future__ import annotations

import re
from collections.abc import Collection

from service.content.faults import Faults
from service.content.letter_mail import BUTTONS, LetterText, faults_of, paragraphs_of, read_mail, write_mail
from service.content.mail_file import parse_mail
from service.usecases.kit import Kit


def step_mail(kit: Kit, subject: str, preheader: str, body: str, button: str) -> tuple[tuple[str, str], dict[str, str]]:
    """The mail's two files, and by field what is wrong with it."""
    label = button.strip()
    text = LetterText(subject.strip(), preheader.strip(), paragraphs_of(body), "book" if label else "", label)
    return _files(text), faults_of(text, kit.studio)


def plain_words(files: tuple[str, str]) -> LetterText | None:
    """What was written; None for a mail that this form did not make."""
    try:
        text = read_mail(parse_mail("mail", *files, "mail.mjml"))
    except (Faults, ValueError):
        return None
    return text if text.button in ("", *BUTTONS) and _files(text) == files else None


def free_name(subject: str, taken: Collection[str]) -> str:
    """A name for a mail that none has, after its subject."""
    stem = "-".join(re.findall(r"[a-z0-9]+", subject.lower())[:4]) or "mail"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _files(text: LetterText) -> tuple[str, str]:
    mjml, plain = write_mail(text)
    return mjml.replace("\ntopic: letter\n", "\ntopic: how\n", 1), plain
