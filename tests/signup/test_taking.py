"""From an authentic post to a lead with a consent and a series, and what a second post may change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from service.storage import consents, inbox, leads, suppressions
from service.usecases import read_post as reading
from service.usecases.add_source import add_source
from service.usecases.ask_again import ask_again
from service.usecases.confirm_address import Confirmation, confirm_address
from service.usecases.read_post import read_post, read_waiting_posts
from service.usecases.take_post import Came, take_post
from service.usecases.unsubscribe import unsubscribe
from tests.signup.conftest import STANDARD_SECRET, VERSION, WORDING, House, body, sign

ALICE = "alice@example.org"


def suppress(house: House, reason: str, email_key: str = ALICE) -> None:
    with house.kit.db.write() as conn:
        assert suppressions.suppress(conn, house.sun.clinic, email_key, reason, house.clock())


def standing(house: House, email_key: str = ALICE) -> list[str]:
    with house.kit.db.read() as conn:
        return [row.reason for row in suppressions.standing(conn, house.sun.clinic, email_key)]


class TestAFirstSignUp:
    def test_becomes_a_lead_with_consent_in_its_series(self, house: House) -> None:
        house.post("Alice@Example.org", first_name="Alice", interest="sciatica", page="https://sun.example/back?q=1")
        lead = house.one("lead")
        assert (lead.email, lead.email_key, lead.first_name) == ("Alice@example.org", ALICE, "Alice")
        assert (lead.consent, lead.interest, lead.page) == ("given", "sciatica", "https://sun.example/back")
        assert house.entered() == ["sciatica-consultation"]
        assert house.kinds() == ["signed-up", "consent-given", "entered"]

    def test_keeps_the_exact_wording_and_version(self, house: House, now: int) -> None:
        house.post(page="https://sun.example/back")
        row = house.one("consent")
        assert (row.kind, row.wording, row.version, row.page, row.at) == (
            "given",
            WORDING,
            VERSION,
            "https://sun.example/back",
            now,
        )
        assert row.ip is None

    def test_keeps_the_wording_that_the_post_itself_states(self, house: House) -> None:
        house.post(consent={"email_marketing": True, "text": "I agree to receive emails", "version": "2026-01"})
        row = house.one("consent")
        assert (row.wording, row.version) == ("I agree to receive emails", "2026-01")

    def test_without_consent_is_kept_and_gets_no_marketing(self, house: House) -> None:
        house.post(consent=False, interest="sciatica")
        assert house.one("lead").consent == "none"
        assert house.entered() == []
        assert house.rows("consent") == []

    def test_with_an_unknown_interest_enters_the_general_series(self, house: House) -> None:
        house.post(interest="migraine", message="Since May.")
        assert house.entered() == ["new-lead-general"]
        assert {(row.question, row.text) for row in house.rows("answer")} == {
            ("Message", "Since May."),
            ("Interest", "migraine"),
        }

    def test_keeps_words_out_of_the_timeline(self, house: House) -> None:
        house.post(message="Numb toes", interest="migraine")
        assert "Numb" not in repr([row.data for row in house.rows("event")])

    @pytest.mark.parametrize(
        ("data", "zone", "known_from"),
        [
            ({"timezone": "America/Denver"}, "America/Denver", "form"),
            ({"timezone": "Mars/Base", "phone": "212 736 5000"}, "America/New_York", "phone"),
            ({}, "America/Chicago", "clinic"),
        ],
    )
    def test_knows_where_its_zone_is_from(self, house: House, data: dict[str, str], zone: str, known_from: str) -> None:
        house.post(**data)
        lead = house.one("lead")
        assert (lead.zone, lead.zone_from) == (zone, known_from)


class TestTheInbox:
    def test_keeps_each_post_as_it_came(self, house: House) -> None:
        post_id = house.post()
        row = house.one("inbox")
        assert (row.id, row.state, bytes(row.body)) == (post_id, "processed", body())
        assert row.lead_id == house.one("lead").id

    def test_the_same_post_twice_changes_nothing(self, house: House) -> None:
        first = house.post(post_id="msg_same", interest="sciatica")
        before = [house.rows(table) for table in ("lead", "consent", "event", "enrollment", "inbox")]
        house.clock.advance(minutes=4)
        assert house.post(post_id="msg_same", interest="sciatica") == first
        assert [house.rows(table) for table in ("lead", "consent", "event", "enrollment", "inbox")] == before

    def test_an_unreadable_post_is_kept_with_the_reason(self, house: House) -> None:
        assert house.post(None) is not None
        row = house.one("inbox")
        assert (row.state, row.lead_id) == ("unreadable", None)
        assert "no email address" in row.reason
        assert house.rows("lead") == []

    def test_a_forged_post_leaves_nothing(self, house: House) -> None:
        headers = sign(body(), house.clock(), secret="whsec_AAAA")
        assert take_post(house.kit, "demo-standard", body(), headers, Came()) is None
        assert take_post(house.kit, "no-such-source", body(), sign(body(), house.clock()), Came()) is None
        assert take_post(house.kit, house.form.key, body(), sign(body(), house.clock()), Came()) is None
        assert house.rows("inbox") == []

    def test_a_source_switched_off_takes_nothing(self, house: House) -> None:
        with house.kit.db.write() as conn:
            conn.execute(sa.text("UPDATE source SET disabled_at = 1"))
        assert house.post() is None

    def test_what_a_crash_or_a_burst_left_waiting_is_read_later(self, house: House) -> None:
        headers = sign(body(interest="sciatica"), house.clock())
        take_post(house.kit, "demo-standard", body(interest="sciatica"), headers, Came(), may_read=lambda: False)
        assert house.one("inbox").state == "waiting"
        assert house.rows("lead") == []
        house.clock.advance(hours=2)
        assert read_waiting_posts(house.kit) == 1
        assert house.one("inbox").state == "processed"
        assert house.one("consent").at == house.clock() - 7200
        assert read_waiting_posts(house.kit) == 0

    def test_a_wording_changed_meanwhile_is_not_what_this_person_read(self, house: House) -> None:
        take_post(house.kit, "demo-standard", body(), sign(body(), house.clock()), Came(), may_read=lambda: False)
        with house.kit.db.write() as conn:
            conn.execute(sa.text("UPDATE source SET consent_wording = 'Other words', consent_version = '4'"))
        read_waiting_posts(house.kit)
        assert (house.one("consent").wording, house.one("consent").version) == (WORDING, VERSION)

    def test_a_crash_inside_the_reading_leaves_no_half_of_it(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            pass

        def die(*_args: object, **_named: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(reading.inbox, "settle", die)
            with pytest.raises(Killed):
                house.post()
        assert house.one("inbox").state == "waiting"
        assert [house.rows(table) for table in ("lead", "consent", "event", "enrollment")] == [[], [], [], []]
        assert read_waiting_posts(house.kit) == 1

    def test_one_post_that_trips_us_is_set_aside_and_holds_up_nobody(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def trip(*_args: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(reading, "take_signup", trip)
            house.post()
        house.post("bob@example.org")
        assert [row.state for row in house.rows("inbox")] == ["unreadable", "processed"]
        assert "ZeroDivisionError" in house.rows("inbox")[0].reason

    def test_reading_a_read_post_again_gives_the_same_lead(self, house: House) -> None:
        post_id = house.post()
        assert post_id is not None
        assert read_post(house.kit, post_id) == house.one("lead").id
        assert house.kinds() == ["signed-up", "consent-given", "entered"]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Starts all of them together and gives what each returned."""
    ready = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        ready.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class TestAtTheSameInstant:
    def test_several_posts_of_one_person_make_one_lead_in_one_series(self, house: House) -> None:
        posts = [sign(body(interest="sciatica"), house.clock(), f"msg_{number}") for number in range(6)]

        def send(headers: dict[str, str]) -> Callable[[], object]:
            return lambda: take_post(house.kit, "demo-standard", body(interest="sciatica"), headers, Came())

        at_once(*(send(headers) for headers in posts))
        assert [row.state for row in house.rows("inbox")] == ["processed"] * 6
        assert len(house.rows("lead")) == len(house.rows("enrollment")) == 1

    def test_one_post_sent_several_times_is_one(self, house: House) -> None:
        headers = sign(body(), house.clock())
        ids = at_once(*[lambda: take_post(house.kit, "demo-standard", body(), headers, Came())] * 6)
        assert len(set(ids)) == 1
        assert house.kinds() == ["signed-up", "consent-given", "entered"]

    def test_the_job_and_the_door_read_a_post_once(self, house: House) -> None:
        headers = sign(body(), house.clock())
        post_id = take_post(house.kit, "demo-standard", body(), headers, Came(), may_read=lambda: False)
        assert post_id is not None
        at_once(*[lambda: read_post(house.kit, post_id)] * 3, *[lambda: read_waiting_posts(house.kit)] * 3)
        assert house.kinds() == ["signed-up", "consent-given", "entered"]

    def test_two_presses_of_the_button_are_one(self, house: House) -> None:
        house.fill_in()
        lead_id = house.one("lead").id
        at_once(*[lambda: confirm_address(house.kit, lead_id)] * 4)
        assert house.kinds("consent") == ["asked", "confirmed"]


class TestALaterSignUp:
    def test_adds_and_never_overwrites_better_data(self, house: House) -> None:
        house.post(first_name="Alice", timezone="America/Denver", interest="sciatica", message="Since May.")
        house.post(first_name="ALICE", last_name="Ames", phone="212 736 5000", message="Since May.")
        house.post(first_name="Alice", phone="612 555 0100")
        lead = house.one("lead")
        assert (lead.first_name, lead.last_name, lead.phone) == ("Alice", "Ames", "+12127365000")
        assert (lead.zone, lead.zone_from, lead.interest) == ("America/Denver", "form", "sciatica")
        assert [(row.question, row.text) for row in house.rows("answer")] == [
            ("Message", "Since May."),
            ("Phone, on a later sign-up", "+16125550100"),
        ]

    def test_takes_what_is_wanted_now_and_a_zone_known_better(self, house: House) -> None:
        house.post(interest="sciatica")
        house.post(interest="neck pain", phone="212 736 5000", locale="es")
        lead = house.one("lead")
        assert (lead.interest, lead.zone, lead.zone_from, lead.locale) == (
            "neck-pain",
            "America/New_York",
            "phone",
            "es",
        )
        assert "neck-pain" in house.entered()

    def test_bumps_the_revision_only_when_something_changed(self, house: House) -> None:
        house.post(first_name="Alice")
        revision = house.one("lead").revision
        house.post(first_name="Alice", consent=False)
        assert house.one("lead").revision == revision

    def test_without_a_tick_takes_no_consent_back(self, house: House) -> None:
        house.post()
        house.post(consent=False)
        assert house.one("lead").consent == "given"

    def test_in_other_spelling_is_the_same_lead(self, house: House) -> None:
        house.post("alice@example.org")
        house.post(" ALICE@EXAMPLE.ORG ")
        house.post("alice+sun@example.org")
        assert len(house.rows("lead")) == 2


class TestBobWhoUnsubscribed:
    @pytest.fixture
    def bob(self, house: House) -> int:
        house.post(interest="sciatica")
        lead_id: int = house.one("lead").id
        unsubscribe(house.kit, lead_id)
        house.clock.advance(days=30)
        return lead_id

    def test_is_asked_first_whatever_the_source(self, house: House, bob: int) -> None:
        house.post(interest="sciatica")
        assert house.one("lead").consent == "pending"
        assert house.entered() == ["double-opt-in"]
        assert standing(house) == ["unsubscribed"]

    def test_comes_back_by_confirming_the_address(self, house: House, bob: int) -> None:
        house.post(interest="sciatica")
        assert confirm_address(house.kit, bob) is Confirmation.GIVEN
        assert standing(house) == []
        assert house.entered() == ["sciatica-consultation"]
        assert house.kinds("consent") == ["given", "withdrawn", "asked", "confirmed"]
        assert house.kinds()[-3:] == ["confirmed", "resubscribed", "entered"]

    def test_stays_away_without_a_tick(self, house: House, bob: int) -> None:
        house.post(consent=False)
        assert house.one("lead").consent == "withdrawn"
        assert house.entered() == []


@pytest.mark.parametrize("reason", ["hard-bounce", "complaint", "invalid", "by-hand"])
def test_charlies_suppression_is_lifted_by_no_sign_up(house: House, reason: str) -> None:
    suppress(house, reason)
    house.post(interest="sciatica")
    house.fill_in()
    assert standing(house) == [reason]
    assert house.entered() == []
    assert house.one("lead").consent == "none"
    assert house.kinds("consent") == ["asked", "asked"]


class TestTheHostedForm:
    def test_asks_before_anything_else_is_sent(self, house: House) -> None:
        house.fill_in(reason="a", message="Since May.")
        lead = house.one("lead")
        assert (lead.consent, lead.interest, lead.first_name) == ("pending", "sciatica", "Alice")
        assert house.entered() == ["double-opt-in"]
        row = house.one("consent")
        assert (row.kind, row.wording, row.version, row.ip) == ("asked", WORDING, VERSION, "203.0.113.9")
        assert row.page == "https://sun.example/join/sun-acupuncture"

    def test_begins_the_series_with_the_press(self, house: House) -> None:
        house.fill_in(reason="a")
        lead_id = house.one("lead").id
        house.clock.advance(days=1)
        assert confirm_address(house.kit, lead_id, ip="198.51.100.7") is Confirmation.GIVEN
        assert house.entered() == ["sciatica-consultation"]
        with house.kit.db.read() as conn:
            lead, row = leads.get(conn, lead_id), consents.last(conn, lead_id)
        assert (lead.consent, lead.confirmed_at) == ("given", house.clock())
        assert row is not None
        assert (row.kind, row.wording, row.version, row.ip) == ("confirmed", WORDING, VERSION, "198.51.100.7")

    def test_pressed_twice_is_pressed_once(self, house: House) -> None:
        house.fill_in()
        lead_id = house.one("lead").id
        confirm_address(house.kit, lead_id)
        before = [house.rows(table) for table in ("lead", "consent", "event", "enrollment")]
        assert confirm_address(house.kit, lead_id) is Confirmation.GIVEN
        assert [house.rows(table) for table in ("lead", "consent", "event", "enrollment")] == before

    def test_forgets_the_question_after_seven_days(self, house: House) -> None:
        house.fill_in()
        house.clock.advance(days=7, seconds=1)
        assert confirm_address(house.kit, house.one("lead").id) is Confirmation.OVER
        assert house.one("lead").consent == "pending"

    def test_asks_anew_once_the_question_is_over(self, house: House) -> None:
        house.fill_in()
        house.clock.advance(days=8)
        house.fill_in()
        assert confirm_address(house.kit, house.one("lead").id) is Confirmation.GIVEN

    def test_has_nothing_to_confirm_after_an_unsubscribe(self, house: House) -> None:
        house.fill_in()
        lead_id = house.one("lead").id
        unsubscribe(house.kit, lead_id)
        assert confirm_address(house.kit, lead_id) is Confirmation.NONE
        assert (house.one("lead").consent, standing(house)) == ("withdrawn", ["unsubscribed"])

    def test_without_a_tick_asks_nothing(self, house: House) -> None:
        house.fill_in(consent=False)
        assert (house.one("lead").consent, house.entered(), house.rows("consent")) == ("none", [], [])
        assert confirm_address(house.kit, house.one("lead").id) is Confirmation.NONE

    def test_typed_again_and_again_mails_one_question(self, house: House) -> None:
        for _ in range(5):
            house.fill_in()
            house.clock.advance(hours=1)
        assert len(house.rows("enrollment")) == 1
        assert house.kinds().count("confirm-asked") == 1

    def test_asks_nobody_who_has_consented_already(self, house: House) -> None:
        house.post(interest="sciatica")
        house.fill_in(reason="b")
        assert house.one("lead").consent == "given"
        assert house.entered()[-1] == "neck-pain"

    def test_a_trusted_source_settles_an_open_question(self, house: House) -> None:
        house.fill_in(reason="a")
        house.post(interest="sciatica")
        assert house.one("lead").consent == "given"
        assert house.entered() == ["sciatica-consultation"]

    def test_mails_the_question_again_when_asked_but_not_without_end(self, house: House) -> None:
        post_id = house.fill_in()
        assert ask_again(house.kit, post_id) is False
        house.clock.advance(minutes=5)
        assert ask_again(house.kit, post_id) is True
        assert house.entered() == ["double-opt-in"]
        assert len(house.rows("enrollment")) == 2
        house.clock.advance(minutes=5)
        assert ask_again(house.kit, post_id) is True
        house.clock.advance(minutes=5)
        assert ask_again(house.kit, post_id) is False
        confirm_address(house.kit, house.one("lead").id)
        house.clock.advance(days=2)
        assert ask_again(house.kit, post_id) is False


class TestAddingASource:
    def add(self, house: House, **values: object) -> object:
        given = {"vendor": "standard", "name": "x", "secret": STANDARD_SECRET, "key": "new-one", **values}
        with house.kit.db.write() as conn:
            return add_source(conn, clinic_id=house.sun.clinic, now=house.clock(), **given)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"vendor": "faxform"}, "choose one of"),
            ({"secret": "plain"}, "whsec_"),
            ({"key": "a b"}, "letters, digits"),
            ({"key": "demo-standard"}, "already"),
            ({"interest": "sciatika"}, "choose one of"),
            ({"wording": " "}, "exact wording"),
        ],
    )
    def test_says_what_to_do_when_it_cannot(self, house: House, values: dict[str, object], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            self.add(house, **values)

    def test_makes_a_key_that_nobody_guesses_and_shows_no_secret(self, house: House) -> None:
        assert len(house.form.key) >= 32
        assert house.form.double_opt_in
        assert not house.standard.double_opt_in
        assert STANDARD_SECRET not in repr(house.standard)


def test_suppressing_twice_is_once_and_lifting_leaves_a_trace(house: House) -> None:
    clinic, now = house.sun.clinic, house.clock()
    with house.kit.db.write() as conn:
        assert suppressions.suppress(conn, clinic, ALICE, "unsubscribed", now)
        assert not suppressions.suppress(conn, clinic, ALICE, "unsubscribed", now + 1)
        assert suppressions.suppress(conn, None, ALICE, "hard-bounce", now)
        assert not suppressions.suppress(conn, None, ALICE, "hard-bounce", now)
        assert [row.reason for row in suppressions.standing(conn, clinic, ALICE)] == ["unsubscribed", "hard-bounce"]
        assert suppressions.lift(conn, clinic, ALICE, "unsubscribed", now + 2)
        assert not suppressions.lift(conn, clinic, ALICE, "hard-bounce", now + 2)
        assert suppressions.suppress(conn, clinic, ALICE, "unsubscribed", now + 3)
        assert [row.lifted_at for row in suppressions.history(conn, clinic, ALICE)] == [now + 2, None, None]


def test_the_inbox_lists_newest_first_and_by_state(house: House) -> None:
    house.post()
    house.clock.advance(minutes=1)
    house.post(None)
    with house.kit.db.read() as conn:
        listed = inbox.of_clinic(conn, house.sun.clinic)
        assert [row.state for row in listed] == ["unreadable", "processed"]
        assert [row.state for row in inbox.of_clinic(conn, house.sun.clinic, state="processed")] == ["processed"]
        assert inbox.of_clinic(conn, house.sun.clinic, before=listed[1].id) == []
