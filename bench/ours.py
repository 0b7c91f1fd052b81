"""Meridian as a worker runs it: the settings, the kit, the provider of its own, a database of the bench."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.send_data import NOW
from service.assembly import build_kit, build_provider
from service.delivery.provider import Provider
from service.settings import Settings
from service.usecases.kit import Kit

SECRET = "only for benchmarks, and at least thirty-two characters long"


def environment(url: str, port: int, provider: str = "sendgrid") -> dict[str, str]:
    """The settings of every process of ours; `provider`: sendgrid or smtp, at that port of this machine."""
    return {
        "MERIDIAN_SECRET_KEY": SECRET,
        "MERIDIAN_DATABASE_URL": url,
        "MERIDIAN_MAIL": "sendgrid" if provider == "sendgrid" else f"smtp://127.0.0.1:{port}",
        "MERIDIAN_BASE_URL": "https://meridian.bench.example",
        "SENDGRID_API_KEY": "SG.bench",
        "SENDGRID_API_HOST": f"http://127.0.0.1:{port}",
    }


def settings(url: str, provider: str, port: int) -> Settings:
    return Settings(**environment(url, port, provider))


def clock() -> Callable[[], int]:
    """Starts at NOW and goes on as the machine's does."""
    began = time.monotonic()
    return lambda: NOW + int(time.monotonic() - began)


def worker(url: str, provider: str, port: int) -> tuple[Kit, Provider]:
    chosen = settings(url, provider, port)
    kit = build_kit(chosen, clock())
    return kit, build_provider(chosen, kit)
