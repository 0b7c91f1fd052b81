"""What a person agrees to, in other languages than English: each its own wording, with its own version."""

from __future__ import annotations

from service.storage.sources import SourceRow
from service.usecases.add_source import WORDING

SPANISH = (
    "Envíenme también la serie de correos\n"
    "Unos ocho correos breves en seis semanas: qué puede ayudar, qué tan buenas son las pruebas, cómo es una visita y "
    "qué horas hay libres. Puedo detener todo esto con un solo toque."
)


def spanish_consent(source: SourceRow) -> tuple[str, str] | None:
    """(wording, version): the clinic's own, else the shipped one where the English is the shipped one too (`letters-3`
    is then `letters-3-es`). None where these words have not been put into Spanish: then nobody is asked in it."""
    if source.consent_wording_es:
        return source.consent_wording_es, source.consent_version_es
    return (SPANISH, f"{source.consent_version}-es") if source.consent_wording == WORDING else None
