"""Leads → Bring in a list, as a manager does it: file, columns, fates, people, the rows left out, back again."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from service.domain.table_file import LARGEST
from service.storage.tables import lead_import
from service.usecases.imports.carry_imports import carry_imports
from tests.desk.test_lists_taken import LIST, ONE
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk, a_user, another_clinic, app_of, sign_in

pytestmark = ONE


def _sends(desk: Desk, body: bytes, name: str = "people.csv") -> str:
    """Where the browser is sent, or what it is shown when it stays."""
    answer = desk.client.post("/desk/leads/import", **_form(body, name, desk.token()))
    return answer.headers.get("Location") or answer.get_data(as_text=True)


def _form(body: bytes, name: str, token: str) -> dict[str, Any]:
    """As a browser writes it. The test client's own way leaves a file open behind a large one."""
    head = f'--part\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--part\r\n'
    head += f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    return {"data": head.encode() + body + b"\r\n--part--\r\n", "content_type": "multipart/form-data; boundary=part"}


def _looked(desk: Desk) -> str:
    path = _sends(desk, LIST.encode())
    page = desk.get(path)
    said = {f"c{place}": part for place, part in enumerate(("email", "first-name", "last-name", "phone", "status"))}
    assert page.count(" selected") == 6, "every column is known"
    answer = desk.post_form(f"{path}/look", **said, c5="consent-at", wording="Yes, send me news.")
    assert answer.status_code == 303
    assert "data-again" in desk.get(path)
    carry_imports(desk.house.kit)
    return path


def test_a_list_is_brought_in_and_taken_back(desk: Desk) -> None:
    path = _looked(desk)
    page = desk.get(path)
    for says in ("Bring in 2 rows", "<b>1 row</b> become leads", "Line 6", "The email address cannot be right"):
        assert says in page, says
    assert desk.post_form(f"{path}/begin").status_code == 303
    carry_imports(desk.house.kit)
    page = desk.get(path)
    assert "The list is in" in page
    assert "Nina Berg" in desk.get("/desk/leads")
    assert "people.csv" not in desk.get("/desk/settings/sources")
    answer = desk.client.post(f"{path}/left-out.csv", data={"csrf_token": desk.token()})
    assert answer.mimetype == "text/csv"
    assert "not-an-address" in answer.get_data(as_text=True)
    desk.post_form(f"{path}/undo")
    carry_imports(desk.house.kit)
    assert "1 person taken away again" in desk.get(path)
    assert "Nina Berg" not in desk.get("/desk/leads")
    assert "ist of people undone" in desk.get("/desk/settings/record")


def test_without_consent_the_page_says_what_is_missing_and_keeps_what_was_said(desk: Desk) -> None:
    path = _sends(desk, b"Email,Who\nnina@example.org,Nina\n")
    answer = desk.post_form(f"{path}/look", c0="email", c1="first-name", wording="<b>Yes</b>")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for says in ("Tick that everybody", "Say when they agreed", "&lt;b&gt;Yes&lt;/b&gt;"):
        assert says in page, says
    assert '<option value="first-name" selected>' in page


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "Choose a file"),
        (b"Email\n", "nobody below it"),
        (b"PK\x03\x04xlsx", "Save the sheet as CSV"),
        (b"Email\n" + b"a" * LARGEST, "larger than 10 MB"),
    ],
    ids=["none", "empty", "sheet", "large"],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_do(desk: Desk, body: bytes, says: str) -> None:
    assert says in _sends(desk, body)
    with desk.house.kit.db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(lead_import)).scalar() == 0


def test_a_list_of_several_megabytes_comes_in_and_a_stranger_gets_no_such_room(desk: Desk) -> None:
    body = b"Email\n" + b"nina@example.org                                                  \n" * 49_000
    assert len(body) > 3_000_000
    assert _sends(desk, body).startswith("/desk/leads/import/")
    stranger = desk.app.test_client()
    assert stranger.post("/desk/leads/import", **_form(body, "x.csv", "")).status_code in (400, 413)


def test_it_is_nobody_elses(desk: Desk) -> None:
    path = _looked(desk)
    clinic = another_clinic(desk.house)
    a_user(desk.house, "eve@other.example", "Eve", clinic)
    a_user(desk.house, "fay@sun.example", "Fay", role="front-desk")
    app = app_of(desk.house)
    for email, status in (("eve@other.example", 404), ("fay@sun.example", 403)):
        other = app.test_client()
        sign_in(other, email)
        assert other.get(path).status_code == status
    assert "Bring in a list" not in other.get("/desk/leads").get_data(as_text=True)


def test_its_pages_ask_the_database_little(desk: Desk) -> None:
    path = _looked(desk)
    for each in (path, "/desk/leads/import"):
        with counted(desk.house.kit.db) as statements:
            desk.get(each)
        assert len(statements) <= MOST_STATEMENTS
