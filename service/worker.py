"""The worker as settings make it: alone on SQLite, one of any number on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from service.assembly import build_provider
from service.jobs.figures import Figures
from service.settings import Settings, version
from service.usecases.kit import Kit


class NotReady(Exception):
    """Says in a line what to do first."""


class _Worker(Protocol):
    figures: Figures

    def run(self) -> None: ...


def run(settings: Settings, kit: Kit) -> None:
    """Blocks until it is asked to stop. Raises NotReady."""
    worker = _made(settings, kit)
    with _figures(settings, worker.figures):
        worker.run()


def lay_out_queue(settings: Settings) -> bool:
    """What the workers share beside the rows; True when anything was done. On SQLite there is nothing to share."""
    if not _shared(settings):
        return False
    from service.jobs import queue_schema  # noqa: PLC0415 - costs half a second

    return queue_schema.lay_out(settings.database_url)


def _made(settings: Settings, kit: Kit) -> _Worker:
    provider = build_provider(settings, kit)
    if not _shared(settings):
        from service.jobs.embedded import Worker  # noqa: PLC0415 - one of the two

        return Worker(kit, provider, version())
    from service.jobs import queue_schema  # noqa: PLC0415
    from service.jobs.fleet import FleetWorker  # noqa: PLC0415

    if not queue_schema.stands(settings.database_url):
        raise NotReady("The queue is not there yet. Run: python -m service migrate")
    return FleetWorker(kit, provider, settings.database_url, version())


def _shared(settings: Settings) -> bool:
    return not settings.database_url.startswith("sqlite")


@contextmanager
def _figures(settings: Settings, figures: Figures) -> Iterator[None]:
    if not settings.metrics_port:
        yield
        return
    from service.jobs.figures_port import figures_port  # noqa: PLC0415 - where a port is set

    try:
        with figures_port(figures.registry, settings.metrics_address, settings.metrics_port, settings.metrics_token):
            yield
    except OSError as fault:
        raise NotReady(f"MERIDIAN_METRICS_PORT={settings.metrics_port} cannot be used: {fault.strerror}") from fault
