"""What a person at the desk is told while the provider is left alone."""

from __future__ import annotations

from service.domain.breaker import Breaker
from service.domain.words import when

PROVIDERS = {"sendgrid": "SendGrid", "smtp": "the mail server"}


def title(breaker: Breaker, provider: str, zone: str, now: int) -> str:
    """SendGrid has not answered since 14:02"""
    who = PROVIDERS.get(provider, provider)
    match breaker.cause:
        case "key":
            told = f"{who} has refused our key since {when(breaker.since, zone, now)}: no mail goes out"
        case "wait":
            told = f"{who} asks us to wait until {when(breaker.until, zone, now)}"
        case _:
            told = f"{who} has not answered since {when(breaker.since, zone, now)}: no mail goes out"
    return told[:1].upper() + told[1:]


def why(breaker: Breaker, provider: str, zone: str, now: int) -> str:
    """Nothing is lost: what is due waits, and goes out once it answers. Next try 14:05."""
    kept = "Nothing is lost: what is due waits, and goes out"
    again = f"Next try by itself: {when(max(breaker.until, now), zone, now)}."
    match breaker.cause:
        case "key":
            mend = "Give it a key with Mail Send access" if provider == "sendgrid" else "Mend the user and password"
            return f"{mend} in the settings and start the worker anew. {kept} then. {again}"
        case "wait":
            return f"{kept} then, by itself."
    return f"{kept} once it answers. {again}"
