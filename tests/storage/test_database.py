"""The two ways in: a reading is one moment and writes nothing; a failure names nobody."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from service.storage import settings
from service.storage.database import Database


def test_a_reading_sees_one_moment_whatever_is_written_meanwhile(db: Database) -> None:
    with db.read() as conn:
        assert settings.get(conn, "word") is None
        with db.write() as other:
            settings.put(other, "word", "new")
        assert settings.get(conn, "word") is None
    with db.read() as conn:
        assert settings.get(conn, "word") == "new"


def test_a_writing_after_a_reading_sees_what_was_written_meanwhile(db: Database) -> None:
    with db.read() as conn:
        settings.get(conn, "word")
    with db.write() as conn:
        settings.put(conn, "word", "old")
    with db.write() as conn:
        assert settings.get(conn, "word") == "old"


def test_nothing_of_a_reading_is_kept(db: Database) -> None:
    with db.read() as conn:
        settings.put(conn, "word", "lost")
    with db.read() as conn:
        assert settings.get(conn, "word") is None


def test_a_failed_statement_does_not_repeat_its_parameters(db: Database) -> None:
    with pytest.raises(SQLAlchemyError) as failed, db.write() as conn:
        conn.execute(sa.text("SELECT nothing FROM nowhere WHERE email = :email"), {"email": "alice@example.org"})
    assert "alice" not in str(failed.value)
