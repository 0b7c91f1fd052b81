"""The kinds of what the record keeps, as somebody who searches it asks for them."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "looks": ("looks at answers, posts and secrets", ("answers seen", "post seen", "mail seen", "secret seen")),
    "exports": ("files taken away", ("report exported", "leads exported", "rows of a list exported")),
    "people": (
        "people and passwords",
        (
            "signed in",
            "signed out",
            "signed out elsewhere",
            "person signed out",
            "sign-in codes switched on",
            "sign-in codes switched off",
            "sign-in codes taken off",
            "sign-in codes asked of everybody",
            "sign-in codes left to each",
            "recovery code used",
            "recovery codes renewed",
            "person invited",
            "invitation accepted",
            "role changed",
            "person let go",
            "person taken back",
            "password changed",
            "password reset asked",
            "password reset",
        ),
    ),
    "lists": (
        "lists of people brought in",
        ("list of people taken in", "list of people ended", "list of people undone"),
    ),
    "sending": (
        "stopping and starting",
        ("sending stopped", "sending started", "brake put on", "brake taken off", "mails stopped"),
    ),
    "campaigns": (
        "campaigns and letters",
        (
            "campaign published",
            "campaign paused",
            "campaign resumed",
            "draft discarded",
            "letter written",
            "letter planned",
            "letter stopped",
            "letter resumed",
            "letter corrected",
            "test mail sent",
        ),
    ),
    "settings": (
        "settings",
        (
            "clinic created",
            "clinic changed",
            "practitioner changed",
            "words of an emergency changed",
            "days closed",
            "days opened",
            "source added",
            "consent wording changed",
            "form fields explained",
            "form secret changed",
            "score rules changed",
            "score half-life changed",
            "webhook added",
            "webhook tried",
            "webhook switched off",
            "attribution window changed",
        ),
    ),
}


def actions_of(kind: str) -> tuple[str, ...]:
    """Nothing for a kind that nobody knows: then every action counts."""
    return KINDS[kind][1] if kind in KINDS else ()
