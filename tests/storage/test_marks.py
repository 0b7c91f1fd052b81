"""Fields and tags: written twice is written once."""

import pytest

from service.storage import marks
from service.storage.database import Database
from service.storage.marks import FieldMark, TagMark
from tests.support.clock import NOW
from tests.support.segment_data import a_house, a_lead


def test_setting_a_field_again_changes_nothing_and_tells_nobody(db: Database) -> None:
    with db.write() as conn:
        clinic = a_house(conn)
        alice = a_lead(conn, clinic)
        first = FieldMark(clinic, alice, "insurance", " Aetna ")
        assert marks.set_fields(conn, [first], NOW) == [FieldMark(clinic, alice, "insurance", "Aetna")]
        assert marks.set_fields(conn, [first], NOW + 1) == []
        other = FieldMark(clinic, alice, "insurance", "Cigna")
        assert marks.set_fields(conn, [first, other], NOW + 2) == [other]
        assert marks.fields_of(conn, [alice]) == {alice: {"insurance": "Cigna"}}


def test_a_blank_value_forgets_the_field_of_that_lead_only(db: Database) -> None:
    with db.write() as conn:
        clinic = a_house(conn)
        alice, bob = a_lead(conn, clinic), a_lead(conn, clinic)
        marks.set_fields(conn, [FieldMark(clinic, each, "age", "30") for each in (alice, bob)], NOW)
        marks.set_fields(conn, [FieldMark(clinic, alice, "age", " \0 ")], NOW)
        assert marks.fields_of(conn, [alice, bob]) == {bob: {"age": "30"}}


@pytest.mark.parametrize("letter", ["x", "\U0001f600", "ΐ", "ﬃ"])
def test_a_value_of_any_length_fits_the_index(db: Database, letter: str) -> None:
    with db.write() as conn:
        clinic = a_house(conn)
        alice = a_lead(conn, clinic)
        marks.set_fields(conn, [FieldMark(clinic, alice, letter * 5000, letter * 5000)], NOW)
        marks.add_tags(conn, [TagMark(clinic, alice, letter * 5000)], NOW)
        ((name, value),) = marks.fields_of(conn, [alice])[alice].items()
        assert (len(name), len(value)) == (marks.LONGEST_NAME, marks.LONGEST_VALUE)


def test_a_tag_is_new_once_and_new_again_when_it_was_taken_away(db: Database) -> None:
    with db.write() as conn:
        clinic = a_house(conn)
        alice = a_lead(conn, clinic)
        vip = TagMark(clinic, alice, "vip")
        assert marks.add_tags(conn, [vip, vip], NOW) == [vip]
        assert marks.add_tags(conn, [vip], NOW) == []
        marks.remove_tags(conn, [alice], "vip")
        marks.remove_tags(conn, [alice], "vip")
        assert marks.tags_of(conn, [alice]) == {}
        assert marks.add_tags(conn, [vip], NOW) == [vip]
