"""The two ways in: a reading is one moment and writes nothing; a failure names nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

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


def test_a_writer_waits_for_another_and_then_writes(db: Database) -> None:
    begun, order = threading.Event(), []

    def second() -> None:
        begun.set()
        with db.write() as conn:
            settings.put(conn, "word", "second")
            order.append("second")

    with db.write() as conn, ThreadPoolExecutor(1) as pool:
        settings.put(conn, "word", "first")
        waiting = pool.submit(second)
        begun.wait()
        order.append("first")
        conn.commit()
        waiting.result(timeout=30)
    assert order == ["first", "second"]
    with db.read() as conn:
        assert settings.get(conn, "word") == "second"


def test_a_writer_without_patience_is_told_that_another_writes(db: Database) -> None:
    with db.write() as conn:
        settings.put(conn, "word", "first")
        with pytest.raises(OperationalError), db.write(patience=0.002) as other:
            settings.put(other, "word", "second")
