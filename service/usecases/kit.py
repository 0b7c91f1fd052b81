"""What every use case is handed: the database, the clock, and what makes links, mails and definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.content.links import Links
from service.content.studio import Studio
from service.storage.database import Database
from service.usecases.library import Library


@dataclass(frozen=True, slots=True)
class Kit:
    """`clock` gives UTC epoch seconds; `secret` is for deriving keys, never for use as it is; `mail` names the provider:
    outbox, smtp or sendgrid. `demo` allows the virtual clock."""

    db: Database
    clock: Callable[[], int]
    links: Links
    studio: Studio
    library: Library
    base_url: str
    secret: bytes
    mail: str
    demo: bool = False

    @property
    def ref_key(self) -> bytes:
        return self.secret[:64]
