"""What a shipped or published mail must keep: honest claims, discretion, size, accessibility, a way out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from service.content import mjml_tags, samples, words
from service.content.campaign_file import Campaign, mails_beside, parse_campaign, read_file
from service.content.faults import Fault, Faults
from service.content.mail_file import MailSource
from service.content.mail_links import link_faults
from service.content.mail_looks import contrast_faults
from service.content.studio import Studio
from service.domain.mail import Rendered

SUBJECT, PREHEADER = 50, 90
FEWEST, MOST = 120, 260
CLIPPED = 102_000
_TAG = re.compile(r"<[^>]*>", re.DOTALL)
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_IMAGE = re.compile(r"<(?:img|mj-image)\b[^>]*>", re.DOTALL)
_CHUNK = re.compile(r"(?<=[.?!:])\s+|\n\s*\n|</(?:p|li|h1|h2|td|mj-button)>")
_NO_ALT = ("an image without alt", 'say what it shows, or write alt="" for decoration', "pictures")
_UNSOURCED = "list it under claims: with the id of its source, or leave it out"
_DISCLAIMER = {
    "en": ("not medical advice", "prescribed treatment", "doctor", "emergency"),
    "es": ("no es consejo médico", "tratamiento que le recetaron", "médico de inmediato", "emergencia"),
}


def lint(paths: Sequence[Path], templates_dir: Path, known: Iterable[str] = ()) -> list[Fault]:
    """Every fault of the campaign files, and of the folders of campaign files, named by `paths`. A step may enter the
    campaigns `known`, those of `paths`, and those beside them."""
    studio = Studio(templates_dir, samples.BASE_URL)
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    beside = {other.stem for folder in {file.parent for file in files} for other in folder.glob("*.yaml")}
    campaigns = beside.union(known, (file.stem for file in files))
    return sorted({fault for file in files for fault in _lint_file(file, templates_dir, studio, campaigns)})


def _lint_file(file: Path, templates_dir: Path, studio: Studio, campaigns: Collection[str]) -> Iterator[Fault]:
    mails = mails_beside(file, templates_dir)
    try:
        campaign = parse_campaign(read_file(file), mails, file.name, campaigns)
    except Faults as wrong:
        yield from wrong.faults
        return
    if campaign.definition.key != file.stem:
        what = f"the key {campaign.definition.key!r} differs from the file's name"
        yield Fault(file.name, 1, what, "make them equal")
    for name in sorted(set(mails) - set(campaign.every)):
        yield Fault(f"{file.stem}/{name}.mjml", 0, "no step sends this mail", "name it in a step, or delete it")
    yield from lint_campaign(campaign, studio)


def lint_campaign(campaign: Campaign, studio: Studio) -> Iterator[Fault]:
    for mail in campaign.every.values():
        yield from lint_mail(mail, studio)


def lint_mail(mail: MailSource, studio: Studio, length: tuple[int, int] = (FEWEST, MOST)) -> Iterator[Fault]:
    """Faults of one mail: in its text as written, and in every way that it can turn out. `length`: the fewest and the
    most words of a mail that is no service mail."""
    yield from _written(mail)
    yield from link_faults(mail)
    yield from contrast_faults(mail)
    try:
        yield from _document(mail, studio)
        for shared in (samples.shared(of=mail.language), samples.shared(slots=False, face=False, of=mail.language)):
            for person in samples.people(mail.language):
                yield from _turned_out(mail, studio.render(mail, shared, person, samples.TOKEN))
        yield from _head(mail, studio, length)
    except Faults as wrong:
        yield from wrong.faults


def _written(mail: MailSource) -> Iterator[Fault]:
    html = _blank(_TAG, _blank(_LIQUID, _blank(re.compile(r"<!--.*?-->", re.DOTALL), mail.mjml)))
    text = _blank(_LIQUID, mail.text)
    for file, first, body in ((mail.file, mail.body_line, html), (mail.text_file, 1, text)):
        for found in words.GUARANTEES.finditer(body):
            line, what = first + _line(body, found.start()), f"“{_one_line(found[0])}” promises too much"
            yield Fault(file, line, what, "say what was found, by whom, and how sure it is", "promises")
        for found in re.finditer("!", body):
            line = first + _line(body, found.start())
            yield Fault(file, line, "an exclamation mark", "end the sentence with a period", "promises")
    if not mail.service:
        yield from _claims(mail)
    for found in _IMAGE.finditer(mail.mjml):
        if not re.search(r"\balt\s*=", found[0]):
            line = mail.body_line + _line(mail.mjml, found.start())
            yield Fault(mail.file, line, *_NO_ALT)


def _claims(mail: MailSource) -> Iterator[Fault]:
    """A sentence with a claim's words is covered by a claim of the front matter that speaks of the same."""
    publishers = {source.id: source.publisher for source in mail.sources}
    backed = [
        words.stems(claim.says) | words.stems(publishers.get(claim.source, "")) | _number(claim.says)
        for claim in mail.claims
    ]
    for file, first, body in ((mail.file, mail.body_line, mail.mjml), (mail.text_file, 1, mail.text)):
        at = 0
        for chunk in _CHUNK.split(body):
            at = body.index(chunk, at)
            plain = _blank(_TAG, _blank(_LIQUID, chunk))
            found = words.CLAIMS.search(plain)
            if found and not any(words.stems(plain) & stems for stems in backed if _number(found[0]) <= stems):
                what = f"“{_one_line(found[0])}” is a health claim without a source"
                line = first + _line(body, at + found.start())
                yield Fault(file, line, what, _UNSOURCED, "claims")
    for claim in mail.claims:
        if not words.stems(claim.says) & words.stems(mail.mjml):
            what = f"the claim “{claim.says}” is not in the mail"
            yield Fault(mail.file, 0, what, "let it say what the mail says, or take it out", "claims")


def _document(mail: MailSource, studio: Studio) -> Iterator[Fault]:
    sheet = studio.document(mail)
    for line, what, mend in mjml_tags.faults(sheet.text, ""):
        yield Fault(*sheet.origin(line), what, mend)
    for found in _IMAGE.finditer(sheet.text):
        if not re.search(r"\balt\s*=", found[0]):
            place = sheet.origin(1 + _line(sheet.text, found.start()))
            yield Fault(*place, *_NO_ALT)


def _turned_out(mail: MailSource, made: Rendered) -> Iterator[Fault]:
    html = " ".join(_TAG.sub(" ", made.html).split())
    size = len(made.html.encode())
    if size >= CLIPPED:
        yield Fault(mail.file, 0, f"{size} bytes of HTML, which Gmail cuts off", f"stay under {CLIPPED}", "size")
    if len(made.subject) > SUBJECT:
        what = f"a subject of {len(made.subject)} characters"
        yield Fault(mail.file, mail.subject_line, what, f"use at most {SUBJECT}", "subject")
    if re.search(r"\bNone\b", made.text + made.subject) or "{{" in made.text + made.subject:
        yield Fault(mail.file, 0, "the mail prints “None” or an open {{", "give the name a default", "names")
    if mail.service:
        return
    for file, text in ((mail.file, html), (mail.text_file, " ".join(made.text.split()))):
        if not all(phrase in text.lower() for phrase in _DISCLAIMER[mail.language]):
            mend = "say that it is not medical advice, keep prescribed treatment, see a doctor, emergencies call 911"
            yield Fault(file, 0, "no disclaimer", mend, "foot")
    if "/u/" + samples.TOKEN not in made.html or "/u/" + samples.TOKEN not in made.text:
        mend = "print links.unsubscribe in footer.mjml and footer.txt"
        yield Fault(mail.file, 0, "no unsubscribe link", mend, "foot")


def _head(mail: MailSource, studio: Studio, length: tuple[int, int]) -> Iterator[Fault]:
    subject, preheader, body = studio.head(mail, samples.shared(of=mail.language), samples.person(of=mail.language))
    for what, line, text in (
        ("subject", mail.subject_line, mail.subject),
        ("preheader", mail.preheader_line, mail.preheader),
    ):
        found = words.HEALTH.search(_LIQUID.sub(" ", text))
        if found:
            mend = "name no condition or part of the body: a locked phone shows this line"
            yield Fault(mail.file, line, f"“{_one_line(found[0])}” in the {what}", mend, "discretion")
        if "!" in text:
            mend = "end it with a period or with nothing"
            yield Fault(mail.file, line, f"an exclamation mark in the {what}", mend, "promises")
        promise = words.GUARANTEES.search(text)
        if promise:
            yield Fault(mail.file, line, f"“{promise[0]}” promises too much", "say what the mail holds", "promises")
    if len(preheader) > PREHEADER:
        what = f"a preheader of {len(preheader)} characters"
        yield Fault(mail.file, mail.preheader_line, what, f"use at most {PREHEADER}", "subject")
    if preheader.strip(" .?").lower() == subject.strip(" .?").lower():
        mend = "say what else the mail holds"
        yield Fault(mail.file, mail.preheader_line, "the preheader repeats the subject", mend, "subject")
    count = len(re.sub(r"https?://\S+", " ", body).split())
    fewest, most = length
    if not mail.service and not fewest <= count <= most:
        yield Fault(mail.text_file, 0, f"{count} words", f"write {fewest} to {most}", "length")


def _number(text: str) -> set[str]:
    """The figures of a text: a percentage needs a claim of the same figure."""
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """The text with what matches made blank, every line and column kept."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at)


def _one_line(text: str) -> str:
    return " ".join(text.split())
