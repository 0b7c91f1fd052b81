"""Small wordings: a consent that was shown on several lines is printed as sentences."""

import pytest

from service.domain.wording import one_line


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("Send me the series as well\nAbout eight emails.", "Send me the series as well. About eight emails."),
        ("May we write?\nYou can stop.", "May we write? You can stop."),
        ("One line", "One line"),
        ("First \n\n second:\nthird", "First. second: third"),
        ("", ""),
    ],
)
def test_each_line_ends_before_the_next_begins(shown: str, printed: str) -> None:
    assert one_line(shown) == printed
