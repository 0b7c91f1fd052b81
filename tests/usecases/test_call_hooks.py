"""Webhooks that steps call: planned once, called until answered, told of where they fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from service.delivery.hook_door import HookPost
from service.domain.hook_call import AGAIN_AFTER, PATIENCE, Done, Later, Outcome
from service.domain.retention import CALLS
from service.domain.timing import DAY, HOUR
from service.storage import hook_calls, hooks, leads, tasks
from service.storage.database import Database
from service.usecases.call_hooks import AT_ONCE, LEASE, call_hooks
from service.usecases.create_owner import new_secret
from service.usecases.forget_old import forget_old
from service.usecases.plan_calls import NewCall, plan_calls
from service.usecases.read_link import read_link
from service.usecases.why import why
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.hook_peer import HookPeer

SECRET = new_secret()


@pytest.fixture
def peer() -> Iterator[HookPeer]:
    with HookPeer() as made:
        yield made


def add(play: Cast, url: str, name: str = "front-desk") -> int:
    with play.db.write() as conn:
        hook_id = hooks.add(conn, play.clinic, name, url, SECRET, play.kit.clock())
    assert hook_id is not None
    return hook_id


def plan(play: Cast, lead: int, *, hook: str = "front-desk", step: str = "tell", visit: int = 1) -> None:
    runs = play.rows("enrollment", lead_id=lead)
    run = runs[0]["id"] if runs else play.signs_up(lead)[0]
    with play.db.write() as conn:
        plan_calls(conn, [NewCall(play.clinic, lead, run, step, visit, hook)], play.kit.clock())


def states(play: Cast) -> list[str]:
    return [row["state"] for row in play.rows("hook_call")]


def asked(play: Cast) -> list[str]:
    with play.db.read() as conn:
        return [row.text for row in tasks.waiting(conn, play.clinic, play.kit.clock(), 100) if row.kind == "note"]


def story(play: Cast, lead: int) -> list[str]:
    with play.db.read() as conn:
        row = leads.find(conn, lead)
        assert row is not None
        lines = why(play.kit, conn, row, play.kit.clock()).lines
    return [f"{line.what} {line.named}: {line.because}" for line in lines if "webhook" in line.what]


def test_a_call_tells_a_code_a_name_and_an_instant_and_nothing_else(play: Cast, peer: HookPeer) -> None:
    add(play, peer.url + "/in")
    plan(play, play.alice, step="sciatica-price-asked")
    assert call_hooks(play.kit) == 1
    got = peer.received[0]
    token = play.kit.links.mint("hook-lead", play.alice)
    assert got.body == {
        "type": "series.step",
        "data": {"lead": token, "hook": "front-desk", "at": "2026-11-24T16:00:00Z"},
    }
    assert got.holds(SECRET, play.kit.wall())
    assert got.id == play.kit.links.mint("hook-call", play.rows("hook_call")[0]["id"])
    assert states(play) == ["done"]
    assert story(play, play.alice) == ["Told the webhook front-desk: it answered that it has it"]
    assert call_hooks(play.kit) == 0


def test_the_code_opens_none_of_the_patient_s_own_pages(play: Cast) -> None:
    with play.db.read() as conn:
        for kind, row_id in (("hook-lead", play.alice), ("hook-call", play.alice)):
            assert read_link(conn, play.kit, play.kit.links.mint(kind, row_id), play.kit.clock()) is None
        assert read_link(conn, play.kit, play.kit.links.mint("lead", play.alice), play.kit.clock()) is not None


def test_a_call_that_is_planned_twice_is_made_once(play: Cast, peer: HookPeer) -> None:
    add(play, peer.url)
    for _ in range(2):
        plan(play, play.alice)
    plan(play, play.alice, visit=2)
    call_hooks(play.kit)
    assert len(peer.received) == len({got.id for got in peer.received}) == 2


def test_trouble_is_called_again_under_the_same_id_later_and_later_then_given_up(
    play: Cast, peer: HookPeer, clock: Clock
) -> None:
    add(play, peer.url)
    plan(play, play.alice)
    for wait in AGAIN_AFTER:
        peer.answers(500)
        assert call_hooks(play.kit) == 1
        assert call_hooks(play.kit) == 0
        assert play.rows("hook_call")[0]["due_at"] == clock() + wait
        clock.advance(seconds=wait - 1)
        assert call_hooks(play.kit) == 0
        clock.advance(seconds=1)
    assert asked(play) == []
    assert "tried again" in story(play, play.alice)[0]
    peer.answers(500)
    call_hooks(play.kit)
    assert states(play) == ["failed"]
    assert len(peer.received) == 7
    assert len({got.id for got in peer.received}) == 1
    assert story(play, play.alice) == ["Not told, the webhook front-desk: it answered 500 after 7 attempts"]
    assert [text.partition(". ")[0] for text in asked(play)] == [
        "The webhook “front-desk” was not told of them: it answered 500"
    ]
    clock.advance(days=3)
    assert call_hooks(play.kit) == 0


def test_a_refusal_fails_at_once_and_many_of_them_ask_staff_once(play: Cast, peer: HookPeer) -> None:
    add(play, peer.url)
    peer.answers(404, 404, 410)
    for lead in (play.alice, play.bob, play.charlie):
        plan(play, lead)
    call_hooks(play.kit)
    assert states(play) == ["failed"] * 3
    assert len(peer.received) == 3
    assert len(asked(play)) == 1


def test_once_it_is_ticked_off_a_later_failure_asks_anew(play: Cast, peer: HookPeer) -> None:
    add(play, peer.url)
    for visit in (1, 2):
        peer.answers(404)
        plan(play, play.alice, visit=visit)
        call_hooks(play.kit)
        with play.db.write() as conn:
            open_ones = tasks.waiting(conn, play.clinic, play.kit.clock(), 10)
            assert len(open_ones) == 1
            tasks.finish(conn, play.clinic, open_ones[0].id, play.dana, play.kit.clock())


@pytest.mark.parametrize("exists", [False, True])
def test_a_webhook_that_is_missing_or_off_is_not_planned_and_staff_hear_of_it_once(play: Cast, exists: bool) -> None:
    if exists:
        hook_id = add(play, "https://desk.example/in")
        with play.db.write() as conn:
            hooks.disable(conn, hook_id, play.kit.clock())
    for lead in (play.alice, play.bob, play.alice):
        plan(play, lead)
    assert states(play) == []
    assert len(asked(play)) == 1
    assert "front-desk" in asked(play)[0]


def test_another_clinic_s_webhook_of_that_name_is_not_called(play: Cast, peer: HookPeer) -> None:
    from tests.support.cast import a_clinic

    moon = a_clinic(play.db, play.kit.clock(), slug="moon")
    with play.db.write() as conn:
        hooks.add(conn, moon, "front-desk", peer.url, SECRET, play.kit.clock())
    plan(play, play.alice)
    assert states(play) == []


def test_an_address_that_does_not_answer_is_asked_once_a_round_and_holds_up_no_other(
    play: Cast, peer: HookPeer, free_port: int, clock: Clock
) -> None:
    add(play, f"http://127.0.0.1:{free_port}/", "dead")
    add(play, peer.url, "alive")
    for visit in range(1, 3 * AT_ONCE):
        plan(play, play.alice, hook="dead", visit=visit)
    clock.advance(seconds=1)
    plan(play, play.bob, hook="alive")
    assert call_hooks(play.kit) < 3
    assert call_hooks(play.kit) < 3
    assert len(peer.received) == 1
    rows = play.rows("hook_call")
    assert sum(row["tries"] for row in rows if row["state"] == "planned") == 1
    first = next(row["id"] for row in rows if row["tries"])
    clock.advance(minutes=1)
    call_hooks(play.kit)
    second = [row["id"] for row in play.rows("hook_call") if row["tries"] and row["state"] == "planned"]
    assert first in second
    assert len(second) == 2, "another one had its turn"


def test_what_stood_behind_a_dead_address_for_two_days_fails_and_says_why(
    play: Cast, free_port: int, clock: Clock
) -> None:
    add(play, f"http://127.0.0.1:{free_port}/")
    for lead in (play.alice, play.bob):
        plan(play, lead)
    call_hooks(play.kit)
    clock.advance(seconds=PATIENCE + 1)
    call_hooks(play.kit)
    assert states(play) == ["failed", "failed"]
    assert len(asked(play)) == 1


def test_a_call_that_only_waited_for_us_is_made_however_late(play: Cast, peer: HookPeer, clock: Clock) -> None:
    add(play, peer.url)
    plan(play, play.alice)
    clock.advance(days=9)
    call_hooks(play.kit)
    assert states(play) == ["done"]


def test_no_transaction_is_open_while_the_network_is_called(play: Cast) -> None:
    add(play, "https://desk.example/in")
    plan(play, play.alice)
    seen = []

    def door(_what: HookPost) -> Outcome:
        with play.db.write(patience=0.05) as conn:  # would wait in vain for anybody who holds the call
            seen.append(hook_calls.any_due(conn, play.kit.clock() + DAY))
            conn.exec_driver_sql("UPDATE hook_call SET reason = reason")
        return Done()

    call_hooks(play.kit, call=door)
    assert seen == [True]
    assert states(play) == ["done"]


def test_two_hands_take_no_call_twice(play: Cast) -> None:
    add(play, "https://desk.example/in")
    for lead in (play.alice, play.bob):
        plan(play, lead)
    made: list[str] = []

    def inner(what: HookPost) -> Outcome:
        made.append(what.call_id)
        return Done()

    def outer(what: HookPost) -> Outcome:
        call_hooks(play.kit, call=inner)
        return inner(what)

    call_hooks(play.kit, call=outer)
    assert len(made) == len(set(made)) == 2


def test_a_late_hand_undoes_nothing_of_a_later_one(play: Cast, clock: Clock) -> None:
    add(play, "https://desk.example/in")
    plan(play, play.alice)

    def slow(_what: HookPost) -> Outcome:
        clock.advance(seconds=LEASE)
        call_hooks(play.kit, call=lambda _what: Done())
        return Later("it did not answer", silent=True)

    call_hooks(play.kit, call=slow)
    assert states(play) == ["done"]
    assert play.rows("hook_call")[0]["reason"] is None


def test_a_worker_that_is_to_stop_gives_back_what_it_has_not_called(play: Cast, peer: HookPeer) -> None:
    add(play, peer.url)
    for lead in (play.alice, play.bob):
        plan(play, lead)
    call_hooks(play.kit, go_on=lambda: not peer.received)
    assert len(peer.received) == 1
    assert sorted((row["state"], row["tries"]) for row in play.rows("hook_call")) == [("done", 1), ("planned", 0)]
    call_hooks(play.kit)
    assert states(play) == ["done", "done"]


def test_switched_off_what_waits_is_called_no_more(play: Cast, peer: HookPeer, clock: Clock) -> None:
    hook_id = add(play, peer.url)
    peer.answers(500)
    plan(play, play.alice)
    call_hooks(play.kit)
    with play.db.write() as conn:
        hooks.disable(conn, hook_id, clock())
    clock.advance(hours=1)
    call_hooks(play.kit)
    assert len(peer.received) == 1
    assert story(play, play.alice) == ["Not told, the webhook front-desk: the webhook was switched off"]
    assert asked(play) == [], "whoever switched it off knows"


def test_a_name_comes_back_with_a_new_address_and_secret(play: Cast, peer: HookPeer) -> None:
    hook_id = add(play, "https://old.example/")
    now = play.kit.clock()
    with play.db.write() as conn:
        assert hooks.add(conn, play.clinic, "front-desk", peer.url, SECRET, now) is None
        assert hooks.disable(conn, hook_id, now)
        assert hooks.add(conn, play.clinic, "front-desk", peer.url, SECRET, now) == hook_id
    plan(play, play.alice)
    call_hooks(play.kit)
    assert len(peer.received) == 1


def test_where_the_world_reaches_us_this_machine_is_never_called(play: Cast, peer: HookPeer) -> None:
    add(play, peer.url)
    plan(play, play.alice)
    call_hooks(replace(play.kit, base_url="https://meridian.example"))
    assert peer.received == []
    assert states(play) == ["failed"]


@pytest.mark.parametrize("answer", [200, 500])
def test_killed_between_the_call_and_its_record_it_is_called_again_under_the_same_id(
    play: Cast, db_url: str, peer: HookPeer, clock: Clock, answer: int
) -> None:
    add(play, peer.url)
    plan(play, play.alice)
    play.db.dispose()  # no connection is open while a process is forked
    peer.answers(answer)
    child = os.fork()
    if child == 0:
        _call_in(play, db_url)
    peer.when_read = lambda _got: os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    peer.when_read = None
    assert os.WIFSIGNALED(status)
    assert states(play) == ["in_flight"]
    assert call_hooks(play.kit) == 0, "its lease still runs"
    clock.advance(seconds=LEASE)
    peer.answers()
    assert call_hooks(play.kit) == 1
    assert states(play) == ["done"]
    assert len(peer.received) == 2
    assert len({got.id for got in peer.received}) == 1


def _call_in(play: Cast, url: str) -> None:
    """In the child: never returns."""
    try:
        call_hooks(replace(play.kit, db=Database(url)))
    finally:
        os._exit(1)


def test_the_page_s_counts_tell_what_waits_arrived_and_failed_lately(play: Cast, peer: HookPeer, clock: Clock) -> None:
    hook_id = add(play, peer.url)
    peer.answers(200, 404)
    for visit in (1, 2):
        plan(play, play.alice, visit=visit)
    call_hooks(play.kit)
    clock.advance(hours=1)
    plan(play, play.alice, visit=3)
    with play.db.read() as conn:
        assert hooks.counts(conn, play.clinic, clock() - DAY) == {hook_id: hooks.Tally(1, 1, 1)}
        assert hooks.counts(conn, play.clinic, clock() - HOUR // 2) == {hook_id: hooks.Tally(1, 0, 0)}


def test_a_hand_whose_lease_has_ended_settles_nothing_for_the_one_that_has_it_now(play: Cast, clock: Clock) -> None:
    add(play, "https://desk.example/in")
    plan(play, play.alice)
    with play.db.write() as conn:
        early = hook_calls.take(conn, clock(), clock() + LEASE, 1)[0]
    clock.advance(seconds=LEASE)
    with play.db.write() as conn:
        late = hook_calls.take(conn, clock(), clock() + LEASE, 1)[0]
        assert not hook_calls.fail(conn, early, clock(), "it did not answer")
        hook_calls.put_off(conn, early, clock(), "it did not answer")
    assert states(play) == ["in_flight"]
    with play.db.write() as conn:
        assert hook_calls.fail(conn, late, clock(), "it answered 404")
        hook_calls.finish(conn, early.id, clock())  # a yes that comes late is still a yes
    assert states(play) == ["done"]


def test_a_call_that_is_over_is_forgotten_after_ninety_days_and_one_that_waits_is_not(
    play: Cast, peer: HookPeer, clock: Clock
) -> None:
    add(play, peer.url + "/in")
    plan(play, play.alice, step="first")
    call_hooks(play.kit)
    plan(play, play.alice, step="second")
    clock.advance(seconds=CALLS)
    assert forget_old(play.kit) == 0
    clock.advance(seconds=1)
    assert forget_old(play.kit) == 1
    assert states(play) == ["planned"]
