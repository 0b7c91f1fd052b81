"""Campaign files come in, go out to the letter, and are compared with what ships."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.content.faults import Faults
from service.storage import campaigns
from service.storage.database import Database
from service.usecases.diff_campaign import NothingToCompare, diff_campaign
from service.usecases.export_campaign import export_campaign
from service.usecases.import_campaign import import_campaign
from service.usecases.kit import Kit
from service.usecases.outline_campaign import kinds_of, outline
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES
from service.usecases.show_campaign import open_campaign
from tests.support.cast import a_clinic, campaign_file, mail_files, make_kit
from tests.support.clock import NOW, Clock


@pytest.fixture
def kit(db: Database, clock: Clock) -> Kit:
    return make_kit(db, clock)


@pytest.fixture
def clinic_id(db: Database) -> int:
    return a_clinic(db, NOW)


def a_file(folder: Path, text: str, *mails: str) -> Path:
    """A campaign file with its mails in the folder beside it."""
    file = folder / "tiny.yaml"
    file.write_bytes(text.encode())
    (folder / "tiny").mkdir(exist_ok=True)
    for name, (mjml, plain) in mail_files(*mails).items():
        (folder / "tiny" / f"{name}.mjml").write_text(mjml)
        (folder / "tiny" / f"{name}.txt").write_text(plain)
    return file


ODD = campaign_file().replace("\n", "\r\n") + "# é, and no line's end"


def test_what_was_imported_is_exported_to_the_letter(kit: Kit, clinic_id: int, tmp_path: Path) -> None:
    file = a_file(tmp_path, ODD, "welcome", "second", "third")
    made = import_campaign(kit, clinic_id, file)
    assert (made.key, made.version, made.new) == ("tiny", 1, True)
    out = export_campaign(kit, clinic_id, "tiny")
    assert out is not None
    written = out.write(tmp_path / "out")
    assert written.read_bytes() == file.read_bytes()
    for mail in (tmp_path / "tiny").iterdir():
        assert (tmp_path / "out/tiny" / mail.name).read_bytes() == mail.read_bytes()
    assert not import_campaign(kit, clinic_id, written).new


def test_the_same_file_again_makes_no_version_and_a_changed_mail_makes_one(
    kit: Kit, clinic_id: int, tmp_path: Path
) -> None:
    file = a_file(tmp_path, campaign_file(), "welcome", "second", "third")
    assert import_campaign(kit, clinic_id, file).new
    again = import_campaign(kit, clinic_id, file)
    assert (again.version, again.new) == (1, False)
    mail = tmp_path / "tiny/second.txt"
    mail.write_text(mail.read_text() + "More.\n")
    changed = import_campaign(kit, clinic_id, file)
    assert (changed.version, changed.new) == (2, True)


def test_a_broken_file_changes_nothing(kit: Kit, clinic_id: int, tmp_path: Path) -> None:
    file = a_file(tmp_path, campaign_file(steps="\n  - {key: one, mail: welcom}\n"), "welcome")
    with pytest.raises(Faults, match=r"tiny\.yaml:7: step 'one' sends 'welcom', .* did you mean 'welcome'\?"):
        import_campaign(kit, clinic_id, file)
    with kit.db.read() as conn:
        assert campaigns.by_key(conn, clinic_id, "tiny") is None


def test_a_step_may_enter_what_the_clinic_has_or_what_stands_beside_the_file(
    kit: Kit, clinic_id: int, tmp_path: Path
) -> None:
    file = a_file(tmp_path, campaign_file(steps="\n  - {key: on, enter: other}\n"))
    with pytest.raises(Faults, match=r"tiny\.yaml:7: no campaign is called 'other'; use one of: tiny"):
        import_campaign(kit, clinic_id, file)
    (tmp_path / "other.yaml").write_text(campaign_file("other", "\n  - {key: end, end: true}\n", entry="{on: by-hand}"))
    assert import_campaign(kit, clinic_id, file).new


@pytest.mark.parametrize(("content", "line"), [(None, 1), (b"key: a\nname: \xff\n", 2)])
def test_a_file_that_cannot_be_read_is_a_fault(
    kit: Kit, clinic_id: int, tmp_path: Path, content: bytes | None, line: int
) -> None:
    if content is not None:
        (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(Faults) as wrong:
        import_campaign(kit, clinic_id, tmp_path / "a.yaml")
    assert [fault.line for fault in wrong.value.faults] == [line]


def test_a_clinics_campaign_is_compared_with_what_ships_mails_and_all(kit: Kit, clinic_id: int, tmp_path: Path) -> None:
    import_campaign(kit, clinic_id, CAMPAIGNS / "win-back.yaml")
    assert diff_campaign(kit, clinic_id, "win-back") == ""
    file = Path(shutil.copy(CAMPAIGNS / "win-back.yaml", tmp_path))
    shutil.copytree(TEMPLATES / "win-back", tmp_path / "win-back")
    file.write_text(file.read_text().replace("delay: 7d", "delay: 9d"))
    mail = tmp_path / "win-back/how-are-you.txt"
    mail.write_text(mail.read_text().rstrip("\n") + " Be well.")
    import_campaign(kit, clinic_id, file)
    told = diff_campaign(kit, clinic_id, "win-back").splitlines()
    assert told[:2] == ["--- win-back.yaml (version 2)", "+++ win-back.yaml (shipped)"]
    assert [line for line in told if line.startswith("-") and "delay: 9d" in line]
    assert "--- win-back/how-are-you.txt (version 2)" in told
    assert "\\ No newline at end of file" in told


def test_there_is_nothing_to_compare_without_both(kit: Kit, clinic_id: int, tmp_path: Path) -> None:
    with pytest.raises(NothingToCompare, match="no campaign 'tiny' is published"):
        diff_campaign(kit, clinic_id, "tiny")
    import_campaign(kit, clinic_id, a_file(tmp_path, campaign_file(), "welcome", "second", "third"))
    with pytest.raises(NothingToCompare, match="no campaign 'tiny' ships"):
        diff_campaign(kit, clinic_id, "tiny")


STEPS = """
  - {key: greet, mail: welcome, at_once: true}
  - {key: nine, wait: {until: "09:00", days: [mon, tue]}}
  - {key: birthday, wait: {before: {birthday: 3d}}}
  - key: test
    split:
      holdout: 10
      variants:
        - {label: A, share: 2, steps: [{key: tagged, tag: warm}]}
        - {label: B, share: 1, steps: [{key: told, tell: "Please call", as: call}]}
  - {key: look, wait: {for: {clicked: book}, at_most: 3d}}
  - {key: rest, wait: 2d}
  - {key: again, jump: nine, at_most: 2}
  - {key: done, end: true}
"""


def test_a_campaign_is_told_in_words(kit: Kit, clinic_id: int, tmp_path: Path) -> None:
    import_campaign(kit, clinic_id, a_file(tmp_path, campaign_file(steps=STEPS), "welcome"))
    opened = open_campaign(kit, clinic_id, "tiny")
    assert opened is not None
    told = [" ".join(line.split()) for line in outline(opened.definition)]
    assert told[:4] == [
        "Tiny",
        "enters Sign-up: whatever no other series takes",
        "goal they booked a visit",
        "hours Mon–Sat 9–18",
    ]
    assert told[4:] == [
        "greet “A word: welcome”",
        "nine a wait until 09:00 on mon, tue",
        "birthday 3 days before “birthday”",
        "test parts people by chance: A, B",
        "A (66.67 of 100):",
        "tagged adds the tag “warm”",
        "B (33.33 of 100):",
        "told tells the staff: “Please call”",
        "look the question “It came?”",
        "rest a wait of 2 days",
        "again goes back to “nine”, at most 2 times",
        "done ends the series",
    ]
    assert kinds_of(opened.definition) == "1 mail, 3 waits, 1 branch, 1 split, 2 acts, 1 jump, 1 end"
