"""A test mail: a series' first mail, as a sample person would read it, to whoever asks for it and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex

from service.delivery.provider import Provider, no_probe
from service.domain.mail import Batch, Letter, Pattern, Rendered, Shape
from service.domain.message import Accepted, Doubtful, Later, Outcome, Rejected
from service.storage import audits, campaigns
from service.storage.clinics import ClinicRow
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.person import envelope
from service.usecases.preview_mail import SAMPLE_LINK, preview_mail

STOPPED = "All mail is stopped, so the test was not sent. Start sending, then try again."


@dataclass(frozen=True, slots=True)
class Tested:
    """`said` in plain words; `well`: the provider took it."""

    well: bool
    said: str


def first_mail(kit: Kit, clinic: ClinicRow, key: str) -> Rendered | None:
    """The first mail of the series; None where there is no such series, or it sends none."""
    with kit.db.read() as conn:
        row = campaigns.by_key(conn, clinic.id, key)
        if row is None:
            return None
        version = kit.library.version(conn, row.version_id)
        step = next(version.definition.mails(), None)
        return None if step is None else preview_mail(kit, conn, clinic, version, step.mail, kit.clock())


def send_test(kit: Kit, provider: Provider, clinic: ClinicRow, user: UserRow, key: str) -> Tested:
    """The links of such a mail open nothing, and no lead's story or number knows of it."""
    if clinic.stopped_at is not None:
        return Tested(False, STOPPED)
    found = first_mail(kit, clinic, key)
    if found is None:
        return Tested(False, "This series sends no mail. Choose another one.")
    return send_sample(kit, provider, clinic, user, key, found)


def send_sample(kit: Kit, provider: Provider, clinic: ClinicRow, user: UserRow, key: str, found: Rendered) -> Tested:
    """A mail of the series `key` that is made already, published or not."""
    if clinic.stopped_at is not None:
        return Tested(False, STOPPED)
    outcomes = provider.send(_batch(kit, clinic, user, found), kit.clock(), no_probe)
    with kit.db.write() as conn:
        audits.record(conn, clinic.id, user.id, kit.clock(), "test mail sent", key, {})
    return _said(outcomes[0])


def _batch(kit: Kit, clinic: ClinicRow, user: UserRow, mail: Rendered) -> Batch:
    ref = token_hex(16)
    parts = (Pattern((text,)) for text in (mail.subject, mail.html, mail.text))
    return Batch(
        Shape(f"test-{ref}", *parts),
        envelope(clinic, kit.base_url, service=True, inbound=kit.inbound),
        (Letter(ref, user.email, (), SAMPLE_LINK),),
    )


def _said(outcome: Outcome) -> Tested:
    match outcome:
        case Accepted():
            return Tested(True, "It was taken. Look into your mailbox, and into the spam folder if it is not there.")
        case Rejected(reason=reason):
            return Tested(False, f"It was refused: {reason}. Look at the sender’s address and the provider’s account.")
        case Later(reason=reason):
            return Tested(False, f"It could not leave now: {reason}. Nothing was sent; mend that, and try again.")
        case Doubtful():
            return Tested(
                False, "The answer was lost, so it may have left. Look into your mailbox before the next try."
            )
