"""Taking a sign-up: the lead, its words, its consent and its first series, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.domain.age import is_minor
from service.domain.consent import Answer, answer_to, still_open
from service.domain.lead import ConsentState
from service.domain.signup import SignUp
from service.domain.timing import local
from service.storage import consents, events, sources, suppressions
from service.storage.leads import LeadRow
from service.usecases.ask_staff import ask_for_answer
from service.usecases.enroll import enter_by
from service.usecases.enter_signup import enter_signup
from service.usecases.heed_red_flags import heed_red_flags
from service.usecases.hold_minor import ask_once, hold_minor
from service.usecases.keep_lead import keep_lead
from service.usecases.kit import Kit
from service.usecases.leave import reach_goal

PHONE_ONLY = "They gave a phone number and no email address."


@dataclass(frozen=True, slots=True)
class Told:
    """A sign-up and how it came. `at` is when; `wording` and `version` are what the source showed at that time."""

    source: sources.SourceRow
    signup: SignUp
    post_id: int
    at: int
    wording: str
    version: str
    page: str | None = None
    ip: str | None = None


def take_signup(conn: Connection, kit: Kit, told: Told, now: int) -> int:
    """Works inside the caller's transaction and gives the lead's id. A new sign-up of an old lead adds to it; it never
    overwrites better data, and it revives an unsubscribe only through a confirmed address. Who is under 18, and who
    gave no address, enters nothing: the staff are asked to call."""
    source, signup = told.source, told.signup
    kept = keep_lead(conn, source, signup, told.page, told.at, now)
    lead = kept.lead
    events.add(
        conn,
        clinic_id=source.clinic_id,
        lead_id=lead.id,
        at=told.at,
        kind="signed-up",
        data={"source": source.name, "source_id": str(source.id), "post": str(told.post_id), "consent": signup.consent},
    )
    written = [text for _, text in signup.answers]
    urgent = heed_red_flags(conn, kit, lead, written, now, once=f"post:{told.post_id}")
    if is_minor(signup.age, local(told.at, lead.zone).date()):
        hold_minor(conn, kept, told.post_id, signup.answers, now)
    elif signup.address is None:
        ask_once(conn, lead, "call", PHONE_ONLY, told.post_id, signup.answers, now)
    else:
        if not urgent:
            ask_for_answer(conn, source.clinic_id, lead.id, told.post_id, signup.answers, told.at)
        if not lead.minor:
            _consent(conn, kit, told, lead, signup.address.key, now)
    return lead.id


def _consent(conn: Connection, kit: Kit, told: Told, lead: LeadRow, email_key: str, now: int) -> None:
    source = told.source
    standing = suppressions.standing(conn, source.clinic_id, email_key)
    answer = answer_to(
        told.signup.consent, ConsentState(lead.consent), source.double_opt_in, {row.reason for row in standing}
    )
    match answer:
        case Answer.NONE:
            return
        case Answer.GIVEN:
            _record(conn, told, lead.id, "given")
            _note(conn, told, lead.id, "consent-given")
            reach_goal(conn, kit, lead.id, "confirmed", now)
            enter_signup(conn, kit, lead, now)
        case Answer.ASK:
            open_already = _asked_lately(conn, lead, told.at)
            asked_id = _record(conn, told, lead.id, "asked")
            if not open_already:
                _note(conn, told, lead.id, "confirm-asked")
                ask(conn, kit, lead, asked_id, now)
        case Answer.STANDS:
            _record(conn, told, lead.id, "asked", project=False)
            enter_signup(conn, kit, lead, now)
        case Answer.REFUSED:
            _record(conn, told, lead.id, "asked", project=False)


def ask(conn: Connection, kit: Kit, lead: LeadRow, asked_id: int, now: int) -> None:
    """Sends the question whether the address is theirs. Keyed by the ledger's row, so that each asking mails once."""
    enter_by(conn, kit, lead.clinic_id, lead.id, "opt-in-asked", now, entry_key=f"asked:{asked_id}")


def _asked_lately(conn: Connection, lead: LeadRow, at: int) -> bool:
    """True while an earlier question is open: whoever types an address again and again gets it no more mails."""
    last = consents.last(conn, lead.id, "asked")
    return lead.consent == ConsentState.PENDING and last is not None and still_open(last.at, at)


def _record(conn: Connection, told: Told, lead_id: int, kind: str, *, project: bool = True) -> int:
    """The wording that the post states counts before the source's own: it is what this person read."""
    stated = told.signup.wording is not None
    return consents.record(
        conn,
        clinic_id=told.source.clinic_id,
        lead_id=lead_id,
        source_id=told.source.id,
        kind=kind,
        wording=(told.signup.wording or "") if stated else told.wording,
        version=(told.signup.version or "") if stated else told.version,
        how=f"{told.source.vendor}: ticked",
        page=told.page,
        ip=told.ip,
        at=told.at,
        project=project,
    )


def _note(conn: Connection, told: Told, lead_id: int, kind: str) -> None:
    events.add(conn, clinic_id=told.source.clinic_id, lead_id=lead_id, at=told.at, kind=kind)
