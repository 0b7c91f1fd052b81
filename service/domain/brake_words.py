"""What is said of a brake: the reason with its figures, and what to do before the series go on."""

from __future__ import annotations

from service.domain.brake import TIMES_USUAL, Brake

TITLES = {
    "complaints": "Too many people called our mail spam",
    "bounces": "Too many addresses do not exist",
    "failures": "The provider refuses too many mails",
    "volume": "Far more mail left than on a usual day",
    "by-hand": "The series were stopped by hand",
}
_LIMITS = {"complaints": "0.3 %", "bounces": "5 %", "failures": "20 %"}
TO_DO = {
    "complaints": (
        "Look at the mails of the last days: would a reader know why they got them, and find the way out at once?",
        "Take out whoever did not ask for them, and look at where these people signed up.",
        "Wait a few days before you go on. Gmail holds a sender for one of spam from 0.3 % on, for weeks.",
    ),
    "bounces": (
        "Look at where the newest leads came from: an old or a bought list has many dead addresses.",
        "The dead addresses are never written to again by themselves; nothing is to be done about those.",
        "Ask the form to confirm addresses (Settings, Website forms) where many are mistyped.",
    ),
    "failures": (
        "Open a lead whose mail was refused: the provider’s own words stand there.",
        "Settings, Deliverability shows whether the sender’s domain is set up.",
        "Ask the provider whether the account or the sender is blocked.",
    ),
    "volume": (
        "Was this meant: a letter to everybody, a list that was brought in? Then let them go, spread over the hours.",
        "If not: look at the newest leads and at who entered which campaign today.",
    ),
    "by-hand": ("Let them go when what it was stopped for is mended.",),
}


def figures(brake: Brake) -> str:
    """7 of 120 mails in 7 days (5.8 %; the limit is 5 %)"""
    if brake.kind == "by-hand":
        return brake.said
    if brake.kind == "volume":
        return f"{brake.part} mails in a day; a usual one has {brake.whole}, and the limit is {TIMES_USUAL} times that"
    span = "a day" if brake.kind == "failures" else "7 days"
    share = percent(brake.part, brake.whole)
    return f"{brake.part} of {brake.whole} mails in {span} ({share}; the limit is {_LIMITS[brake.kind]})"


def percent(part: int, whole: int) -> str:
    """0.31 %; small shares with the digits that tell them apart."""
    if not whole:
        return "0 %"
    share = 100 * part / whole
    return f"{share:.2f} %" if share < 1 else f"{share:.1f} %"


def reason(brake: Brake) -> str:
    """Title and figures in a breath."""
    told = figures(brake)
    return f"{TITLES[brake.kind]}: {told}" if told else TITLES[brake.kind]
