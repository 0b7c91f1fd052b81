"""Who has left gets nothing more, who has not said yes gets nothing at all, and nobody drops out by an accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.delivery.outbox import OutboxProvider
from service.delivery.provider import Probe
from service.domain.campaign import Arm, BranchStep, Definition, MailStep, WaitStep
from service.domain.conditions import Clicked, Interested
from service.domain.entry import Entry
from service.domain.mail import Batch
from service.domain.message import Later, Outcome
from service.domain.timing import Delay
from service.storage import consents, leads
from service.usecases.enroll import enter_by
from service.usecases.leave import leave_all
from service.usecases.save_segment import save_segment
from service.usecases.unsubscribe import unsubscribe
from service.usecases.watch_segments import watch_segments
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock
from tests.support.written import write, writing

ALICE = "alice@example.org"
DAILY = "\n  - {key: m0, mail: m0, at_once: true}" + "".join(
    f"\n  - {{key: m{n}, mail: m{n}, at_once: true, delay: 1d}}" for n in range(1, 5)
)
FIVE = mail_files(*(f"m{n}" for n in range(5)))


@pytest.fixture
def drip(play: Cast) -> Cast:
    """Five mails, a day between them."""
    play.publishes(campaign_file("drip", DAILY, entry="{on: by-hand}", goal="none"), FIVE)
    play.signs_up(play.alice, "by-hand")
    return play


def _days(play: Cast, clock: Clock, days: int) -> None:
    for _ in range(days):
        play.quiet()
        clock.advance(days=1)


def _removed(play: Cast) -> None:
    with play.db.write() as conn:
        assert leave_all(conn, play.alice, "by hand", play.kit.clock()) == 1


@pytest.mark.parametrize("mails", range(1, 5))
@pytest.mark.parametrize("leaves", [lambda play: unsubscribe(play.kit, play.alice), _removed], ids=["stop", "by hand"])
def test_after_leaving_nothing_follows(drip: Cast, clock: Clock, mails: int, leaves: Callable[[Cast], object]) -> None:
    """notifuse 304: the mails behind the one that was unsubscribed from were still sent. mautic 6815: so were those of
    a contact who had been taken out by hand."""
    _days(drip, clock, mails)
    leaves(drip)
    _days(drip, clock, 6)
    assert drip.sent(ALICE) == [f"A word: m{n}" for n in range(mails)]


@pytest.mark.parametrize("leaves", [lambda play: unsubscribe(play.kit, play.alice), _removed], ids=["stop", "by hand"])
def test_a_mail_that_the_provider_had_put_off_is_dropped_when_she_leaves(
    drip: Cast, clock: Clock, leaves: Callable[[Cast], object]
) -> None:
    """notifuse 304, mautic 6405: what was queued already left all the same."""

    class Busy(OutboxProvider):
        def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
            return [Later("busy", now + 600) for _ in batch.letters]

    free, plain = drip.provider, drip.provider
    assert isinstance(plain, OutboxProvider)
    drip.provider = Busy(plain._put, plain._known)
    drip.quiet()
    assert drip.mails(drip.alice) == [("m0", "planned")]
    leaves(drip)
    drip.provider = free
    clock.advance(minutes=20)
    _days(drip, clock, 3)
    assert drip.sent(ALICE) == []
    assert drip.mails(drip.alice) == [("m0", "dropped")]


def test_who_waits_at_a_branch_is_reached_by_the_removal_too(play: Cast, clock: Clock) -> None:
    """mautic 6815: she had not opened the mail yet, was taken out, and got the one for people who did not open."""
    steps = (
        MailStep("first", "first", "", at_once=True, then="read"),
        BranchStep("read", (Arm("Read", Clicked("read"), None),), "Not", within=Delay(days=2), then="nudge"),
        MailStep("nudge", "nudge", "", at_once=True),
    )
    play = writing(play)
    write(play, Definition("nudges", "N", Entry("by-hand"), "first", {step.key: step for step in steps}))
    play.signs_up(play.alice, "by-hand")
    play.quiet()
    _removed(play)
    _days(play, clock, 5)
    assert play.sent(ALICE) == ["A word: first"]


BIRTHDAY = "key: birthday\nname: Birthday today\nwho: {interest: birthday}\n"
PARTY = (
    MailStep("wishes", "wishes", "", at_once=True, then="rest"),
    WaitStep("rest", Delay(days=2), then="gift"),
    MailStep("gift", "gift", "", at_once=True),
)


@pytest.mark.parametrize(("leave", "gets"), [("goal", ["wishes", "gift"]), ("mismatch", ["wishes"])])
def test_a_condition_of_the_day_that_lapses_drops_only_who_should_be_dropped(
    play: Cast, clock: Clock, leave: str, gets: list[str]
) -> None:
    """mautic 6439: entered by "birthday is today", people fell out the day after, and the mail two days on never came.
    Here the file says whether that is meant."""
    play = writing(play)
    party = Definition("party", "P", Entry("segment", what="birthday"), "wishes", {step.key: step for step in PARTY})
    write(play, replace(party, leave=leave, matches=Interested("birthday")))  # type: ignore[arg-type]
    save_segment(play.kit, play.clinic, play.dana, BIRTHDAY)
    _wants(play, "birthday")
    watch_segments(play.kit)
    play.quiet()
    clock.advance(days=1)
    _wants(play, None)
    watch_segments(play.kit)
    _days(play, clock, 4)
    assert play.sent(ALICE) == [f"A word: {mail}" for mail in gets]
    (run,) = play.rows("enrollment", lead_id=play.alice)
    assert run["reason"] == ("completed" if leave == "goal" else "no-match")


def _wants(play: Cast, interest: str | None) -> None:
    with play.db.write() as conn:
        leads.change(conn, play.alice, {"interest": interest}, play.kit.clock())


@pytest.mark.parametrize("asked", [False, True], ids=["never asked", "asked, not confirmed"])
def test_without_a_confirmed_yes_no_way_in_leads_to_a_mail(play: Cast, clock: Clock, asked: bool) -> None:
    """notifuse 344: campaigns went to people who had not completed the double opt-in."""
    play.publishes(campaign_file("drip", DAILY, entry="{on: by-hand}", goal="none"), FIVE)
    guest = play.lead("guest", consent=False)
    with play.db.write() as conn:
        if asked:
            _consent(play, conn, guest, "asked")
        for on in ("signup", "by-hand"):
            enter_by(conn, play.kit, play.clinic, guest, on, clock())  # type: ignore[arg-type]
    _days(play, clock, 4)
    assert play.sent("guest@example.org") == []
    assert {run["reason"] for run in play.rows("enrollment", lead_id=guest)} == {"no-consent"}
    with play.db.write() as conn:
        _consent(play, conn, guest, "confirmed" if asked else "given")
        enter_by(conn, play.kit, play.clinic, guest, "by-hand", clock())
    play.quiet()
    assert play.sent("guest@example.org") == ["A word: m0"]


def _consent(play: Cast, conn: object, lead_id: int, kind: str) -> None:
    consents.record(
        conn,  # type: ignore[arg-type]
        clinic_id=play.clinic,
        lead_id=lead_id,
        kind=kind,
        wording="Send me the email series as well.",
        version="1",
        how="form",
        at=play.kit.clock(),
    )
