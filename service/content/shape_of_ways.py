"""Where the ways of a fork come together again, found from the flat graph: what nesting them takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.domain.acts import EndStep, SplitStep
from service.domain.campaign import BranchStep, Definition


@dataclass(frozen=True, slots=True)
class _Line:
    """The steps of one way, those inside further forks left out. `ends`: an end: stands on it, so that it comes
    together with nothing."""

    keys: tuple[str, ...]
    ends: bool


@dataclass(slots=True)
class Joins:
    """The step where a fork's ways come together; None where nothing follows."""

    definition: Definition
    _found: dict[str, tuple[str | None, bool]] = field(default_factory=dict)

    def after(self, fork: BranchStep | SplitStep) -> str | None:
        return self._join(fork)[0]

    def _join(self, fork: BranchStep | SplitStep) -> tuple[str | None, bool]:
        """The join, and whether every way ends before one."""
        if fork.key not in self._found:
            self._found[fork.key] = self._look(fork)
        return self._found[fork.key]

    def _look(self, fork: BranchStep | SplitStep) -> tuple[str | None, bool]:
        if isinstance(fork, SplitStep):
            # It says itself where it goes on; nothing does when nobody is held out and every way ends.
            return fork.then, False
        lines = [self._line(start) for start in (fork.then, *(arm.then for arm in fork.arms))]
        going = [line for line in lines if not line.ends]
        if not going:
            return None, True
        others = [frozenset(line.keys) for line in going[1:]]
        return next((key for key in going[0].keys if all(key in other for other in others)), None), False

    def _line(self, start: str | None) -> _Line:
        keys: list[str] = []
        key = start
        while key is not None:
            keys.append(key)
            step = self.definition.steps[key]
            if isinstance(step, EndStep):
                return _Line(tuple(keys), True)
            if isinstance(step, BranchStep | SplitStep):
                key, ends = self._join(step)
                if ends:
                    return _Line(tuple(keys), True)
            else:
                key = step.then
        return _Line(tuple(keys), False)
