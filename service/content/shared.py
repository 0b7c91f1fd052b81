"""What a batch of mails has in common: the clinic, who signs, the visit and the open slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from service.content.names import FIELDS

MOST_SLOTS = 3
_MAY_BE_NONE = frozenset({"face_url"})


@dataclass(frozen=True, slots=True)
class Shared:
    """`clinic`: name, address, city, phone, website, zone_words, mark_url, accent. `practitioner`: name, title,
    face_url (may be None). `visit`: minutes, name. `slots`: at most three of day, time, starts (epoch seconds).
    `key` is equal for equal content. Raises ValueError for a missing name."""

    clinic: Mapping[str, object]
    practitioner: Mapping[str, object]
    visit: Mapping[str, object]
    slots: tuple[Mapping[str, object], ...] = ()
    key: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        for what in ("clinic", "practitioner", "visit"):
            _complete(what, getattr(self, what), FIELDS[what])
        for slot in self.slots:
            _complete("slot", slot, ("day", "time", "starts"))
        object.__setattr__(self, "slots", tuple(self.slots[:MOST_SLOTS]))
        content = [dict(self.clinic), dict(self.practitioner), dict(self.visit), [dict(slot) for slot in self.slots]]
        text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        object.__setattr__(self, "key", blake2b(text, digest_size=16).hexdigest())

    def __hash__(self) -> int:
        return hash(self.key)


def _complete(what: str, content: Mapping[str, object], names: tuple[str, ...]) -> None:
    for name in names:
        if content.get(name) is None and name not in _MAY_BE_NONE:
            raise ValueError(f"mails print {what}.{name}, which is missing: give it a value")
