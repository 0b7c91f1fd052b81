"""A file of text goes out compressed to who can read that, once made, and as it is to others."""

from __future__ import annotations

import gzip

from service.storage.database import Database
from tests.support.clinic import sun
from tests.support.clock import Clock
from tests.support.desk_data import app_of

ASKED = {"Accept-Encoding": "gzip, br"}


def test_styles_go_out_compressed_and_pages_do_not(db: Database, clock: Clock) -> None:
    client = app_of(sun(db, clock)).test_client()
    with client.get("/static/desk.css") as plain, client.get("/static/desk.css", headers=ASKED) as squeezed:
        assert "Content-Encoding" not in plain.headers
        assert squeezed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(squeezed.get_data()) == plain.get_data()
        assert int(squeezed.headers["Content-Length"]) < len(plain.get_data()) / 3
        assert "Accept-Encoding" in squeezed.headers["Vary"]
        known = {"If-None-Match": squeezed.headers["ETag"], **ASKED}
    with client.get("/static/desk.css", headers=known) as again, client.get("/static/mark.png", headers=ASKED) as mark:
        assert again.status_code == 304
        assert "Content-Encoding" not in mark.headers
    assert "Content-Encoding" not in client.get("/desk/sign-in", headers=ASKED).headers
