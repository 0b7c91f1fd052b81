"""What a clinic pastes into a page of its website: our form as plain HTML, or a frame that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from service.sources.hosted_form import REASONS, TRAP, embed_token
from service.storage.clinics import ClinicRow
from service.storage.sources import SourceRow
from service.usecases.form_page import sites_of
from service.usecases.kit import Kit


@dataclass(frozen=True, slots=True)
class Snippets:
    """`sites` may use them; none: the clinic has told no website yet."""

    html: str
    frame: str
    address: str
    sites: tuple[str, ...]


def embed_of(kit: Kit, clinic: ClinicRow, source: SourceRow) -> Snippets:
    address = f"{kit.base_url}/join/{clinic.slug}"
    headline, _, detail = source.consent_wording.partition("\n")
    told = {
        "address": address,
        "clinic": clinic,
        "token": embed_token(kit.secret, clinic.slug),
        "trap": TRAP,
        "reasons": {key: words for key, (words, _interest) in REASONS.items()},
        "consent": {"version": source.consent_version, "headline": headline, "detail": " ".join(detail.split())},
    }
    html = render_template("admin/embed-snippet.html", **told).strip()
    frame = render_template("admin/embed-frame.html", **told).strip()
    return Snippets(html, frame, address, sites_of(clinic, source))
