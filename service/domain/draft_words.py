"""A step of a campaign's file as one plain sentence, though the file be faulty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from service.domain.condition_words import deed_words
from service.domain.edit import Row, ways
from service.domain.words import count

KINDS = {
    "mail": "Mail",
    "wait": "Wait",
    "branch": "Question",
    "split": "Split by chance",
    "tag": "Tag",
    "untag": "Take a tag away",
    "set": "Set a field",
    "forget": "Forget a field",
    "score": "Points",
    "tell": "Tell the staff",
    "call_hook": "Webhook",
    "enter": "Enter a campaign",
    "leave": "Leave a campaign",
    "jump": "Go back",
    "end": "End",
}
UNITS = {"d": "day", "h": "hour", "m": "minute"}
_SPAN = re.compile(r"([0-9]+)([dhm])")


def kind_of(row: Row) -> str:
    """One of KINDS; empty for a step that does nothing."""
    return next((kind for kind in KINDS if kind in row), "")


def span_words(span: Any) -> str:
    """2 days; 1 day 12 hours; what is no span stays as it is."""
    parts = _SPAN.findall(str(span))
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != str(span):
        return str(span)
    return " ".join(count(int(number), UNITS[unit]) for number, unit in parts)


def title_of(row: Row, titles: Mapping[str, str]) -> str:
    """`titles`: the mails' subjects by their names."""
    kind = kind_of(row)
    value = row.get(kind)
    if kind == "mail":
        return titles.get(str(value)) or str(value)
    if kind == "wait" and not isinstance(value, Mapping):
        return f"Wait {span_words(value)}"
    if kind == "branch":
        arms = ways(row)
        return f"{arms[0].get('label', 'Which way')}?" if arms else "Which way?"
    return KINDS.get(kind, "A step that does nothing yet")


def sentence_of(row: Row, before: str, hours: str) -> str:
    """`before`: what stands before it; `hours`: when mails may leave."""
    kind = kind_of(row)
    value = row.get(kind)
    match kind:
        case "mail":
            return _mail(row, before, hours)
        case "wait":
            return _wait(value)
        case "branch":
            within = value.get("within") if isinstance(value, Mapping) else None
            limit = f"Waits up to {span_words(within)} for it" if within else "Looks at once"
            return f"{limit}, then goes the way that fits"
        case "split":
            return "Each person goes one way by chance, and stays on it"
        case "set" if isinstance(value, Mapping):
            return f"Sets “{value.get('field', '')}” to “{value.get('to', '')}”"
        case "score":
            return f"Adds {value} points"
        case "end":
            return "Whoever comes here is through"
        case "jump":
            return f"Goes back to “{value}”, at most {count(int(row.get('at_most', 3)), 'time')}"
        case "":
            return "Delete it, or give it a setting in its text"
    said = {"tag": "Adds the tag", "untag": "Takes the tag away:", "tell": "Tells the staff:", "forget": "Forgets"}
    said |= {"call_hook": "Calls", "enter": "Brings them into", "leave": "Takes them out of"}
    return f"{said.get(kind, '')} “{value}”"


def when_words(when: Any) -> str:
    """The short form of the conditions that the editor offers; else empty."""
    if not isinstance(when, Mapping) or len(when) != 1:
        return ""
    kind, value = next(iter(when.items()))
    if kind in ("clicked", "answered"):
        return deed_words(kind, str(value))
    return f"has the tag “{value}”" if kind == "tag" else deed_words(str(value)) if kind == "did" else ""


def _mail(row: Row, before: str, hours: str) -> str:
    for word in ("before", "after", "on"):
        anchor = row.get(word)
        if isinstance(anchor, Mapping) and len(anchor) == 1:
            what, span = next(iter(anchor.items()))
            date = "the visit" if what == "appointment" else f"“{what}”"
            return f"Send {span_words(span)} {word} {date}"
    if row.get("at_once"):
        return f"Send at once{'' if not row.get('delay') else ', ' + span_words(row['delay']) + ' after ' + before}"
    when = f"{span_words(row['delay'])} after {before}" if row.get("delay") else f"right after {before}"
    return f"Send {when}, {hours}" if hours else f"Send {when}"


def _wait(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "Then the next step"
    told = [f"until {value['until']}"] if isinstance(value.get("until"), str) else []
    if "for" in value:
        told.append(f"for something to happen, at most {span_words(value.get('at_most', ''))}")
    for word in ("before", "after", "until"):
        if isinstance(value.get(word), Mapping):
            told += [f"until {span_words(span)} {word} “{what}”" for what, span in value[word].items()]
    if "delay" in value:
        told.insert(0, span_words(value["delay"]))
    return f"Waits {', then '.join(told)}" if told else "Waits for nothing: give it a length"
