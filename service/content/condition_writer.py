"""Conditions, written as `condition_table` reads them."""

from __future__ import annotations

from service.content.condition_table import ANSWERS, CLICKS
from service.content.yaml_line import Value
from service.domain.conditions import (
    EVERYONE,
    Answered,
    Clicked,
    Condition,
    Confirmed,
    Did,
    Field,
    Group,
    Interested,
    Not,
    Scored,
    Tagged,
)


def condition_table(condition: Condition) -> dict[str, Value]:  # noqa: C901 - one arm a kind
    if condition == EVERYONE:
        return {"everyone": True}
    match condition:
        case Clicked(link):
            return {"clicked": link}
        case Answered(answer):
            return {"answered": answer}
        case Confirmed(is_so):
            return {"confirmed": is_so}
        case Interested(interest):
            return {"interest": interest}
        case Tagged(tag):
            return {"tag": tag}
        case Field():
            return _field(condition)
        case Scored(op, points):
            return {"score": {op.replace("-", "_"): points}}
        case Did():
            return _did(condition, "did")
        case Not(Did() as deed):
            return _did(deed, "never")
        case Not(part):
            return {"not": condition_table(part)}
        case Group(how, parts):
            return {how: [condition_table(part) for part in parts]}
    raise TypeError(f"not a condition: {condition!r}")


def _did(deed: Did, word: str) -> dict[str, Value]:
    table: dict[str, Value] = {}
    windowed = deed.days is not None or deed.times > 1
    known = {"clicked": CLICKS, "answered": ANSWERS}.get(deed.deed, ())
    if word == "did" and windowed and deed.link in known:
        table[deed.deed] = deed.link or ""
    else:
        table[word] = deed.deed
        if deed.link is not None:
            table["link"] = deed.link
    if deed.days is not None:
        table["in_the_last"] = f"{deed.days}d"
    if deed.times > 1:
        table["times"] = deed.times
    return table


def _field(asked: Field) -> dict[str, Value]:
    table: dict[str, Value] = {"field": asked.name}
    if asked.op in ("known", "unknown"):
        table["known"] = asked.op == "known"
    elif asked.op == "one-of":
        table["one_of"] = list(asked.values)
    else:
        table[asked.op.replace("-", "_")] = asked.value
    return table
