"""The steps of a campaign file: nested in forks as written, flat and joined by `then` as read."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.content.act_table import ACT_KEYS, END_KEYS, JUMP_KEYS, Others, effect_of, end_of, jump_of
from service.content.fork_table import BRANCH_KEYS, SPLIT_KEYS, branch_of, split_of
from service.content.mail_table import MAIL_KEYS, MailSteps
from service.content.wait_table import WAIT_KEYS, wait_of
from service.content.yaml_table import Notes, Table
from service.domain.acts import DoStep, SplitStep
from service.domain.campaign import BranchStep, Step

# Each kind by the key that tells it, and the keys that go with it.
KINDS: dict[str, tuple[str, ...]] = {
    "mail": MAIL_KEYS,
    "wait": WAIT_KEYS,
    "branch": BRANCH_KEYS,
    "split": SPLIT_KEYS,
    **ACT_KEYS,
    "jump": JUMP_KEYS,
    "end": END_KEYS,
}
STEP_KEYS = tuple(dict.fromkeys(key for keys in KINDS.values() for key in keys))
DEEPEST = 5


@dataclass(slots=True)
class Steps:
    """Reads steps. `rows`: where each stands in the file."""

    notes: Notes
    mails: MailSteps
    others: Others
    found: dict[str, Step] = field(default_factory=dict)
    rows: dict[str, Table] = field(default_factory=dict)

    def chain(self, rows: list[Table], after: str | None, depth: int = 0) -> str | None:
        """Reads the rows in order, the last one leading to `after`; gives the first one's key."""
        if not rows:
            return after
        keys = [self._key(row) for row in rows]
        for row, key, then in zip(rows, keys, [*keys[1:], after], strict=True):
            row.where = f"step {key!r}"
            self._step(row, key, then, depth)
        for before, row, key in zip(rows, rows[1:], keys[1:], strict=False):
            if before.has("end"):
                what = f"step {key!r} can never be reached: {before.where} ends the series"
                self.notes.add(row.line, what, "move it before the end, or take it out")
        return keys[0]

    def _key(self, row: Table) -> str:
        key = row.slug("key", "give every step a key that never changes") or f"line-{row.line}"
        if key in self.rows:
            row.wrong("key", f"two steps are called {key!r} (the other is on line {self.rows[key].line})", "rename one")
        self.rows.setdefault(key, row)
        return key

    def _step(self, row: Table, key: str, then: str | None, depth: int) -> None:
        kinds = [kind for kind in KINDS if row.has(kind)]
        if len(kinds) != 1:
            row.only(STEP_KEYS)
            what = f"{row.where} is {' and '.join(kinds)}" if kinds else f"{row.where} does nothing"
            self.notes.add(row.line, what, f"give it one of {', '.join(f'{kind}:' for kind in KINDS)}")
        elif kinds[0] in ("branch", "split"):
            self._fork(row, kinds[0], key, then, depth)
        elif kinds[0] in ACT_KEYS:
            effect = effect_of(row, kinds[0], self.others)
            self.found[key] = DoStep(key, (effect,) if effect else (), then)
        else:
            self.found[key] = self._plain(row, kinds[0], key, then)

    def _plain(self, row: Table, kind: str, key: str, then: str | None) -> Step:
        match kind:
            case "mail":
                return self.mails.read(row, key, then)
            case "wait":
                return wait_of(row, key, then, keyed=self.mails.keyed)
            case "jump":
                return jump_of(row, key, then)
        return end_of(row, key)

    def _fork(self, row: Table, kind: str, key: str, then: str | None, depth: int) -> None:
        inside = row.table(kind, f"{kind} {key!r}", "give it its ways")
        if inside is None:
            return
        if depth >= DEEPEST:
            self.notes.add(row.line, f"{row.where} is nested too deep", f"nest at most {DEEPEST} branches and splits")
            return

        def way(rows: list[Table]) -> str | None:
            return self.chain(rows, then, depth + 1)

        # The fork stands before the steps of its ways, as in the file.
        if kind == "branch":
            self.found[key] = BranchStep(key, (), "")
            self.found[key] = branch_of(row, inside, key, way, then)
        else:
            self.found[key] = SplitStep(key, ())
            self.found[key] = split_of(row, inside, key, way, then)
