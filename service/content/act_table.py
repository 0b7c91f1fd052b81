"""Steps that do one thing: set, forget, tag, untag, score, tell, call_hook, enter, leave; and jump and end."""

from __future__ import annotations

from dataclasses import dataclass

from service.content.condition_table import tag_of
from service.content.faults import nearest
from service.content.span_table import own_field_of
from service.content.yaml_table import Table
from service.domain.acts import (
    AddScore,
    AddTag,
    CallHook,
    Effect,
    EndStep,
    EnterCampaign,
    JumpStep,
    LeaveCampaign,
    RemoveTag,
    SetField,
    TellStaff,
)

ACT_KEYS: dict[str, tuple[str, ...]] = {
    "set": ("key", "set"),
    "forget": ("key", "forget"),
    "tag": ("key", "tag"),
    "untag": ("key", "untag"),
    "score": ("key", "score"),
    "tell": ("key", "tell", "as"),
    "call_hook": ("key", "call_hook"),
    "enter": ("key", "enter"),
    "leave": ("key", "leave"),
}
SET_KEYS = ("field", "to")
JUMP_KEYS = ("key", "jump", "at_most")
END_KEYS = ("key", "end")
TELLS = ("call", "note")
MOST_POINTS, MOST_JUMPS, LONGEST_TELL, LONGEST_VALUE, LONGEST_HOOK = 1_000, 50, 500, 300, 60


@dataclass(frozen=True, slots=True)
class Others:
    """`campaign` is the file's own key; `known`: the campaigns there are, `hooks`: the webhooks that are on; None where
    nobody can say."""

    campaign: str
    known: frozenset[str] | None
    hooks: frozenset[str] | None = None


def effect_of(row: Table, kind: str, others: Others) -> Effect | None:
    """None when it is noted as wrong."""
    row.only(ACT_KEYS[kind])
    match kind:
        case "set":
            return _set(row)
        case "forget":
            name = own_field_of(row, kind, "name the field")
            return SetField(name, "") if name else None
        case "tag" | "untag":
            tag = tag_of(row, kind, "name the tag")
            return (AddTag(tag) if kind == "tag" else RemoveTag(tag)) if tag else None
        case "score":
            points = row.number(kind, -MOST_POINTS, MOST_POINTS, "say how many points")
            if points == 0:
                row.wrong(kind, f"{row.where} gives no points", "write how many, or take the step out")
            return AddScore(points) if points else None
        case "tell":
            return _tell(row)
        case "call_hook":
            return _hook(row, others.hooks)
    return _elsewhere(row, kind, others)


def jump_of(row: Table, key: str, then: str | None) -> JumpStep:
    row.only(JUMP_KEYS)
    at_most = row.whole("at_most", 1, MOST_JUMPS)
    return JumpStep(key, row.text("jump", "name the step to go to") or "", 3 if at_most is None else at_most, then)


def end_of(row: Table, key: str) -> EndStep:
    row.only(END_KEYS)
    if not row.flag("end"):
        row.wrong("end", f"{row.where} has an end that is none", "write end: true, or take the step out")
    return EndStep(key)


def _set(row: Table) -> SetField | None:
    table = row.table("set", f"set of {row.where}", "write {field: insurance, to: aetna}")
    if table is None:
        return None
    table.only(SET_KEYS)
    name = own_field_of(table, "field", "name the field")
    value = table.plain("to", "write its new value; forget: NAME takes it away")
    if value is not None and len(value) > LONGEST_VALUE:
        table.wrong("to", f"a value of {len(value)} characters", f"use at most {LONGEST_VALUE}")
        return None
    return SetField(name, value) if name and value is not None else None


def _tell(row: Table) -> TellStaff | None:
    words = _short(row, "tell", LONGEST_TELL, "write what the staff should do")
    kind = row.one_of("as", TELLS)
    if words and ("{{" in words or "{%" in words):
        row.wrong("tell", f"{row.where} prints a name", "write plain words: the task shows whom it is about")
    return TellStaff(words, "call" if kind == "call" else "note") if words else None


def _hook(row: Table, hooks: frozenset[str] | None) -> CallHook | None:
    name = _short(row, "call_hook", LONGEST_HOOK, "name the webhook")
    if name and hooks is not None and name not in hooks:
        mend = nearest(name, hooks) if hooks else "add it under Settings, Webhooks first"
        row.wrong("call_hook", f"no webhook that is on is called {name!r}", mend)
    return CallHook(name) if name else None


def _short(row: Table, key: str, longest: int, needed: str) -> str | None:
    text = row.text(key, needed)
    if text is not None and len(text) > longest:
        row.wrong(key, f"{key!r} of {row.where} has {len(text)} characters", f"use at most {longest}")
        return None
    return text


def _elsewhere(row: Table, kind: str, others: Others) -> Effect | None:
    name = row.slug(kind, "name the campaign by its key")
    if name is None:
        return None
    if name == others.campaign:
        mend = "write end: true, which ends it" if kind == "leave" else "use jump: to go back"
        row.wrong(kind, f"{row.where} names its own campaign", mend)
    elif others.known is not None and name not in others.known:
        mend = nearest(name, others.known) if others.known else "write that campaign first"
        row.wrong(kind, f"no campaign is called {name!r}", mend)
    return EnterCampaign(name) if kind == "enter" else LeaveCampaign(name)
