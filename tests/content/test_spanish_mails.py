"""Mails in Spanish: none of the service mails is forgotten, and all checks hold for them too."""

import re

import pytest

from service.content import samples
from service.content.campaign_file import Campaign, parse_campaign, shipped
from service.content.faults import Faults
from service.content.lint import lint_mail
from service.content.mail_file import parse_mail
from tests.content.mails import mjml_file
from tests.support.clinic import ROOT, STUDIO

ENGLISH = re.compile(r"\b(the|your|you|this|please|with|and|emails?|until|warmly|sources|was|from)\b", re.IGNORECASE)
SERIES = {"sciatica-consultation"}


def _campaigns() -> dict[str, Campaign]:
    found = shipped(ROOT / "campaigns", ROOT / "templates/email")
    return {key: parse_campaign(each.text, each.mails, f"{key}.yaml") for key, each in found.items()}


def test_every_service_mail_and_the_sciatica_series_have_their_spanish() -> None:
    missing = [
        f"{key}/{name}.es.mjml"
        for key, campaign in _campaigns().items()
        for name, mail in campaign.mails.items()
        if (mail.service or key in SERIES) and f"{name}.es" not in campaign.translated
    ]
    assert missing == []


def test_a_spanish_mail_is_spanish_from_its_subject_to_its_foot() -> None:
    for campaign in _campaigns().values():
        for mail in campaign.translated.values():
            person = samples.person("Maximiliane", of="es")
            person["consent"]["wording"] = "Envíenme los correos."
            made = STUDIO.render(mail, samples.shared(of="es"), person, samples.TOKEN)
            assert re.search(r'<html[^>]* lang="es"', made.html), mail.file
            cited = {source.title for source in mail.sources} | {source.publisher for source in mail.sources}
            for text in (
                made.subject,
                mail.preheader,
                made.text,
                re.sub(r"<(style|head).*?</\1>|<[^>]*>", " ", made.html, flags=re.DOTALL),
            ):
                bare = re.sub(r"https?://\S+", " ", " ".join(text.split()))
                for words in sorted(cited, key=len, reverse=True):
                    bare = bare.replace(words, " ")
                assert not ENGLISH.search(bare), (mail.file, ENGLISH.search(bare))
                assert bare.count("?") == bare.count("¿"), mail.file
                assert "m.." not in bare, mail.file


@pytest.mark.parametrize(
    "subject", ["Su ciática", "Para su espalda", "El dolor de rodilla", "Su artritis hoy", "El estrés"]
)
def test_a_spanish_condition_in_a_subject_is_indiscreet(subject: str) -> None:
    mail = parse_mail("word.es", mjml_file("Hola.", subject=subject), "Hola.", "a/word.es.mjml")
    assert "discretion" in {fault.topic for fault in lint_mail(mail, STUDIO)}


@pytest.mark.parametrize("promise", ["Esto cura.", "Un milagro.", "Sin efectos secundarios.", "Siempre funciona."])
def test_a_spanish_promise_is_one_too_many(promise: str) -> None:
    mail = parse_mail("word.es", mjml_file(promise), "Hola.", "a/word.es.mjml")
    assert "promises" in {fault.topic for fault in lint_mail(mail, STUDIO)}


def test_a_mail_in_another_language_is_of_the_same_kind() -> None:
    found = shipped(ROOT / "campaigns", ROOT / "templates/email")["double-opt-in"]
    mjml, text = found.mails["confirm.es"]
    with pytest.raises(Faults, match="it is the same mail"):
        parse_campaign(
            found.text, {**found.mails, "confirm.es": (mjml.replace("service: true", "service: false"), text)}, "x"
        )
