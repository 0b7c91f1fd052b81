"""The contender that is django-post_office, in its own environment: its queue is full, and it sends until none is left.

The mail is the same, as a template that is rendered when the mail goes; everything else is as it comes."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command

from bench.hands import stand_ready

WARM = 20
CHUNK = 500


def main(asked: dict[str, Any]) -> None:
    logging.disable(logging.INFO)
    settings.configure(
        SECRET_KEY="only for benchmarks",
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": _database(asked["url"])},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=asked["port"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        POST_OFFICE={"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}},
    )
    django.setup()
    call_command("migrate", verbosity=0)
    mail = json.loads(Path(asked["mail"]).read_text())
    _queue(mail, range(WARM))
    _send()
    _queue(mail, range(WARM, WARM + asked["leads"]))

    def work() -> dict[str, Any]:
        _send()
        return {"mails": asked["leads"], "warm": WARM}

    stand_ready(work)


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        pragmas = "PRAGMA journal_mode=wal; PRAGMA synchronous=full;"
        options = {"init_command": pragmas, "transaction_mode": "IMMEDIATE", "timeout": 30}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///"), "OPTIONS": options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "HOST": parts.hostname,
        "PORT": parts.port,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
    }


def _queue(mail: dict[str, Any], numbers: range) -> None:
    from post_office import mail as post  # noqa: PLC0415 - after the settings
    from post_office.models import EmailTemplate  # noqa: PLC0415 - the same

    parts = {"html_content": _template(*mail["html"]), "content": _template(*mail["text"])}
    template, _ = EmailTemplate.objects.get_or_create(
        name="bench", defaults={"subject": mail["subject"][0][0], **parts}
    )
    facts = {
        "first_name": "Alice",
        "consent_date": "November 4, 2026",
        "consent_wording": "Yes, send me notes on sciatica by email. I can stop them at any time.",
    }
    values = {f"v{place}": facts[name] for place, name in enumerate(mail["values"])}
    for start in range(0, len(numbers), CHUNK):
        post.send_many(
            [
                {
                    "recipients": [f"lead{number}@example.org"],
                    "sender": f"{mail['from_name']} <{mail['from_email']}>",
                    "template": template,
                    "context": {**values, "token": f"{number:022d}"},
                    "headers": {
                        "List-Unsubscribe": f"<{mail['unsubscribe_base']}{number:022d}>",
                        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    },
                    "render_on_delivery": True,
                }
                for number in numbers[start : start + CHUNK]
            ]
        )


def _template(literals: list[str], slots: list[int]) -> str:
    out = [literals[0]]
    for slot, literal in zip(slots, literals[1:], strict=True):
        out += ["{{ token }}" if slot < 0 else f"{{{{ v{slot} }}}}", literal]
    return "".join(out)


def _send() -> None:
    from post_office.mail import get_queued, send_queued  # noqa: PLC0415 - after the settings

    while get_queued().exists():
        send_queued(processes=1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
