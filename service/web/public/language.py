"""In which language a page speaks: the one its reader asked for, else the lead's own, else the browser's.

The words are English in the templates; translations/es.po holds the Spanish. A choice is carried by the links of the
page (`?lang=es`), so that it needs no cookie."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Blueprint, Flask, g, has_request_context, request

from service.domain.language import FIRST, LANGUAGES, known

CATALOGS = Path(__file__).parents[3] / "translations"


def language() -> str:
    """The language of this page."""
    if not has_request_context():
        return FIRST
    browser = request.accept_languages.best_match(LANGUAGES)
    return g.get("only_language") or asked() or known(g.get("own_language")) or browser or FIRST


def asked() -> str | None:
    """The language chosen by a link of the page, or stated by the form that was sent."""
    return known(request.args.get("lang")) or known(request.form.get("lang"))


def speaks_to(locale: str) -> None:
    """The page is one of a lead whose language is known."""
    g.own_language = locale


def speaks_only(code: str) -> None:
    """The page has words that stand in no other language."""
    g.only_language = code


def say(words: str, **values: object) -> str:
    """The words in the page's language; `values` fill its %(name)s."""
    told = catalog(language()).gettext(words)
    return told % values if values else told


def noted(words: str) -> str:
    """Words that are said later: the mark by which they are found for translation."""
    return words


def switches() -> list[dict[str, str]]:
    """The other languages of this page, each with its address. None after a form was sent: what was typed would be
    lost."""
    if request.method != "GET" or g.get("only_language"):
        return []
    others = [code for code in LANGUAGES if code != language()]
    given = {name: value for name, value in request.args.items() if name != "lang"}
    return [
        {"code": code, "name": LANGUAGES[code], "href": f"{request.path}?{urlencode({**given, 'lang': code})}"}
        for code in others
    ]


def carry() -> str:
    """What a link written by hand adds: `lang=es` where a language was chosen."""
    code = known(request.args.get("lang"))
    return f"lang={code}" if code else ""


@cache
def catalog(code: str) -> NullTranslations:
    """English needs none."""
    file = CATALOGS / f"{code}.po"
    if not file.is_file():
        return NullTranslations()
    with file.open("rb") as read:
        compiled = BytesIO()
        write_mo(compiled, read_po(read, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def prepare(app: Flask) -> None:
    """Gives the templates their words."""
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined] # the extension's own
        lambda words: catalog(language()).gettext(words),
        lambda one, many, count: catalog(language()).ngettext(one, many, count),
        newstyle=True,
    )
    environment.globals.update(language=language, language_switches=switches, language_query=carry)


def add_to(blueprint: Blueprint) -> None:
    @blueprint.url_defaults
    def _carry(endpoint: str, values: dict[str, Any]) -> None:
        code = known(request.args.get("lang")) if has_request_context() else None
        if code and endpoint != "public.brand":
            values.setdefault("lang", code)
