"""A patient's way: signs up, confirms, reads, books, moves, cancels, slows down, stops."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import look_over
from tests.support.live import Live

Opens = Callable[..., Page]


def links(text: str, kind: str) -> list[str]:
    """The paths of one kind that a mail holds."""
    return re.findall(rf"http://127\.0\.0\.1:\d+(/{kind}/[\w-]{{22}}[\w/-]*)", text)


def fills_in(page: Page, name: str, email: str) -> None:
    page.goto("/join/sun-acupuncture")
    page.get_by_label("Your first name").fill(name)
    page.get_by_label("Email address").fill(email)
    page.locator("input[name=reason]").first.check()
    page.locator("#consent").check()


def signs_up(page: Page, live: Live, name: str, email: str) -> None:
    fills_in(page, name, email)
    look_over(page)
    live.clock.advance(seconds=20)  # a person takes a while; who fills a form in a second is a machine
    page.get_by_role("button", name="Send to the clinic").click()
    look_over(page)


def confirms(page: Page, live: Live, email: str) -> str:
    """Confirms the address by the mail's button; gives the welcome mail's text."""
    live.tick()
    question = live.mails(email)[0]
    page.goto(links(question["text"], "c")[0])
    look_over(page)
    page.locator("main button").click()
    look_over(page)
    live.tick()
    welcome: str = live.mails(email)[0]["text"]
    return welcome


def books(page: Page, path: str, nth: int = 0) -> None:
    """Chooses a day and a time, and presses the slot's own button: three taps."""
    page.goto(path)
    look_over(page)
    page.locator("input[name=day]").nth(3).check()
    page.locator("section.times:visible input[name=slot]").nth(nth).check()
    page.locator("button[name=book]:visible").click()
    look_over(page)


def test_she_signs_up_reads_books_moves_and_cancels(opens: Opens, live: Live, size: str) -> None:
    page, email = opens(), f"way-{size}@example.org"
    signs_up(page, live, "Renate", email)
    welcome = confirms(page, live, email)
    books(page, links(welcome, "b")[0])
    live.tick()
    booked = live.mails(email)[0]
    calendar = next(row["calendar"] for row in live.rows("outbox") if row["ref"] == booked["ref"])
    assert "METHOD:REQUEST" in calendar
    assert "SUMMARY:Appointment at Sun Acupuncture" in calendar
    visit = links(booked["text"], "v")[0].split("/calendar")[0]
    page.goto(visit)
    look_over(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to my calendar").click()
    assert download.value.suggested_filename.endswith(".ics")
    page.goto(visit)
    page.get_by_role("link", name="Move it").click()
    look_over(page)
    page.locator("input[name=day]").nth(4).check()
    page.locator("section.times:visible input[name=slot]").first.check()
    page.locator("button[name=book]:visible").click()
    look_over(page)
    live.tick()
    moved = next(
        row for row in live.rows("appointment") if row["sequence"] == 1 and row["lead_id"] == lead(live, email)
    )
    assert moved["state"] == "booked"
    page.goto(visit)
    page.get_by_role("link", name="Cancel").click()
    look_over(page)
    page.locator("main form button").first.click()
    look_over(page)
    ended = [row["state"] for row in live.rows("appointment") if row["lead_id"] == lead(live, email)]
    assert ended == ["cancelled"]


def test_without_javascript_she_signs_up_and_books_all_the_same(opens: Opens, live: Live, size: str) -> None:
    page, email = opens(javascript=False), f"plain-{size}@example.org"
    fills_in(page, "Ottilie", email)
    live.clock.advance(seconds=20)
    page.get_by_role("button", name="Send to the clinic").click()
    live.tick()
    page.goto(links(live.mails(email)[0]["text"], "c")[0])
    page.locator("main button").click()
    live.tick()
    page.goto(links(live.mails(email)[0]["text"], "b")[0])
    page.locator("input[name=day]").nth(1).check()
    page.locator("section.times:visible input[name=slot]").nth(2).check()
    page.locator("button[name=book]:visible").click()
    states = [row["state"] for row in live.rows("appointment") if row["lead_id"] == lead(live, email)]
    assert states == ["booked"]
    series = [
        row for row in live.rows("enrollment") if row["lead_id"] == lead(live, email) and row["reason"] == "goal-met"
    ]
    assert series, "booking ends the series"


@pytest.mark.parametrize("size", ["phone"], indirect=True)
def test_in_spanish_she_signs_up_books_and_cancels(opens: Opens, live: Live, size: str) -> None:
    page, email = opens(), f"es-{size}@example.org"
    page.goto("/join/sun-acupuncture")
    page.get_by_role("link", name="Español").click()
    look_over(page)
    page.get_by_label("Su nombre").fill("Lucía")
    page.get_by_label("Correo electrónico").fill(email)
    page.locator("input[name=reason]").first.check()
    page.locator("#consent").check()
    live.clock.advance(seconds=20)
    page.get_by_role("button", name="Enviar a la clínica").click()
    look_over(page)
    live.tick()
    question = live.mails(email)[0]
    assert question["subject"] == "Confirme su dirección, por favor"
    page.goto(links(question["text"], "c")[0])
    page.get_by_role("button", name="Sí, envíenme los correos").click()
    look_over(page)
    live.tick()
    welcome = live.mails(email)[0]
    assert welcome["subject"] == "Gracias por escribirnos"
    page.goto(links(welcome["text"], "b")[0])
    page.locator("input[name=day]").nth(2).check()
    page.locator("section.times:visible input[name=slot]").nth(1).check()
    page.get_by_role("button", name="Reservar").locator("visible=true").first.click()
    look_over(page)
    live.tick()
    booked = live.mails(email)[0]
    assert booked["subject"].startswith("Su visita: ")
    page.goto(links(booked["text"], "v")[0].split("/calendar")[0])
    page.get_by_role("link", name="Cancelarla").click()
    page.get_by_role("button", name="Cancelar esta visita").click()
    assert "Su visita está cancelada" in page.content()
    live.tick()
    assert live.mails(email)[0]["subject"].startswith("Cancelada: ")


def test_opening_the_unsubscribe_link_changes_nothing_and_the_button_stops_the_mails(
    opens: Opens, live: Live, size: str
) -> None:
    page, email = opens(), f"stop-{size}@example.org"
    signs_up(page, live, "Wanda", email)
    welcome = confirms(page, live, email)
    page.goto(links(welcome, "u")[0])
    look_over(page)
    assert email not in page.content(), "the address is masked"
    assert consent(live, email) == "given"
    page.get_by_role("button", name="Stop all emails").click()
    look_over(page)
    assert consent(live, email) == "withdrawn"
    live.clock.advance(days=3)
    live.tick()
    assert live.mails(email)[0]["text"] == welcome, "nothing came after it"


def test_she_chooses_once_a_week_and_finds_her_choice_again(opens: Opens, live: Live, size: str) -> None:
    page, email = opens(), f"pace-{size}@example.org"
    signs_up(page, live, "Ilse", email)
    welcome = confirms(page, live, email)
    path = links(welcome, "p")[0]
    page.goto(path)
    look_over(page)
    page.locator("input[value=weekly]").check()
    page.get_by_role("button", name="Save my choices").click()
    look_over(page)
    page.goto(path)
    assert page.locator("input[value=weekly]").is_checked()


@pytest.mark.parametrize("size", ["desktop"])
def test_by_keyboard_alone_she_fills_in_the_form(opens: Opens, live: Live, size: str) -> None:
    page, email = opens(), "keys@example.org"
    page.goto("/join/sun-acupuncture")
    page.get_by_label("Your first name").focus()
    page.keyboard.type("Karla")
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == "consent":
            break
        if page.evaluate("document.activeElement.name") == "reason":
            page.keyboard.press("Space")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") != "website", "the trap is out of the way"
    page.keyboard.press("Space")
    live.clock.advance(seconds=20)
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent/*")
    assert consent(live, email) == "pending"


def lead(live: Live, email: str) -> int:
    return int(next(row["id"] for row in live.rows("lead") if row["email"] == email))


def consent(live: Live, email: str) -> str:
    return str(next(row["consent"] for row in live.rows("lead") if row["email"] == email))
