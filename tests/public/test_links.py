"""Clicks on our own links: noted at once, counted in five minutes, and never a machine's."""

import sqlalchemy as sa

from service.storage import clicks
from service.storage.tables import answer, enrollment, event, message
from service.usecases.answer_question import answer_question
from service.usecases.follow_link import follow_link
from tests.public.conftest import PERSON, Visitor
from tests.support.clock import Clock


def _clicks(visitor: Visitor) -> list[tuple[str, str | None]]:
    with visitor.house.kit.db.read() as conn:
        rows = conn.execute(
            sa.select(event.c.link, event.c.flag)
            .where(event.c.lead_id == visitor.lead, event.c.kind == "clicked")
            .order_by(event.c.id)
        )
        return [(row[0], row[1]) for row in rows]


def test_a_persons_click_counts_five_minutes_later(alice: Visitor, clock: Clock) -> None:
    alice.get(f"/b/{alice.token}")
    with alice.house.kit.db.read() as conn:
        row = conn.execute(sa.select(event).where(event.c.kind == "clicked")).one()
        clicked_at = conn.scalar(sa.select(message.c.clicked_at))
    assert (row.link, row.at, row.counts_at, row.flag) == ("book", clock(), clock() + 300, None)
    assert clicked_at == clock()


def test_a_reload_within_a_minute_is_the_same_click(alice: Visitor, clock: Clock) -> None:
    for _ in range(3):
        alice.get(f"/b/{alice.token}")
    assert _clicks(alice) == [("book", None)]
    clock.advance(minutes=2)
    alice.get(f"/b/{alice.token}")
    assert len(_clicks(alice)) == 2


def test_machines_are_noted_and_flagged(alice: Visitor, clock: Clock) -> None:
    path = f"/p/{alice.token}"
    alice.get(path, agent="Mozilla/5.0 (compatible; Proofpoint URL Defense)")
    clock.advance(minutes=2)
    alice.get(path, agent="")
    clock.advance(minutes=2)
    alice.client.head(path, headers={"User-Agent": PERSON})
    assert _clicks(alice) == [("preferences", "scanner")] * 3


def test_a_click_within_ten_seconds_of_hand_over_or_delivery_is_a_scanners(alice: Visitor, clock: Clock) -> None:
    with alice.house.kit.db.write() as conn:
        conn.execute(sa.update(message).values(accepted_at=clock() - 9, delivered_at=clock()))
    alice.get(f"/b/{alice.token}")
    clock.advance(seconds=15)
    alice.get(f"/b/{alice.token}")
    assert _clicks(alice) == [("book", "too-soon"), ("book", None)]


def test_many_links_at_once_are_a_scanner_even_in_hindsight(alice: Visitor, clock: Clock) -> None:
    for path in ("b", "p", "r"):
        alice.get(f"/{path}/{alice.token}")
        clock.advance(seconds=1)
    assert _clicks(alice) == [("book", "burst"), ("preferences", "burst"), ("read", "burst")]


def test_who_follows_the_link_that_nobody_sees_was_no_person_on_the_others(alice: Visitor, clock: Clock) -> None:
    alice.get(f"/b/{alice.token}")
    clock.advance(seconds=20)
    assert alice.get(f"/x/{alice.token}").status_code == 200
    clock.advance(seconds=20)
    alice.get(f"/p/{alice.token}")
    clock.advance(minutes=2)
    alice.get(f"/b/{alice.token}")
    flagged = ["book", "hidden", "preferences"]
    assert _clicks(alice) == [*((link, "hidden-link") for link in flagged), ("book", None)]
    with alice.house.kit.db.read() as conn:
        assert conn.scalar(sa.select(message.c.clicked_at)) == clock()


def test_a_click_that_has_counted_is_not_flagged_afterwards(alice: Visitor, clock: Clock) -> None:
    alice.get(f"/b/{alice.token}")
    with alice.house.kit.db.write() as conn:
        hit = clicks.lately(conn, alice.lead, alice.message, 0)[0]
        clicks.flag(conn, alice.message, [hit.id], "scanner", clock() + 300)
    assert _clicks(alice) == [("book", None)]


def test_a_click_wakes_the_branch_that_waits_for_it_when_it_counts(alice: Visitor, clock: Clock) -> None:
    with alice.house.kit.db.write() as conn:
        conn.execute(sa.update(enrollment).values(step="looked", guard="not-yet", due_at=clock() + 3 * 86_400, state=1))
    alice.get(f"/b/{alice.token}")
    with alice.house.kit.db.read() as conn:
        assert conn.scalar(sa.select(enrollment.c.due_at)) == clock() + 300


def test_an_unknown_mail_is_no_click(alice: Visitor) -> None:
    follow_link(alice.house.kit, 42, "book", user_agent=PERSON)
    assert _clicks(alice) == []


def test_an_answer_is_read_by_opening_and_given_by_pressing(alice: Visitor) -> None:
    shown = alice.get(f"/a/{alice.token}/price").get_data(as_text=True)
    assert "What it costs" in shown
    assert _kinds(alice).count("answered") == 0
    told = alice.press(f"/a/{alice.token}/price", text="Is it covered?")
    assert "Thank you" in told.get_data(as_text=True)
    alice.press(f"/a/{alice.token}/price", text="Is it covered?")
    assert _kinds(alice).count("answered") == 1
    with alice.house.kit.db.read() as conn:
        assert list(conn.scalars(sa.select(answer.c.text))) == ["Is it covered?"]
        assert "covered" not in str(conn.execute(sa.select(event.c.data)).all())


def test_something_else_wants_words(alice: Visitor) -> None:
    assert alice.press(f"/a/{alice.token}/other", text="  ").status_code == 422
    assert alice.press(f"/a/{alice.token}/other", text="My knee").status_code == 200


def test_an_unknown_answer_leads_nowhere(alice: Visitor) -> None:
    assert alice.get(f"/a/{alice.token}/religion").status_code == 404


def test_an_answer_is_counted_at_once(alice: Visitor, clock: Clock) -> None:
    answer_question(alice.house.kit, alice.lead, "needles", message_id=alice.message)
    with alice.house.kit.db.read() as conn:
        row = conn.execute(sa.select(event).where(event.c.kind == "answered")).one()
    assert (row.link, row.counts_at) == ("needles", clock())


def test_the_mail_can_be_read_on_with_its_sources(alice: Visitor) -> None:
    shown = alice.get(f"/r/{alice.token}").get_data(as_text=True)
    assert "<h1>Why this kind of pain lingers</h1>" in shown
    assert "Where this comes from" in shown
    assert "Mayo Clinic" in shown
    assert "{{" not in shown
    assert "Unsubscribe:" not in shown


def _kinds(visitor: Visitor) -> list[str]:
    with visitor.house.kit.db.read() as conn:
        return list(conn.scalars(sa.select(event.c.kind).where(event.c.lead_id == visitor.lead)))
