"""Settings: what is forgotten, and when, is said from the same figures that the worker forgets by."""

from __future__ import annotations

import re

from service.domain import retention
from service.domain.timing import DAY
from service.web.admin.settings_retention import CLASSES
from tests.desk.test_rooms import MOST_STATEMENTS, counted
from tests.support.desk_data import Desk


def test_each_class_of_data_that_is_let_go_stands_on_the_page_with_its_time(desk: Desk) -> None:
    durations = {value // DAY for name, value in vars(retention).items() if name.isupper() and name != "DAY"}
    assert durations == {row.days for row in CLASSES} | {retention.UNANSWERED // DAY}
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", desk.get("/desk/settings/retention")))
    for words in ("after 7 days", "after 90 days", "after 180 days", "after 2 years", "What is kept"):
        assert words in text


def test_the_page_asks_the_database_little(desk: Desk) -> None:
    with counted(desk.house.kit.db) as statements:
        desk.get("/desk/settings/retention")
    assert len(statements) <= MOST_STATEMENTS
