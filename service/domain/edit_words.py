"""What an edit of a series changes, in plain words: what it was, and what it becomes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from service.domain import words
from service.domain.act_words import act_words
from service.domain.campaign import BranchStep, Definition, MailStep, Step, WaitStep
from service.domain.carry import changed_steps


@dataclass(frozen=True, slots=True)
class Edit:
    what: str
    was: str = ""
    becomes: str = ""


def edits(old: Definition, new: Definition, rewritten: Collection[str] = ()) -> list[Edit]:
    """`rewritten`: mails whose texts read otherwise."""
    added, removed, changed = changed_steps(old, new)
    found = [Edit("New", becomes=f"{step_name(new.steps[key])}, {when(new.steps[key])}") for key in added]
    found += [Edit("Taken out", was=step_name(old.steps[key])) for key in removed]
    for key in changed:
        found += _of_step(old.steps[key], new.steps[key])
    for mail in new.mails():
        if {mail.mail, mail.without_slots} & set(rewritten):
            found.append(Edit(f"The words of {step_name(mail)}"))
    if old.window != new.window:
        found.append(Edit("Hours for its mails", words.window(old.window), words.window(new.window)))
    if old.name != new.name:
        found.append(Edit("Name", old.name, new.name))
    return found


def step_name(step: Step) -> str:
    match step:
        case MailStep():
            return f"“{words.title(step.title)}”"
        case BranchStep():
            return f"the question “{' or '.join(arm.label for arm in step.arms)}?”"
        case WaitStep():
            return "a wait"
    return f"a step that {act_words(step)}"


def when(step: Step) -> str:
    """2 days after what stands before it; at once"""
    anchor = getattr(step, "anchor", None)
    if anchor is not None:
        return words.anchor(anchor)
    length = step.within if isinstance(step, BranchStep) else getattr(step, "delay", None)
    return "at once" if length is None or length.none else f"after {words.delay(length)}"


def _of_step(was: Step, becomes: Step) -> Iterator[Edit]:
    told = False
    if type(was) is not type(becomes):
        yield Edit(f"Step “{becomes.key}”", step_name(was), step_name(becomes))
        return
    if when(was) != when(becomes):
        told = True
        side = "Wait before" if isinstance(becomes, MailStep) else "How long:"
        yield Edit(f"{side} {step_name(becomes)}", when(was), when(becomes))
    if isinstance(was, MailStep) and isinstance(becomes, MailStep) and was.title != becomes.title:
        told = True
        yield Edit("Subject", words.title(was.title), words.title(becomes.title))
    if was.then != becomes.then:
        told = True
        yield Edit(f"What follows {step_name(becomes)}", was.then or "the end", becomes.then or "the end")
    if not told:
        yield Edit(f"How {step_name(becomes)} works")
