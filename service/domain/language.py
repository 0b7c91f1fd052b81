"""The languages in which a patient is spoken to."""

from __future__ import annotations

LANGUAGES = {"en": "English", "es": "Español"}
FIRST = "en"


def known(locale: str | None) -> str | None:
    """The spoken language of a locale: `es` of es-MX; None for one that nobody here writes in."""
    code = (locale or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else None
