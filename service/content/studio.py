"""Mails as shape and values: Liquid and MJML run once for each way a mail can turn out, not once for each lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from liquid import RenderContext

from service.content import liquid_room
from service.content.compiler import Made, Texts, compile_shape, marked, tidy, token_mark
from service.content.layout import Layout, Sheet
from service.content.liquid_room import PrintNode
from service.content.mail_file import MailSource
from service.content.names import LINKS
from service.content.plan import Plan, plan_of
from service.content.shared import Shared
from service.content.values import MissingFact, Person, cleaned
from service.domain import mail
from service.domain.mail import Rendered, Shape

__all__ = ["MissingFact", "Shared", "Studio"]

KEPT = 256
KEPT_SETS = 1_200  # twenty clinics with every shipped mail, at some 40 kB each
KEPT_PASSING = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class _Set:
    """A plan with one batch's shared facts, and the shapes found so far, by outcome of the tests and by text."""

    plan: Plan
    names: Mapping[str, object]
    salt: str
    by_outcome: dict[object, Made] = field(default_factory=dict)
    by_text: dict[Texts, Made] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plainly:
    """Prints every value where it stands."""

    html: bool = False

    def put(self, node: PrintNode, context: RenderContext) -> str:
        return liquid_room.printed(node.expression.evaluate(context), self.html)


class Studio:
    """Splits and renders mails. Everything kept is bounded; safe to share between threads."""

    def __init__(self, templates_dir: Path, base_url: str) -> None:
        """`templates_dir` holds layout.mjml and partials/; `base_url` is where our own links point, without a slash."""
        self._layout = Layout(templates_dir)
        self._base_url = base_url.rstrip("/")
        self._plans: dict[str, Plan] = {}
        # Slots change from batch to batch: mails that offer them must not push the others out.
        self._sets: dict[tuple[str, str], _Set] = {}
        self._passing: dict[tuple[str, str], _Set] = {}

    def split(self, source: MailSource, shared: Shared, person: Person) -> tuple[Shape, tuple[str, ...]]:
        """The shape, which many leads share, and this person's values for its slots, as raw text.

        `person` is {"lead": {…}, "consent": {…}} and, for a visit's mail, "appointment". Raises MissingFact when the
        mail prints a fact that the person lacks, Faults when the mail cannot be made."""
        kept = self._passing if shared.slots else self._sets
        batch = kept.get((source.digest, shared.key)) or self._set(source, shared)
        outcome = tuple([test(person, batch.names) for test in batch.plan.tests])
        found = batch.by_outcome.get(outcome)
        if found is None:
            found = self._shape(batch, source, person)
            _keep(batch.by_outcome, outcome, found)
        shape, values = found
        return shape, tuple([value(person) for value in values])

    def render(self, source: MailSource, shared: Shared, person: Person, token: str) -> Rendered:
        """The mail as this person reads it."""
        shape, values = self.split(source, shared, person)
        return mail.render(shape, values, token)

    def document(self, source: MailSource) -> Sheet:
        """The whole MJML document before Liquid, each line knowing where it comes from."""
        return self._layout.html(source)

    def head(self, source: MailSource, shared: Shared, person: Person) -> tuple[str, str, str]:
        """Subject, preheader, and the text part without its footer, as this person reads them."""
        names = {**self._names(source, shared, "-"), **cleaned(person)}
        parts = (source.subject, source.preheader, source.text)
        subject, preheader, body = [liquid_room.run(liquid_room.parse(part), names, _Plainly()) for part in parts]
        return subject, preheader, tidy(body)

    def _set(self, source: MailSource, shared: Shared) -> _Set:
        plan = self._plans.get(source.digest)
        if plan is None:
            plan = plan_of(source, self._layout)
            _keep(self._plans, source.digest, plan)
        # Only someone who could predict a digest of their own text could write a mark into it.
        salt = "zq" + blake2b(f"{source.digest}{shared.key}".encode(), digest_size=6).hexdigest()
        made = _Set(plan, self._names(source, shared, token_mark(salt)), salt)
        if shared.slots:
            _keep(self._passing, (source.digest, shared.key), made, KEPT_PASSING)
        else:
            _keep(self._sets, (source.digest, shared.key), made, KEPT_SETS)
        return made

    def _names(self, source: MailSource, shared: Shared, token: str) -> dict[str, object]:
        links = {name: self._base_url + path.format(token) for name, path in LINKS.items()}
        slots = [{**slot, "link": f"{links['book']}/{_base36(slot['starts'])}"} for slot in shared.slots]
        return {
            "clinic": dict(shared.clinic),
            "practitioner": dict(shared.practitioner),
            "visit": dict(shared.visit),
            "slots": slots,
            "links": links,
            "sources": [asdict(entry) for entry in source.sources],
            "signature": source.signature,
            "service": source.service,
        }

    def _shape(self, batch: _Set, source: MailSource, person: Person) -> Made:
        texts = marked(batch.plan, {**batch.names, **cleaned(person)}, batch.salt)
        found = batch.by_text.get(texts)
        if found is None:
            found = compile_shape(texts, batch.plan, batch.salt, source)
            _keep(batch.by_text, texts, found)
        return found


def _base36(number: Any) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def _keep(kept: dict[Any, Any], key: object, value: object, most: int = KEPT) -> None:
    """Bounded: the oldest goes. Another thread may be quicker, which does no harm."""
    while len(kept) >= most:
        try:
            kept.pop(next(iter(kept)), None)
        except (StopIteration, RuntimeError):
            break
    kept[key] = value
