"""What every use case is handed: the database, the clock, and what makes links, mails and definitions."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from service.content.links import Links
from service.content.studio import Studio
from service.delivery.mailbox import Mailbox
from service.storage.database import Database
from service.usecases.library import Library


@dataclass(frozen=True, slots=True)
class Kit:
    """`clock` gives UTC epoch seconds; `wall` is the machine's own, where a demo's clock runs ahead of it.
    `secret` is for deriving keys, never used as it is. `mail`: outbox, smtp or sendgrid. `demo` allows the clock
    to be moved. `inbound`: the address whose mail is read here, if there is one; `mailbox`: where it is read, if
    not by a hook. `relay`: the SMTP host, `dkim_selector`: the name of our own DKIM key, where there are such.
    `in_flight`: how many batches a worker has with the provider at once; 1: it waits for each. `chance` gives a
    number from 0 to 1. `rate`: the most mails a second that the provider takes; None: as many as it can.
    `counts_live`: where more people than that have entered, their numbers are counted every few minutes, else at each
    look."""

    db: Database
    clock: Callable[[], int]
    links: Links
    studio: Studio
    library: Library
    base_url: str
    secret: bytes
    mail: str
    wall: Callable[[], int]
    demo: bool = False
    inbound: str = ""
    mailbox: Mailbox | None = None
    relay: str = ""
    dkim_selector: str = ""
    in_flight: int = 1
    chance: Callable[[], float] = random.random
    rate: int | None = None
    counts_live: int = 5_000

    @property
    def ref_key(self) -> bytes:
        return self.secret[:64]
