"""Settings from the environment, then from .env. They fail at boot, and say what to mend."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.delivery.mailbox import mailbox_from_url

ROOT = Path(__file__).resolve().parents[1]
KNOWN = ("outbox", "smtp://user:pass@host:port", "smtps://user:pass@host:port", "sendgrid")


class SettingsFault(Exception):
    """Says in one line a setting what is wrong and what to do."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    secret_key: str = Field(validation_alias="MERIDIAN_SECRET_KEY")
    database_url: str = Field("sqlite:///var/meridian.db", validation_alias="MERIDIAN_DATABASE_URL")
    mail: str = Field("outbox", validation_alias="MERIDIAN_MAIL")
    base_url: str = Field("", validation_alias="MERIDIAN_BASE_URL")
    port: int = Field(8000, validation_alias="PORT", ge=1, le=65535)
    demo_password: str = Field("", validation_alias="MERIDIAN_DEMO_PASSWORD")
    smtp_require_tls: bool | None = Field(None, validation_alias="MERIDIAN_SMTP_REQUIRE_TLS")
    dkim_key: str = Field("", validation_alias="MERIDIAN_DKIM_KEY")
    dkim_selector: str = Field("", validation_alias="MERIDIAN_DKIM_SELECTOR")
    in_flight: int = Field(6, validation_alias="MERIDIAN_IN_FLIGHT", ge=1, le=32)
    rate: int | None = Field(None, validation_alias="MERIDIAN_RATE", ge=1, le=100_000)
    sendgrid_api_key: str = Field("", validation_alias="SENDGRID_API_KEY")
    sendgrid_api_host: str = Field("", validation_alias="SENDGRID_API_HOST")
    sendgrid_event_public_key: str = Field("", validation_alias="SENDGRID_EVENT_PUBLIC_KEY")

    metrics_port: int = Field(0, validation_alias="MERIDIAN_METRICS_PORT", ge=0, le=65535)
    metrics_address: str = Field("127.0.0.1", validation_alias="MERIDIAN_METRICS_ADDRESS")
    metrics_token: str = Field("", validation_alias="MERIDIAN_METRICS_TOKEN")

    inbound: str = Field("", validation_alias="MERIDIAN_INBOUND")
    inbound_address: str = Field("", validation_alias="MERIDIAN_INBOUND_ADDRESS")
    inbound_secret: str = Field("", validation_alias="MERIDIAN_INBOUND_SECRET")

    @field_validator("inbound")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        if value:
            mailbox_from_url(value)
        return value

    @field_validator("inbound_address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,30}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
            raise ValueError("give the bare address that answers come to, such as reply@in.clinic.example")
        return value

    @field_validator("inbound_secret")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{24,}", value):
            raise ValueError(
                "needs at least 24 letters, digits, - or _, as it stands in an address: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if len(value) < 32:
            raise ValueError(
                "needs at least 32 characters; ./run makes one, or: python3 -c 'import secrets; "
                "print(secrets.token_urlsafe(32))'"
            )
        return value

    @field_validator("mail")
    @classmethod
    def _known(cls, value: str) -> str:
        if value in ("outbox", "sendgrid") or value.startswith(("smtp://", "smtps://")):
            return value
        near = difflib.get_close_matches(value, ["outbox", "sendgrid"], 1)
        hint = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(KNOWN)}"
        raise ValueError(f"'{value.rsplit('@', maxsplit=1)[-1]}' is no way to send; {hint}")

    @field_validator("smtp_require_tls", "rate", mode="before")
    @classmethod
    def _left_empty(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("dkim_key")
    @classmethod
    def _key_from_root(cls, value: str) -> str:
        return str(ROOT / value) if value else ""

    @field_validator("database_url")
    @classmethod
    def _from_root(cls, value: str) -> str:
        """A relative SQLite path is meant from the project's root, wherever the command was typed."""
        name = value.removeprefix("sqlite:///")
        if value.startswith("sqlite:///") and not name.startswith("/") and name != ":memory:":
            return f"sqlite:///{ROOT / name}"
        return value

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if self.metrics_address not in ("127.0.0.1", "::1", "localhost") and len(self.metrics_token) < 24:
            raise ValueError(
                "MERIDIAN_METRICS_ADDRESS lets other machines ask: set MERIDIAN_METRICS_TOKEN, at least 24 characters"
            )
        if self.mail == "sendgrid" and not self.sendgrid_api_key:
            raise ValueError("MERIDIAN_MAIL is sendgrid: set SENDGRID_API_KEY")
        if self.inbound_address and not (self.inbound or self.inbound_secret):
            raise ValueError(
                "MERIDIAN_INBOUND_ADDRESS is set, and nothing reads it: set MERIDIAN_INBOUND or MERIDIAN_INBOUND_SECRET"
            )
        if self.mail != "outbox" and not self.base_url:
            raise ValueError("mail leaves this machine: set MERIDIAN_BASE_URL, the address that patients reach")
        if self.dkim_key and self.provider_name == "smtp":
            from service.delivery.mime_dkim import signer  # noqa: PLC0415 - costs nothing where no key is set

            signer(Path(self.dkim_key), self.dkim_selector)
        return self

    @property
    def public_url(self) -> str:
        return (self.base_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def provider_name(self) -> Literal["outbox", "smtp", "sendgrid"]:
        if self.mail in ("outbox", "sendgrid"):
            return "outbox" if self.mail == "outbox" else "sendgrid"
        return "smtp"

    @property
    def relay(self) -> str:
        """The SMTP host; empty where mail goes another way."""
        return (urlsplit(self.mail).hostname or "") if self.provider_name == "smtp" else ""

    @property
    def secure(self) -> bool:
        """Served under https: secure cookies, HSTS."""
        return self.public_url.startswith("https://")


def load(env_file: Path | None = None) -> Settings:
    """From the environment, then `.env` in the project's root. Raises SettingsFault naming every fault and its mend."""
    path = env_file if env_file is not None else ROOT / ".env"
    try:
        return Settings(_env_file=path if path.exists() else None)  # type: ignore[call-arg]
    except ValidationError as faults:
        lines = [_line(fault["loc"], fault["msg"], fault["type"]) for fault in faults.errors()]
        raise SettingsFault("\n".join(lines)) from None


def _line(where: tuple[int | str, ...], what: str, kind: str) -> str:
    name = str(where[0]) if where else ""
    if kind == "missing":
        return f"{name} is not set; ./run writes one into .env, or set it in the environment"
    return f"{name}: {what.removeprefix('Value error, ')}".removeprefix(": ")


def version() -> str:
    return os.environ.get("MERIDIAN_VERSION", "0.1.0")
