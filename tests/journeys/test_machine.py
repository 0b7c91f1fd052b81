"""A clinic's life in any order: people, staff, a provider with its moods, kills and new versions. Whatever happens,
nothing leaves that must not, nothing leaves twice, and everything comes to an end."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from service.domain.acts import AddTag, RemoveTag, SetField
from service.domain.appointment import AppointmentState
from service.domain.message import PROBES
from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import clinics, consents, enrollments, leads, planned
from service.storage.database import Database
from service.storage.tables import enrollment
from service.usecases.answer_question import answer_question
from service.usecases.book_visit import book_visit
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.cancel_visit import cancel_visit
from service.usecases.confirm_address import confirm_address
from service.usecases.enter_signup import enter_signup
from service.usecases.follow_link import follow_link
from service.usecases.leave import leave_all
from service.usecases.mark_leads import Mark, mark_leads
from service.usecases.mark_visit import mark_visit
from service.usecases.open_slots import slots_for_mails
from service.usecases.pause_mails import pause_mails, resume_mails
from service.usecases.release_held import release
from service.usecases.resend import resend_planned
from service.usecases.settle import settle
from service.usecases.stop_sending import start_sending, stop_sending
from service.usecases.suppress_address import suppress_address
from service.usecases.take_signup import ask
from service.usecases.unsubscribe import resubscribe, unsubscribe
from tests.support.carried import carry_all
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.moody import Moody
from tests.support.series import EVERY, NURTURES
from tests.support.written import write, writing

TEN = 1_795_536_000
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ZONES = {"ann": "America/Chicago", "ben": "Europe/London", "cleo": "Australia/Lord_Howe", "dov": "Asia/Kathmandu"}
people = st.sampled_from(sorted(ZONES))
CAMPAIGNS = ("nurture", "round", "care", "visit")


class Killed(BaseException):
    """The process ended here."""


class Clinic(RuleBasedStateMachine):
    template: Path
    steps = 0

    @initialize()
    def opens(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.db = Database(f"sqlite:///{shutil.copy(self.template, self.folder / 'meridian.db')}")
        self.clock = Clock(TEN)
        made = writing(cast(self.db, self.clock))
        self.provider = Moody(self.db, made, self.clock)
        self.play: Cast = replace(made, provider=self.provider)
        self.kit, self.clinic, self.dana = self.play.kit, self.play.clinic, self.play.dana
        for definition in EVERY:
            write(self.play, definition)
        self.leads = {name: self.play.lead(name, consent=False, zone=zone) for name, zone in ZONES.items()}
        with self.db.write() as conn:
            clinics.change(conn, self.clinic, {"keeps_holidays": True, "country": "US", "region": "MN", "cap_day": 2})
        for who in ("ann", "ben", "cleo"):
            self.signs_up(who)
        for who in ("cleo", "dov"):
            self.marks(who, AddTag("vip"))

    def teardown(self) -> None:
        if hasattr(self, "play"):
            try:
                self._all_ends()
            finally:
                self.db.dispose()
                shutil.rmtree(self.folder)

    def _write(self, work: Callable[[Any], object]) -> None:
        with self.db.write() as conn:
            work(conn)

    # What people do.

    @rule(who=people)
    def signs_up(self, who: str) -> None:
        lead_id, now = self.leads[who], self.clock()
        with self.db.write() as conn:
            lead = leads.lock(conn, lead_id)
            if lead.consent == "none":
                self._consent(conn, lead_id, "given")
                enter_signup(conn, self.kit, lead, now)
            elif lead.consent in ("withdrawn", "pending"):
                asked_id = self._consent(conn, lead_id, "asked")
                ask(conn, self.kit, lead, asked_id, now)
            else:
                enter_signup(conn, self.kit, lead, now)

    def _consent(self, conn: Any, lead_id: int, kind: str) -> int:
        return consents.record(
            conn,
            clinic_id=self.clinic,
            lead_id=lead_id,
            kind=kind,
            wording="Send me the series.",
            version="1",
            how="form",
            at=self.clock(),
        )

    @rule(who=people)
    def confirms(self, who: str) -> None:
        confirm_address(self.kit, self.leads[who])

    @rule(who=people, link=st.sampled_from(("book", "read")))
    def clicks(self, who: str, link: str) -> None:
        mails = self.play.rows("message", lead_id=self.leads[who], state="accepted")
        if mails:
            follow_link(self.kit, mails[-1]["id"], link, user_agent=BROWSER)

    @rule(who=people)
    def answers(self, who: str) -> None:
        answer_question(self.kit, self.leads[who], "price")

    @rule(who=people, far=st.integers(0, 5))
    def books(self, who: str, far: int) -> None:
        with self.db.read() as conn:
            slots = slots_for_mails(conn, self.clinic, self.clock(), far + 1)
        if slots:
            book_visit(self.kit, self.leads[who], slots[-1].start)

    @rule(who=people)
    def cancels(self, who: str) -> None:
        for visit in self.play.rows("appointment", lead_id=self.leads[who]):
            cancel_visit(self.kit, visit["id"], by="clinic")

    @rule(who=people, came=st.sampled_from((AppointmentState.ATTENDED, AppointmentState.NO_SHOW)))
    def is_marked(self, who: str, came: Any) -> None:
        for visit in self.play.rows("appointment", lead_id=self.leads[who]):
            if visit["state"] != "cancelled" and visit["starts_at"] <= self.clock():
                mark_visit(self.kit, visit["id"], came)

    @rule(who=people)
    def unsubscribes(self, who: str) -> None:
        unsubscribe(self.kit, self.leads[who])

    @rule(who=people)
    def takes_it_back(self, who: str) -> None:
        resubscribe(self.kit, self.leads[who])

    @rule(who=people, until=st.booleans())
    def pauses(self, who: str, until: bool) -> None:
        (pause_mails if until else resume_mails)(self.kit, self.leads[who])

    @rule(who=people, reason=st.sampled_from(("hard-bounce", "complaint")), sure=st.integers(0, 3))
    def bounces(self, who: str, reason: str, sure: int) -> None:
        if sure == 0:
            self._write(lambda conn: suppress_address(conn, f"{who}@example.org", reason, self.clock()))

    # What staff do.

    @rule(who=people, effect=st.sampled_from((AddTag("vip"), RemoveTag("vip"), SetField("stage", "lost"))))
    def marks(self, who: str, effect: Any) -> None:
        mark = Mark(self.clinic, self.leads[who], effect)
        self._write(lambda conn: mark_leads(conn, self.kit, [mark], self.clock()))

    @rule(who=people)
    def takes_out(self, who: str) -> None:
        self._write(lambda conn: leave_all(conn, self.leads[who], "by hand", self.clock()))

    @rule(key=st.sampled_from(CAMPAIGNS))
    def pauses_a_campaign(self, key: str) -> None:
        pause_campaign(self.kit, self.clinic, self.play.campaigns[key], self.dana)

    @rule(key=st.sampled_from(CAMPAIGNS))
    def resumes_a_campaign(self, key: str) -> None:
        resume_campaign(self.kit, self.clinic, self.play.campaigns[key], self.dana)

    @rule(key=st.sampled_from(CAMPAIGNS))
    def pauses_and_resumes_a_campaign(self, key: str) -> None:
        campaign = self.play.campaigns[key]
        if self.play.rows("campaign", id=campaign)[0]["state"] == "live":
            before = self._places(campaign)
            pause_campaign(self.kit, self.clinic, campaign, self.dana)
            resume_campaign(self.kit, self.clinic, campaign, self.dana)
            assert self._places(campaign) == before, "a pause moves nobody"

    def _places(self, campaign: int) -> dict[int, tuple[object, ...]]:
        kept = ("state", "step", "visit", "since", "version_id")
        return {
            run["id"]: tuple(run[name] for name in kept) for run in self.play.rows("enrollment", campaign_id=campaign)
        }

    @rule(stops=st.booleans())
    def stops_or_starts(self, stops: bool) -> None:
        if stops:
            stop_sending(self.kit, self.clinic, self.dana, "")
        else:
            start_sending(self.kit, self.clinic, self.dana)

    @rule(day=st.integers(1, 3), week=st.integers(1, 7), quiet=st.sampled_from(((None, None), (1200, 600), (720, 840))))
    def changes_the_clinic(self, day: int, week: int, quiet: tuple[int | None, int | None]) -> None:
        values = {"cap_day": day, "cap_week": week, "quiet_from": quiet[0], "quiet_to": quiet[1]}
        self._write(lambda conn: clinics.change(conn, self.clinic, values))

    @rule(version=st.sampled_from(range(len(NURTURES))), moves=st.booleans())
    def publishes(self, version: int, moves: bool) -> None:
        version_id = write(self.play, NURTURES[version])
        if moves:
            carry_all(self.play, self.play.campaigns["nurture"], version_id)

    @rule(how=st.sampled_from(("send", "skip")))
    def decides_on_what_is_held(self, how: Any) -> None:
        release(self.kit, self.clinic, how, self.dana)

    # What the machine does.

    @rule(mood=st.sampled_from(("good", "good", "rejects", "later", "took", "lost")))
    def provider_is(self, mood: str) -> None:
        self.provider.mood = mood

    @rule(
        seconds=st.sampled_from((MINUTE, HOUR, 5 * HOUR, DAY)) | st.integers(1, 4 * DAY),
        limit=st.sampled_from((1, 500)),
    )
    def time_goes_on(self, seconds: int, limit: int) -> None:
        end = self.clock() + seconds
        while self.clock() < end:
            self._jobs(limit)
            self.clock.at = min(end, max(self.clock() + 1, self._next(end)))
        self._jobs(limit)

    @rule(days=st.integers(1, 5))
    def days_go_by(self, days: int) -> None:
        self.time_goes_on(days * DAY, 500)

    @rule(seconds=st.integers(1, 3 * DAY))
    def the_worker_sleeps(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(point=st.sampled_from(PROBES), nth=st.integers(1, 2), job=st.sampled_from(("tick", "resend")))
    def is_killed(self, point: str, nth: int, job: str) -> None:
        passed = Counter[str]()

        def probe(at: str) -> None:
            passed[at] += 1
            if at == point and passed[at] == nth:
                raise Killed

        try:
            self.play.tick(probe=probe) if job == "tick" else resend_planned(self.kit, self.provider, probe)
        except Killed:
            self.clock.advance(seconds=1)

    def _jobs(self, limit: int = 500) -> None:
        settle(self.kit, self.provider)
        resend_planned(self.kit, self.provider)
        self.play.tick(limit=limit)

    def _next(self, end: int) -> int:
        """The next instant at which there is something to do, or a tenth of what is left."""
        with self.db.read() as conn:
            due = enrollments.next_due(conn)
            waiting = planned.next_planned(conn)
        found = [at for at in (due, waiting) if at is not None and at > self.clock()]
        return min([*found, self.clock() + 6 * HOUR, end])

    # What always holds; the provider looks at each mail as it comes.

    @invariant()
    def nobody_is_in_twice(self) -> None:
        if not hasattr(self, "play"):
            return
        Clinic.steps += 1
        running = sa.select(enrollment.c.lead_id, enrollment.c.campaign_id, enrollment.c.entry_key).where(
            enrollment.c.state.in_([1, 2])
        )
        with self.db.read() as conn:
            found = Counter(tuple(row) for row in conn.execute(running))
        assert all(count == 1 for count in found.values())
        assert self.provider.faults == []

    @invariant()
    def the_rows_say_what_was_sent(self) -> None:
        if hasattr(self, "play"):
            said = {row["ref"] for row in self.play.rows("message", state="accepted")}
            assert said <= set(self.provider.taken), "a mail that is called accepted was never taken"

    def _all_ends(self) -> None:
        """Nothing holds anybody any more: everyone comes to the end of their series."""
        self.provider.mood = "good"
        start_sending(self.kit, self.clinic, self.dana)
        for key in CAMPAIGNS:
            resume_campaign(self.kit, self.clinic, self.play.campaigns[key], self.dana)
        for _ in range(400):
            self._jobs()
            release(self.kit, self.clinic, "send", self.dana)
            assert self.provider.faults == []
            if self._at_rest():
                break
            self.clock.at = max(self.clock() + 1, self._soon())
        left = [run for run in self.play.rows("enrollment") if run["state"] in (1, 2)]
        assert left == [], "somebody never comes to an end"
        open_rows = {row["state"] for row in self.play.rows("message")} - {"accepted", "rejected", "dropped"}
        assert open_rows == set()
        said = {row["ref"] for row in self.play.rows("message", state="accepted")}
        assert said == set(self.provider.taken)

    def _at_rest(self) -> bool:
        unsettled = [row for row in self.play.rows("message") if row["state"] in ("planned", "in_flight", "in_doubt")]
        return not unsettled and all(run["state"] in (3, 4) for run in self.play.rows("enrollment"))

    def _soon(self) -> int:
        with self.db.read() as conn:
            due, waiting = enrollments.next_due(conn), planned.next_planned(conn)
        found = [at for at in (due, waiting) if at is not None]
        return max(self.clock() + 1, min([*found, self.clock() + DAY]))


def test_a_clinics_life_in_any_order(
    request: pytest.FixtureRequest, long: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    Clinic.template = request.getfixturevalue("_sqlite_template")
    Clinic.steps = 0
    walks, each = (260, 50) if long else (8, 30)
    settings = hypothesis.settings(
        max_examples=walks,
        stateful_step_count=each,
        suppress_health_check=list(hypothesis.HealthCheck),
        deadline=None,
    )
    run_state_machine_as_test(Clinic, settings=settings)
    if long:
        with capsys.disabled():
            print(f"\na clinic's life in any order: {Clinic.steps} steps", end="")
        assert Clinic.steps >= 10_000
