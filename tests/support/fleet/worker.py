"""A worker of a fleet, as `python -m service worker` makes it, with the test's clock and the test's far end.

Only what is real time is shortened: what sends comes by every second, and a worker counts as silent sooner."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import replace

from service.jobs import table

SENDS = {"advance", "resend", "settle", "apply-events"}
table.JOBS = tuple(replace(job, every=1) if job.name in SENDS else job for job in table.JOBS)

from service.assembly import wall  # noqa: E402
from service.jobs import fleet, queue  # noqa: E402 - they take the table as it is now

queue.BEAT_EVERY, queue.SILENT_AFTER = 0.5, float(os.environ["FLEET_SILENT_AFTER"])
fleet.RESCUE_EVERY = 1  # type: ignore[misc]


def shared_clock(file: str) -> Callable[[], int]:
    """The machine's clock, moved on by as many seconds as the file says."""
    handle = os.open(file, os.O_RDONLY)
    return lambda: wall() + struct.unpack("q", os.pread(handle, 8, 0))[0]


def main() -> None:
    from service.assembly import build_kit, log_to_stderr
    from service.delivery.sendgrid import SendGridProvider
    from service.settings import load

    settings = load()
    log_to_stderr()
    kit = build_kit(settings)
    kit = replace(kit, clock=shared_clock(os.environ["FLEET_CLOCK"]))
    # the registry lets a plain host be on this machine alone; this one is on a network of the test's own
    provider = SendGridProvider(settings.sendgrid_api_key, os.environ["FLEET_FAR_END"])
    fleet.FleetWorker(kit, provider, settings.database_url, "test").run()


if __name__ == "__main__":
    main()
