"""What our own form's pages know: the clinic and its form, and afterwards the post that was sent."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.age import is_minor
from service.domain.signup import SignUp, Unreadable
from service.domain.sites import read_sites, with_www
from service.domain.timing import DAY, local
from service.sources import vendor_of
from service.storage import clinics, inbox, sources
from service.storage.clinics import ClinicRow
from service.storage.inbox import InboxRow
from service.storage.sources import SourceRow
from service.usecases.kit import Kit

SHOWN_FOR = DAY


@dataclass(frozen=True, slots=True)
class Sent:
    """A post as its sender may see it again for a day: only what was typed, never what became of it."""

    post_id: int
    signup: SignUp
    minor: bool


def form_of(kit: Kit, slug: str) -> tuple[ClinicRow, SourceRow] | None:
    """The clinic and its form; None when there is no such clinic, or its form is switched off."""
    with kit.db.read() as conn:
        clinic = clinics.by_slug(conn, slug)
        source = sources.form_of_clinic(conn, clinic.id) if clinic else None
    return (clinic, source) if clinic and source else None


def sites_of(clinic: ClinicRow, source: SourceRow) -> tuple[str, ...]:
    """The websites that may show the form: those that stand with it, else the clinic's own."""
    try:
        return with_www(read_sites(source.sites or clinic.website))
    except ValueError:  # the clinic's website is free text
        return ()


def _read(post: InboxRow, source: SourceRow) -> Sent:
    signup = vendor_of(source.vendor).parse(post.body, post.content_type)
    return Sent(post.id, signup, is_minor(signup.age, local(post.received_at, "UTC").date()))


def sent(kit: Kit, source: SourceRow, token: str) -> Sent | None:
    """The post behind the token of a page that followed it; None when it is forged, foreign or older than a day."""
    named = kit.links.read(token)
    if named is None or named[0] != "post":
        return None
    with kit.db.read() as conn:
        post = inbox.find(conn, named[1])
    if post is None or post.source_id != source.id or kit.clock() - post.received_at > SHOWN_FOR:
        return None
    try:
        return _read(post, source)
    except Unreadable:
        return None
