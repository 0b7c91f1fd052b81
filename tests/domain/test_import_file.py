"""A list of people as a file: read whatever wrote it, and each row's fate."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.import_columns import Part, fault_of, propose, tool_of
from service.domain.import_fate import FATE_WORDS, ROW_WORDS, Fate, Standing, decide
from service.domain.import_row import Person, Plan, Refused, Seen, date_of, read_person
from service.domain.lead import Particulars, Zone, ZoneFrom, address
from service.domain.table_file import DELIMITERS, MOST_ROWS, NotATable, read_table

NOW = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
ZONE = Zone("America/Chicago", ZoneFrom.CLINIC)
CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufeff"), max_size=12)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)
MAILCHIMP = "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID"


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


def person(row: str, heads: str = "email,first name,last name,phone,consent,consent date", **plan: object) -> Person:
    table = read_table(f"{heads}\n{row}\n".encode())
    settings: dict[str, object] = {"agreed_at": NOW - 1000, "for_all": True} | plan
    made = Plan(propose(table.heads), **settings)  # type: ignore[arg-type]
    return read_person(table.rows[0].number, table.rows[0].cells, len(table.heads), made, NOW)


@given(TABLES, st.sampled_from(DELIMITERS), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]))
def test_whatever_wrote_it_the_cells_are_the_same(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    heads = [f"Column {place}" for place in range(len(rows[0]))]
    wanted = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    text = written([heads, ["plain words in the first row"] * len(heads), *rows], delimiter)
    read = read_table(text.encode(encoding))
    assert list(read.heads) == heads
    assert [line.cells for line in read.rows][1:] == wanted


@given(st.binary(max_size=400))
def test_no_bytes_are_a_fault_of_ours(body: bytes) -> None:
    try:
        read = read_table(body)
    except NotATable:
        return
    plan = Plan(propose(read.heads) or {0: Part.EMAIL}, for_all=True, agreed_at=NOW)
    for line in read.rows:
        read_person(line.number, line.cells, len(read.heads), plan, NOW)


def test_older_spreadsheets_letters_and_separators_are_read() -> None:
    read = read_table("sep=;\r\nE-Mail;Vorname\r\nzoe@example.org;Zoë – “Z”\r\n".encode("cp1252"))
    assert read.rows[0].cells == ("zoe@example.org", "Zoë – “Z”")


def test_a_line_break_in_quotes_belongs_to_its_cell_and_lines_are_counted_as_in_an_editor() -> None:
    read = read_table(b'email,note\na@example.org,"one\ntwo"\n\nb@example.org,three\n')
    assert [(line.number, line.cells[1]) for line in read.rows] == [(2, "one\ntwo"), (5, "three")]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"email,name\n", "nobody below"),
        (b"PK\x03\x04 a workbook", "Save the sheet as CSV"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (b"email\n" + b"a@b.example\n" * (MOST_ROWS + 1), "Split it"),
        (b'email,name\na@b.example,"' + b"left open " * 3_000, "quotation mark"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_plain_words(body: bytes, says: str) -> None:
    with pytest.raises(NotATable, match=says):
        read_table(body)


@pytest.mark.parametrize(
    ("heads", "tool", "parts"),
    [
        (MAILCHIMP, "Mailchimp", {0: Part.EMAIL, 1: Part.FIRST, 2: Part.LAST, 3: Part.PHONE, 5: Part.CONSENT_AT}),
        ("Email Address,First Name,UNSUB_TIME,UNSUB_REASON", "Mailchimp, unsubscribed", {2: Part.UNSUBSCRIBED}),
        ("Email Address,First Name,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE", "Mailchimp, cleaned", {2: Part.BOUNCED}),
        ("Record ID,First Name,Last Name,Email,Phone Number,Email hard bounce reason", "HubSpot", {5: Part.BOUNCED}),
        (
            "Email,Portal Bounce,Portal Unsubscribe,Portal Spam Report,Global Bounce",
            "HubSpot, unsubscribes and bounces",
            {1: Part.BOUNCED, 2: Part.UNSUBSCRIBED, 3: Part.COMPLAINED, 4: Part.BOUNCED},
        ),
        (
            "id,firstname,lastname,email,mobile,preferred_locale,donotcontact",
            "Mautic",
            {4: Part.PHONE, 5: Part.LANGUAGE},
        ),
        ("Contact ID,Email,First Name,Last Name,Phone,Date Added,Status", "ActiveCampaign", {6: Part.STATUS}),
        ("Name,E-mail,Mobile", None, {0: Part.NAME, 1: Part.EMAIL, 2: Part.PHONE}),
    ],
)
def test_other_tools_are_known_by_their_headings(heads: str, tool: str | None, parts: dict[int, Part]) -> None:
    found = propose(heads.split(","))
    assert tool_of(heads.split(",")) == tool
    assert parts.items() <= found.items()
    assert fault_of(found) == ""


def test_a_mapping_without_an_address_or_with_two_first_names_is_sent_back() -> None:
    assert "email address" in fault_of({0: Part.FIRST})
    assert "two columns" in fault_of({0: Part.EMAIL, 1: Part.FIRST, 2: Part.FIRST})


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",Alice,,,yes,", Refused.NO_ADDRESS),
        ("alice at example.org,Alice,,,yes,", Refused.BAD_ADDRESS),
        ("alice@example.org,Alice,,,no,", Refused.NO_CONSENT),
        ("alice@example.org,Alice,,,,the other day", Refused.BAD_DATE),
        ("alice@example.org,Alice,,,,2031-01-01", Refused.BAD_DATE),
        ("alice@example.org,Alice,,,yes,2025-01-01,more", Refused.RAGGED),
        ("alice@example.org,Alice,,,yes,2025-01-01", None),
    ],
)
def test_a_row_is_refused_for_one_plain_reason(row: str, fault: Refused | None) -> None:
    assert person(row).fault == fault


def test_without_the_managers_word_each_row_has_to_say_yes_itself() -> None:
    assert person("alice@example.org,Alice,,,,", for_all=False).fault == Refused.NO_CONSENT
    assert person("alice@example.org,Alice,,,yes,", for_all=False).agreed_at == NOW - 1000
    dated = person("alice@example.org,Alice,,,,2025-03-04 10:00:00", for_all=False)
    assert dated.agreed_at == int(datetime(2025, 3, 4, 10, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("heads", "row", "stop"),
    [
        ("email,status", "bob@example.org,Unsubscribed", "unsubscribed"),
        ("email,status", "bob@example.org,cleaned", "hard-bounce"),
        ("email,unsubscribed,bounced", "bob@example.org,no,yes", "hard-bounce"),
        ("email,UNSUB_TIME", "bob@example.org,2024-01-02 03:04:05", "unsubscribed"),
        ("email,Portal Unsubscribe,Portal Spam Report", "bob@example.org,TRUE,TRUE", "complaint"),
        ("email,Portal Unsubscribe", "bob@example.org,FALSE", None),
        ("email,status", "bob@example.org,Subscribed", None),
    ],
)
def test_what_other_tools_say_against_writing_is_heard(heads: str, row: str, stop: str | None) -> None:
    assert person(row, heads).stop == stop


@pytest.mark.parametrize("text", ["2026-03-04", "03/04/2026", "4.3.2026", "Mar 4, 2026", "2026-03-04T00:00:00Z"])
def test_dates_are_read_as_the_tools_write_them(text: str) -> None:
    assert date_of(text) == int(datetime(2026, 3, 4, tzinfo=UTC).timestamp())


def test_the_first_row_of_an_address_counts_but_a_stop_always_does() -> None:
    seen, heads = Seen(), "email,status"
    rows = ["eve@example.org,subscribed", "EVE@example.org,subscribed", "eve@example.org,unsubscribed"]
    assert [seen.twice(person(row, heads)) for row in rows] == [False, True, False]


KNOWN = st.builds(
    Particulars,
    first_name=st.sampled_from([None, "Alice"]),
    last_name=st.sampled_from([None, "Berg"]),
    phone=st.sampled_from([None, "+13125550100"]),
    interest=st.none(),
    page=st.none(),
    locale=st.just("en"),
    zone=st.just(ZONE),
    utm=st.just({}),
)


class Lead:
    """A known lead of these particulars."""

    def __init__(self, told: Particulars) -> None:
        self.first_name, self.last_name, self.phone = told.first_name, told.last_name, told.phone
        self.interest, self.page, self.locale, self.utm = told.interest, told.page, "en", told.utm
        self.zone, self.zone_from = told.zone.name, told.zone.known_from.value


PEOPLE = st.builds(
    Person,
    line=st.just(2),
    address=st.just(address("alice@example.org")),
    first_name=st.sampled_from([None, "Alice", "Eve"]),
    last_name=st.sampled_from([None, "Berg"]),
    stop=st.sampled_from([None, None, "unsubscribed", "hard-bounce", "complaint"]),
    agreed_at=st.just(NOW),
)
STANDINGS = st.builds(
    Standing,
    known=st.one_of(st.none(), KNOWN.map(Lead)),
    consent=st.sampled_from(["none", "pending", "given", "withdrawn"]),
    minor=st.booleans(),
    reasons=st.sets(st.sampled_from(["unsubscribed", "hard-bounce", "complaint", "by-hand"])),
)


@given(PEOPLE, STANDINGS, st.sampled_from([None, "+13125550199"]))
def test_no_row_revives_a_stop_or_overwrites_what_is_known(person: Person, here: Standing, phone: str | None) -> None:
    fate = decide(person, ZONE, phone, here)
    assert fate.fate in FATE_WORDS
    if person.stop:
        assert fate.fate in (Fate.STOPS, Fate.STOPPED)
        assert not fate.agrees
    elif here.reasons or here.consent == "withdrawn":
        assert (fate.fate, fate.agrees, fate.changes) == (Fate.STOPPED, False, None)
    if here.known is not None:
        assert not fate.agrees or here.consent == "none"
        assert all(getattr(here.known, name) is None for name in fate.changes or {})


def test_every_refusal_has_words_for_the_row_and_for_the_count() -> None:
    assert set(ROW_WORDS) == set(Refused)
    assert set(FATE_WORDS) == set(Refused) | set(Fate)
