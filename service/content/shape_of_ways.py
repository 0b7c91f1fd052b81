"""Where the ways of a fork come together again, found from the flat graph: what nesting them takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.domain.acts import EndStep, SplitStep
from service.domain.campaign import BranchStep, Definition


@dataclass(frozen=True, slots=True)
class _Line:
    """The steps of one way, those inside further forks left out where these join. `ends`: an end: stands on it, so that
    it comes together with nothing after that."""

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
        lines = self._lines(fork)
        going = [line for line in lines if not line.ends]
        if going:
            others = [frozenset(line.keys) for line in going[1:]]
            return next((key for key in going[0].keys if all(key in other for other in others)), None), False
        # What comes after the join ends too: the join is what two ways share, or each way ends for itself.
        seen: set[str] = set()
        for line in lines:
            shared = next((key for key in line.keys if key in seen), None)
            if shared is not None:
                return shared, False
            seen.update(line.keys)
        return None, True

    def _lines(self, fork: BranchStep | SplitStep) -> list[_Line]:
        ways = fork.variants if isinstance(fork, SplitStep) else fork.arms
        return [self._line(start) for start in (fork.then, *(way.then for way in ways))]

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
                    # One of them may have come to where a fork around it joins, and ended after that.
                    return _Line((*keys, *(each for line in self._lines(step) for each in line.keys)), True)
            else:
                key = step.then
        return _Line(tuple(keys), False)
