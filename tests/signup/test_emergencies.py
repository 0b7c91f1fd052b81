"""Words of an emergency stop the marketing, are told at once, and are answered with the clinic's approved text."""

from __future__ import annotations

from service.storage import clinics, leads
from service.usecases.answer_question import answer_question
from tests.signup.conftest import House

URGENT = "My back hurts, and since yesterday I’m numb between my legs."


def test_a_sign_up_with_words_of_an_emergency_gets_the_answer_and_no_series(house: House) -> None:
    house.post(interest="sciatica", message=URGENT)
    assert house.entered() == ["urgent-answer"]
    assert house.one("lead").urgent
    assert house.one("lead").consent == "given", "what they agreed to stands"
    told = house.one("task")
    assert (told.kind, told.text) == ("urgent", URGENT)
    kinds = [row.kind for row in house.rows("event")]
    assert kinds.count("red-flag") == 1


def test_the_same_post_again_tells_once(house: House) -> None:
    for _ in range(3):
        house.post(interest="sciatica", message=URGENT, post_id="msg_same")
    assert len(house.rows("task")) == 1
    assert house.entered() == ["urgent-answer"]


def test_an_answer_in_a_series_ends_it_and_a_later_sign_up_enters_nothing(house: House) -> None:
    house.post(interest="sciatica")
    lead_id = house.one("lead").id
    answer_question(house.kit, lead_id, "other", text="no puedo aguantar la orina desde ayer")
    assert "left" in house.kinds() or house.rows("refusal")[-1].guard == "urgent"
    house.post(interest="neck-pain")
    assert house.entered() == ["urgent-answer"]
    with house.kit.db.write() as conn:
        leads.change(conn, lead_id, {"urgent": False}, house.clock())
    house.clock.advance(days=1)
    house.post(interest="neck-pain")
    assert "neck-pain" in house.entered()


def test_other_words_raise_no_alarm(house: House) -> None:
    house.post(interest="sciatica", message="My leg hurts when I sit. Is there parking?")
    assert not house.one("lead").urgent
    assert house.entered() == ["sciatica-consultation"]


def test_a_clinics_own_words_count_instead_of_ours(house: House) -> None:
    with house.kit.db.write() as conn:
        clinics.change(conn, house.sun.clinic, {"red_flags_en": "fever*"})
    house.post(interest="sciatica", message=URGENT)
    assert not house.one("lead").urgent
    house.clock.advance(minutes=1)
    house.post(interest="sciatica", message="I am feverish too.")
    assert house.one("lead").urgent
