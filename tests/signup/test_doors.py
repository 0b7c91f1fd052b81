"""The doors as the world meets them: the webhook, the form, the confirmation page."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.storage import sources
from service.usecases.add_source import WORDING as SHIPPED
from service.web.hooks import signup as door
from service.web.limits import AMinute
from service.web.public import join
from tests.signup.conftest import VERSION, House, body, sign, sign_typeform

SAMPLES = Path(__file__).parent / "samples"
HOOK, FORM = "/hooks/signup/demo-standard", "/join/sun-acupuncture"
GOOD = {"first_name": "Alice", "email": "alice@example.org", "consent": VERSION, "reason": "a"}


def post(web: FlaskClient, house: House, raw: bytes, url: str = HOOK, **headers: str) -> TestResponse:
    return web.post(url, data=raw, headers={**sign(raw, house.clock()), **headers})


class TestTheWebhook:
    def test_takes_a_signed_post(self, web: FlaskClient, house: House) -> None:
        answer = post(web, house, body(interest="sciatica"))
        assert (answer.status_code, answer.json) == (200, {"received": True})
        assert house.entered() == ["sciatica-consultation"]
        assert "Set-Cookie" not in answer.headers

    def test_takes_the_same_post_again_and_does_nothing(self, web: FlaskClient, house: House) -> None:
        assert [post(web, house, body()).status_code for _ in range(3)] == [200, 200, 200]
        assert len(house.rows("inbox")) == len(house.rows("enrollment")) == 1

    def test_takes_the_typeform_sample(self, web: FlaskClient, house: House) -> None:
        raw = (SAMPLES / "typeform.json").read_bytes()
        answer = web.post("/hooks/signup/demo-typeform", data=raw, headers=sign_typeform(raw))
        assert answer.status_code == 200
        assert house.one("lead").email_key == "ana@example.com"

    def test_says_the_same_to_everyone_it_does_not_know(self, web: FlaskClient, house: House) -> None:
        raw, now = body(), house.clock()
        strangers = [
            web.post(HOOK, data=raw),
            web.post("/hooks/signup/no-such-key", data=raw, headers=sign(raw, now)),
            web.post(HOOK, data=raw + b" ", headers=sign(raw, now)),
            web.post(HOOK, data=raw, headers=sign(raw, now - 301)),
            web.post(HOOK, data=raw, headers=sign(raw, now + 301)),
            web.post(HOOK, data=raw, headers=sign(raw, now, secret="whsec_AAAA")),
            web.post(f"/hooks/signup/{house.form.key}", data=raw, headers=sign(raw, now)),
            web.post("/hooks/signup/demo-typeform", data=raw, headers=sign(raw, now)),
        ]
        assert {(answer.status_code, answer.data) for answer in strangers} == {(401, b"")}
        assert house.rows("inbox") == []

    def test_keeps_what_it_cannot_read(self, web: FlaskClient, house: House) -> None:
        for raw in (b"", b"not json", b"[" * 50_000, b'{"type": "lead.created", "data": []}', b"\x00" * 10):
            house.clock.advance(minutes=1)
            assert post(web, house, raw, **sign(raw, house.clock(), f"msg_{house.clock()}")).status_code == 200
        rows = house.rows("inbox")
        assert len(rows) == 5
        assert {row.state for row in rows} == {"unreadable"}
        assert all(row.reason for row in rows)

    def test_refuses_a_body_over_64_kb(self, web: FlaskClient, house: House) -> None:
        fits, over = b"x" * 65_536, b"x" * 65_537
        assert post(web, house, fits).status_code == 200
        assert post(web, house, over, **sign(over, house.clock(), "msg_2")).status_code == 413

    def test_keeps_what_comes_faster_than_its_rate(
        self, web: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door, "AT_ONCE", AMinute(2, house.clock))
        for number in range(4):
            raw = body(f"lead{number}@example.org")
            assert post(web, house, raw, **sign(raw, house.clock(), f"msg_{number}")).status_code == 200
        assert [row.state for row in house.rows("inbox")] == ["processed", "processed", "waiting", "waiting"]

    def test_reads_again_in_the_next_minute(self) -> None:
        at = iter([59.0, 59.5, 60.0])
        rate = AMinute(1, lambda: next(at))
        assert [rate.hit("a source") for _ in range(3)] == [True, False, True]

    def test_answers_strangers_without_using_up_the_rate(
        self, web: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door, "AT_ONCE", AMinute(1, house.clock))
        assert {web.post(HOOK, data=b"x").status_code for _ in range(5)} == {401}
        post(web, house, body())
        assert house.one("inbox").state == "processed"

    def test_hostile_names_and_values_are_kept_as_text(self, web: FlaskClient, house: House) -> None:
        told: dict[str, Any] = {
            "first_name": "<script>alert(1)</script>", "last_name": {"$ne": 1}, "phone": ["x"], "interest": {},
            "message": "\x00 {{ lead.email }}", "timezone": "../../etc/passwd", "locale": "'; DROP TABLE lead",
            "page": "javascript:alert(1)", "utm": [1, 2], "consent": "perhaps",
        }  # fmt: skip
        assert post(web, house, body(**told)).status_code == 200
        lead = house.one("lead")
        assert (lead.first_name, lead.page, lead.zone_from, lead.consent) == (None, None, "clinic", "none")


def token_in(page: TestResponse) -> str:
    found = re.search(r'name="t" value="([^"]+)"', page.text)
    assert found is not None
    return found.group(1)


def fill_in(web: FlaskClient, house: House, **changed: str) -> TestResponse:
    """Opens the form, takes a minute, sends it."""
    token = token_in(web.get(FORM))
    house.clock.advance(minutes=1)
    return web.post(FORM, data={**GOOD, "t": token, **changed})


class TestTheForm:
    def test_needs_no_script_and_shows_the_exact_wording_unticked(self, web: FlaskClient, house: House) -> None:
        page = web.get(FORM)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert " style=" not in page.text
        assert "Set-Cookie" not in page.headers
        assert "Send me the email series as well" in page.text
        assert "About eight short emails." in page.text
        assert " checked" not in page.text

    def test_names_no_condition_in_its_choices(self, web: FlaskClient, house: House) -> None:
        text = web.get(FORM).text.casefold()
        assert not [word for word in ("sciatica", "arthritis", "anxiety") if word in text]

    def test_hides_its_trap_from_people_and_their_tools(self, web: FlaskClient, house: House) -> None:
        trap = re.search(r'<div class="trap"(.*?)</div>', web.get(FORM).text)
        assert trap is not None
        assert 'aria-hidden="true"' in trap.group(1)
        assert 'tabindex="-1"' in trap.group(1)
        assert 'autocomplete="off"' in trap.group(1)

    def test_sent_leads_to_check_your_mail_by_an_opaque_address(self, web: FlaskClient, house: House) -> None:
        sent = fill_in(web, house, message="Since May.", phone="952 555 0142")
        assert sent.status_code == 303
        assert "alice" not in sent.location
        page = web.get(sent.location)
        assert "check your email" in page.text
        assert "a•••e@example.org" in page.text
        assert "alice@example.org" not in page.text
        assert house.entered() == ["double-opt-in"]
        assert [(row.question, row.text) for row in house.rows("answer")] == [("Message", "Since May.")]

    def test_without_a_tick_says_so_and_asks_nothing(self, web: FlaskClient, house: House) -> None:
        sent = fill_in(web, house, consent="")
        assert "will not get it" in web.get(sent.location).text
        assert house.one("lead").consent == "none"

    def test_with_mistakes_loses_nothing_and_says_what_to_do(self, web: FlaskClient, house: House) -> None:
        page = fill_in(web, house, email="alice", first_name="", phone="12", message="A <b>long</b>\nstory", reason="b")
        assert page.status_code == 422
        text = unescape(page.text)
        for kept in (
            'value="alice"',
            'value="12"',
            "A <b>long</b>\nstory</textarea>",
            'value="b" checked',
            'letters-3" checked',
        ):
            assert kept in text
        assert "<b>long</b>" not in page.text
        for words in ("what to call you", "look for a slip", "look like a phone number"):
            assert text.count(words) == 2  # above the form, as a link, and at the field
        assert 'href="#email"' in text
        assert 'aria-describedby="phone-hint phone-fault"' in text
        assert house.rows("inbox") == []

    def test_mended_goes_through_with_the_same_page(self, web: FlaskClient, house: House) -> None:
        wrong = fill_in(web, house, email="alice")
        assert web.post(FORM, data={**GOOD, "t": token_in(wrong)}).status_code == 303

    def test_sent_at_once_or_after_a_day_asks_for_one_more_press(self, web: FlaskClient, house: House) -> None:
        token = token_in(web.get(FORM))
        hasty = web.post(FORM, data={**GOOD, "t": token, "message": "Since May."})
        assert (hasty.status_code, token_in(hasty)) == (422, token)
        assert "Since May." in hasty.text
        house.clock.advance(days=2)
        old = web.post(FORM, data={**GOOD, "t": token})
        assert old.status_code == 422
        assert token_in(old) != token
        house.clock.advance(seconds=5)
        assert web.post(FORM, data={**GOOD, "t": token_in(old)}).status_code == 303

    @pytest.mark.parametrize("token", ["", "forged", "mlk3.aaaa", "ü", "\x00"])
    def test_takes_no_token_of_another_maker(self, web: FlaskClient, house: House, token: str) -> None:
        assert web.post(FORM, data={**GOOD, "t": token}).status_code == 422
        assert house.rows("inbox") == []

    def test_thanks_a_script_and_makes_no_lead_of_it(self, web: FlaskClient, house: House) -> None:
        person = fill_in(web, house)
        script = fill_in(web, house, fax2="http://x.example")
        assert script.status_code == person.status_code == 303
        assert len(urlsplit(script.location).path) == len(urlsplit(person.location).path)
        assert "check your email" in web.get(script.location).text
        assert [row.state for row in house.rows("inbox")] == ["processed", "refused"]
        assert len(house.rows("lead")) == 1

    def test_a_person_whose_browser_filled_the_trap_is_taken_when_the_page_comes_again(
        self, web: FlaskClient, house: House
    ) -> None:
        token = token_in(web.get(FORM))
        house.clock.advance(minutes=1)
        for filled in ("555-0142", "555-0142", ""):
            assert web.post(FORM, data={**GOOD, "t": token, "fax2": filled}).status_code == 303
        assert [row.state for row in house.rows("inbox")] == ["refused", "processed"]

    def test_pressed_twice_makes_one_lead_and_one_question(self, web: FlaskClient, house: House) -> None:
        token = token_in(web.get(FORM))
        house.clock.advance(minutes=1)
        first, second = (web.post(FORM, data={**GOOD, "t": token}) for _ in range(2))
        assert first.location == second.location
        assert len(house.rows("inbox")) == 1

    def test_a_slip_mended_by_going_back_counts(self, web: FlaskClient, house: House) -> None:
        token = token_in(web.get(FORM))
        house.clock.advance(minutes=1)
        web.post(FORM, data={**GOOD, "t": token, "email": "alise@example.org"})
        web.post(FORM, data={**GOOD, "t": token})
        assert {row.email_key for row in house.rows("lead")} == {"alise@example.org", "alice@example.org"}

    def test_does_not_count_a_tick_beside_other_words(self, web: FlaskClient, house: House) -> None:
        page = fill_in(web, house, consent="letters-2")
        assert page.status_code == 422
        assert "have changed" in page.text
        assert f'value="{VERSION}" checked' not in page.text

    def test_over_the_rate_keeps_what_was_typed(
        self, web: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(join, "RATES", (join.parse("1/minute"),))
        fill_in(web, house)
        page = fill_in(web, house, email="bob@example.org", message="Since May.")
        assert page.status_code == 429
        assert "Since May." in page.text
        assert "wait a minute" in page.text
        assert len(house.rows("inbox")) == 1

    def test_keeps_where_the_person_came_from(self, web: FlaskClient, house: House) -> None:
        page = web.get(f"{FORM}?utm_source=ads&page=https://sun.example/back?q=1&evil=1")
        house.clock.advance(minutes=1)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        assert set(hidden) == {"t", "lang", "page", "utm_source"}
        web.post(FORM, data={**GOOD, **hidden})
        lead = house.one("lead")
        assert lead.page == "https://sun.example/back"
        assert "ads" in str(lead.utm)

    def test_in_spanish_takes_its_own_words_and_keeps_the_language(self, web: FlaskClient, house: House) -> None:
        with house.kit.db.write() as conn:
            sources.change(conn, house.form.id, {"consent_wording": SHIPPED})
        page = web.get(FORM, headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
        assert "Cuéntenos qué le trae por aquí" in page.text
        assert "Envíenme también la serie de correos" in page.text
        house.clock.advance(minutes=1)
        filled = {**GOOD, "t": token_in(page), "lang": "es", "consent": f"{VERSION}-es"}
        assert "Escriba solo su nombre" in web.post(FORM, data={**filled, "first_name": "7 www.x.example"}).text
        sent = web.post(FORM, data=filled)
        assert sent.status_code == 303
        assert "revise su correo" in web.get(sent.location, headers={"Accept-Language": "es"}).text
        assert house.one("lead").locale == "es"
        asked = house.one("consent")
        assert (asked.version, asked.wording.partition("\n")[0]) == (
            f"{VERSION}-es", "Envíenme también la serie de correos",
        )  # fmt: skip

    def test_is_not_offered_in_spanish_where_its_consent_is_not(self, web: FlaskClient, house: House) -> None:
        page = web.get(f"{FORM}?lang=es").text
        assert '<html lang="en">' in page
        assert "Español" not in page

    def test_of_an_unknown_clinic_is_nowhere(self, web: FlaskClient, house: House) -> None:
        assert web.get("/join/moon").status_code == web.post("/join/moon", data=GOOD).status_code == 404

    def test_says_the_same_whatever_is_known_of_the_address(self, web: FlaskClient, house: House) -> None:
        unknown = web.get(fill_in(web, house).location).text
        house.post("alice@example.org")
        known = web.get(fill_in(web, house).location).text

        def without_address(page: str) -> str:
            return re.sub(r"/sent/[^\"]+", "", page)

        assert without_address(unknown) == without_address(known)

    def test_mails_the_question_again_on_request(self, web: FlaskClient, house: House) -> None:
        sent = fill_in(web, house)
        house.clock.advance(minutes=6)
        again = web.post(sent.location)
        assert again.status_code == 303
        assert "another email is on its way" in web.get(again.location).text
        assert len(house.rows("enrollment")) == 2

    def test_shows_nothing_after_a_day_or_to_a_forged_token(self, web: FlaskClient, house: House) -> None:
        sent = fill_in(web, house)
        house.clock.advance(days=1, seconds=1)
        assert web.get(sent.location).location == FORM
        assert web.get(f"{FORM}/sent/{'A' * 22}").location == FORM


class TestConfirming:
    @pytest.fixture
    def link(self, web: FlaskClient, house: House) -> str:
        fill_in(web, house)
        return f"/c/{house.kit.links.mint('lead', house.one('lead').id)}"

    def press(self, web: FlaskClient, link: str) -> TestResponse:
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', web.get(link).text)
        assert csrf is not None
        return web.post(link, data={"csrf_token": csrf.group(1)})

    def test_opening_the_link_changes_nothing(self, web: FlaskClient, house: House, link: str) -> None:
        before = house.rows("lead"), house.rows("event"), house.rows("consent")
        page = web.get(link)
        assert page.status_code == 200
        assert "a•••e@example.org" in page.text
        assert "About eight short emails." in page.text
        assert (house.rows("lead"), house.rows("event"), house.rows("consent")) == before

    def test_the_press_confirms_and_begins_the_series(self, web: FlaskClient, house: House, link: str) -> None:
        page = self.press(web, link)
        assert "is confirmed" in page.text
        assert house.one("lead").consent == "given"
        assert house.entered() == ["sciatica-consultation"]
        assert "is confirmed" in web.get(link).text

    def test_an_old_question_is_over(self, web: FlaskClient, house: House, link: str) -> None:
        house.clock.advance(days=8)
        assert "This question is over" in web.get(link).text

    def test_a_forged_link_is_nowhere(self, web: FlaskClient, house: House) -> None:
        assert web.get(f"/c/{'A' * 22}").status_code == 404
        assert web.get(f"/c/{house.kit.links.mint('post', 5)}").status_code == 404


def test_nothing_personal_is_logged(
    web: FlaskClient, house: House, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(web, house, body("alice@example.org", first_name="Alice", message="Since May.", phone="952 555 0142"))
    post(web, house, b"alice@example.org is no JSON", **sign(b"alice@example.org is no JSON", house.clock(), "msg_2"))
    fill_in(web, house, email="bob@example.org", first_name="Bob", message="Since June.")
    out = capsys.readouterr()
    logged = (out.out + out.err + caplog.text).casefold()
    assert not [word for word in ("alice", "bob", "since", "555", "example.org") if word in logged]
