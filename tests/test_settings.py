"""Settings fail at boot, and say what to mend."""

from pathlib import Path

import pytest

from service.settings import SettingsFault, load

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    return tmp_path / "no.env"


def faults(env_file: Path) -> str:
    with pytest.raises(SettingsFault) as raised:
        load(env_file)
    return str(raised.value)


def test_without_a_secret_it_does_not_start_and_says_where_one_comes_from(nothing: Path) -> None:
    assert "MERIDIAN_SECRET_KEY is not set" in faults(nothing)


def test_a_short_secret_is_refused(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", "short")
    assert "32 characters" in faults(nothing)


def test_a_mistyped_way_to_send_gets_a_hint(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("MERIDIAN_MAIL", "sendgird")
    assert "did you mean 'sendgrid'?" in faults(nothing)


def test_a_fault_in_a_mail_address_never_prints_its_password(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("MERIDIAN_MAIL", "smpt://dana:hunter2@relay.example:587")
    assert "hunter2" not in faults(nothing)


def test_mail_that_leaves_the_machine_needs_the_address_that_patients_reach(
    nothing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("MERIDIAN_MAIL", "smtp://relay.example:25")
    assert "MERIDIAN_BASE_URL" in faults(nothing)


def test_sendgrid_needs_its_key(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("MERIDIAN_BASE_URL", "https://mail.clinic.example")
    monkeypatch.setenv("MERIDIAN_MAIL", "sendgrid")
    assert "SENDGRID_API_KEY" in faults(nothing)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(f"MERIDIAN_SECRET_KEY={SECRET}\nPORT=8100\nMERIDIAN_BASE_URL=http://127.0.0.1:1\n")
    monkeypatch.setenv("PORT", "8200")
    settings = load(file)
    assert (settings.port, settings.public_url) == (8200, "http://127.0.0.1:1")


def test_links_start_with_the_port_where_nothing_else_is_said(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORT", "8123")
    assert load(nothing).public_url == "http://127.0.0.1:8123"


@pytest.mark.parametrize(("said", "meant"), [("", None), ("no", False), ("yes", True)])
def test_tls_to_a_relay_is_asked_for_unless_it_is_switched_off(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, said: str, meant: bool | None
) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("MERIDIAN_SMTP_REQUIRE_TLS", said)
    assert load(nothing).smtp_require_tls is meant


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("MERIDIAN_INBOUND", "pop3://replies:hunter2@mail.example", "imaps://"),
        ("MERIDIAN_INBOUND", "imaps://mail.example/INBOX", "imaps://user:password@host/folder"),
        ("MERIDIAN_INBOUND_ADDRESS", "Replies <reply@in.clinic.example>", "bare address"),
        ("MERIDIAN_INBOUND_ADDRESS", "reply@in.clinic.example", "nothing reads it"),
        ("MERIDIAN_INBOUND_SECRET", "short", "at least 24"),
    ],
)
def test_a_way_in_for_answers_that_leads_nowhere_is_said_at_the_start(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, mend: str
) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv(name, value)
    told = faults(nothing)
    assert mend in told
    assert "hunter2" not in told


def test_a_mailbox_is_told_by_one_address(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIDIAN_SECRET_KEY", SECRET)
    monkeypatch.setenv("MERIDIAN_INBOUND", "imaps://replies%40clinic.example:p%2Fw@mail.clinic.example/INBOX")
    monkeypatch.setenv("MERIDIAN_INBOUND_ADDRESS", "reply@in.clinic.example")
    assert load(nothing).inbound_address == "reply@in.clinic.example"
