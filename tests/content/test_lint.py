"""The linter: what ships is clean, and each rule names the line and the mend."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import commands
from service.content import samples
from service.content.faults import Fault, Faults
from service.content.lint import lint, lint_mail
from service.content.mail_file import MailSource, parse_mail
from service.content.studio import Studio
from tests.content.broken_files import BROKEN as BROKEN_CAMPAIGNS
from tests.content.broken_files import KNOWN, MAILS, expected, mended
from tests.content.mails import mjml_file

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates/email"
BROKEN = sorted((Path(__file__).parent / "broken/mails").glob("*.mjml"))
TEXT = "Hello.\n"


def faults_of(name: str, mjml: str, text: str = TEXT, templates: Path = TEMPLATES) -> list[Fault]:
    try:
        return sorted(set(lint_mail(parse_mail(name, mjml, text, f"{name}.mjml"), Studio(templates, samples.BASE_URL))))
    except Faults as wrong:
        return list(wrong.faults)


def test_everything_that_ships_is_clean() -> None:
    assert [str(fault) for fault in lint([ROOT / "campaigns"], TEMPLATES)] == []


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_mail_is_named_with_its_line_and_its_mend(file: Path) -> None:
    text = file.read_text("utf-8")
    found = [(fault.line, fault.what, fault.mend) for fault in faults_of(file.stem, text) if fault.file == file.name]
    counted = [fault for fault in found if not fault[1].endswith("words")]
    assert counted == sorted(expected(text))


@pytest.mark.parametrize(
    "promise",
    ["It is proven.", "FDA approved", "we guarantee it", "better than your medicine", "100% safe", "no side\neffects",
     "stop taking your medicine", "Completely safe."],
)  # fmt: skip
def test_a_promise_is_found_in_either_part(promise: str) -> None:
    for found in (faults_of("a", mjml_file(promise)), faults_of("a", mjml_file("x"), f"Hello.\n{promise}\n")):
        assert any("promises too much" in fault.what for fault in found), promise


@pytest.mark.parametrize(
    "words",
    ["Side effects are generally few.", "an accurate answer", "no one can promise it", "It may help.", "procured"],
)
def test_honest_words_pass(words: str) -> None:
    assert faults_of("a", mjml_file(words)) == []


@pytest.mark.parametrize(
    "subject", ["Your neck", "Living with arthritis", "Nerve pain", "A bad back", "Migraine days", "Results and stress"]
)
def test_a_subject_names_no_condition(subject: str) -> None:
    found = faults_of("a", mjml_file("Hello", subject=subject))
    assert [fault.line for fault in found] == [2]
    assert "in the subject" in found[0].what


@pytest.mark.parametrize("subject", ["Why this kind of pain lingers", "We would like you back", "What to expect"])
def test_a_discreet_subject_passes(subject: str) -> None:
    assert faults_of("a", mjml_file("Hello", subject=subject)) == []


@pytest.mark.parametrize(("count", "clean"), [(119, False), (120, True), (260, True), (261, False)])
def test_a_marketing_mail_has_120_to_260_words(count: int, clean: bool) -> None:
    found = faults_of("a", mjml_file("Hello", service=False), "word " * count + "\nhttps://a.example/not-counted")
    assert found == ([] if clean else [Fault("a.txt", 0, f"{count} words", "write 120 to 260")])


def test_a_service_mail_may_be_short() -> None:
    assert faults_of("a", mjml_file("Hello")) == []


def test_a_mail_past_gmails_limit_is_refused() -> None:
    found = faults_of("a", mjml_file(*["x" * 900] * 90))
    assert any("which Gmail cuts off" in fault.what for fault in found)


def test_the_clinics_name_with_an_ampersand_and_no_open_slots_are_tried() -> None:
    assert samples.shared(slots=False).slots == ()
    assert "&" in str(samples.shared().clinic["name"])


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the layout and partials, to be broken."""
    shutil.copy(TEMPLATES / "layout.mjml", tmp_path)
    shutil.copytree(TEMPLATES / "partials", tmp_path / "partials")
    return tmp_path


LONG = "word " * 150


def test_a_marketing_mail_without_a_disclaimer_is_refused(templates: Path) -> None:
    (templates / "partials/disclaimer.mjml").write_text("<mj-text>Be well.</mj-text>")
    found = faults_of("a", mjml_file("Hello", service=False), LONG, templates)
    assert [(fault.file, fault.what) for fault in found] == [("a.mjml", "no disclaimer")]


def test_a_marketing_mail_without_a_way_out_is_refused(templates: Path) -> None:
    footer = templates / "partials/footer.mjml"
    footer.write_text(footer.read_text().replace("links.unsubscribe", "links.preferences"))
    found = faults_of("a", mjml_file("Hello", service=False), LONG, templates)
    assert [fault.what for fault in found] == ["no unsubscribe link"]


def test_a_fault_in_a_partial_names_the_partial_and_its_line(templates: Path) -> None:
    (templates / "partials/signature.mjml").write_text(
        "<mj-section><mj-column>\n<mj-text>\n{{ practitioner.nam }}</mj-text></mj-column></mj-section>\n"
    )
    (fault,) = faults_of("a", mjml_file("Hello"), TEXT, templates)
    assert (fault.file, fault.line) == ("partials/signature.mjml", 3)
    assert fault.mend == "did you mean 'practitioner.name'?"


def test_a_misplaced_tag_in_a_partial_names_the_partial_and_its_line(templates: Path) -> None:
    (templates / "partials/signature.mjml").write_text("<mj-section>\n\n<mj-text>Bye</mj-text></mj-section>\n")
    (fault,) = faults_of("a", mjml_file("Hello"), TEXT, templates)
    assert (fault.file, fault.line) == ("partials/signature.mjml", 3)


def test_an_include_stays_inside_the_templates(templates: Path) -> None:
    (fault,) = faults_of("a", mjml_file(raw='<mj-include path="../../etc/passwd.txt" />'), TEXT, templates)
    assert fault.what == "there is no '../../etc/passwd.txt' to include"


def test_includes_have_an_end(templates: Path) -> None:
    (templates / "partials/loop.mjml").write_text('<mj-include path="partials/loop.mjml" />')
    (fault,) = faults_of("a", mjml_file(raw='<mj-include path="partials/loop.mjml" />'), TEXT, templates)
    assert fault.what == "partials/loop.mjml is included too deep"


def test_a_mail_that_no_step_sends_is_named(templates: Path, tmp_path: Path) -> None:
    folder = templates / "a"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.mjml").write_text(mjml_file("Hello"))
        (folder / f"{name}.txt").write_text("Hello.")
    campaign = tmp_path / "a.yaml"
    campaign.write_text('key: a\nname: "A"\nentry: {on: by-hand}\nsteps: [{key: one, mail: one}]\n')
    assert lint([campaign], templates) == [
        Fault("a/two.mjml", 0, "no step sends this mail", "name it in a step, or delete it")
    ]


def test_a_file_that_is_not_there_is_a_fault_too(templates: Path, tmp_path: Path) -> None:
    assert [fault.what for fault in lint([tmp_path / "none.yaml"], templates)] == ["there is no such file"]


def test_every_line_of_a_whole_document_knows_its_place() -> None:
    source: MailSource = parse_mail("a", mjml_file("Hello there"), "Hello.", "a.mjml")
    sheet = Studio(TEMPLATES, samples.BASE_URL).document(source)
    for number, line in enumerate(sheet.text.split("\n"), 1):
        file, at = sheet.origin(number)
        if "Hello there" in line:
            assert (file, at) == ("a.mjml", 8)
        if re.search("<mjml|</mjml", line):
            assert file == "layout.mjml"
            assert (TEMPLATES / file).read_text().split("\n")[at - 1] == line


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each broken file in a folder of its own, with its mails beside it."""
    root = tmp_path_factory.mktemp("broken")
    for file in BROKEN_CAMPAIGNS:
        _lay_out(root / file.stem, file.read_text("utf-8"), all_mails=True)
    return root


def _lay_out(folder: Path, text: str, all_mails: bool = False) -> Path:
    (folder / "a").mkdir(parents=True)
    for name, (mjml, plain) in MAILS.items():
        if all_mails or re.search(rf": {name}\b", text):
            (folder / "a" / f"{name}.mjml").write_text(mjml)
            (folder / "a" / f"{name}.txt").write_text(plain)
    file = folder / "a.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("file", BROKEN_CAMPAIGNS, ids=lambda file: file.stem)
def test_following_the_mend_makes_a_broken_campaign_clean(file: Path, tmp_path: Path) -> None:
    assert lint([_lay_out(tmp_path / "before", file.read_text("utf-8"))], TEMPLATES, KNOWN)
    assert lint([_lay_out(tmp_path / "after", mended(file))], TEMPLATES, KNOWN) == []


def test_the_command_prints_the_line_and_the_mend_of_each_fault_of_each_file(broken: Path) -> None:
    assert len(BROKEN_CAMPAIGNS) >= 20
    for file in BROKEN_CAMPAIGNS:
        text = file.read_text("utf-8")
        told = CliRunner().invoke(commands, ["campaigns", "lint", str(broken / file.stem / "a.yaml")])
        assert told.exit_code == 1
        assert told.stdout.splitlines() == [f"a.yaml:{line}: {what}; {mend}" for line, what, mend in expected(text)]


def test_the_command_is_content_with_all_that_ships() -> None:
    told = CliRunner().invoke(commands, ["campaigns", "lint"])
    assert (told.exit_code, told.stdout) == (0, "")


def test_a_file_of_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"key: a\nname: \xff\n")
    (fault,) = lint([tmp_path / "a.yaml"], TEMPLATES)
    assert (fault.line, fault.what) == (2, "a character that is no UTF-8")
