"""A definition as a campaign file: the desk's editor changes the definition, and this is what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service.content.condition_writer import condition_table
from service.content.span_writer import hour, span, weekdays
from service.content.step_writer import Row, step_rows
from service.content.yaml_line import Value, key_of, one_line
from service.domain.campaign import PATIENCE, Definition
from service.domain.entry import DateEntry, Entry, Reentry
from service.domain.timing import DAY, MINUTE, Delay, Window

# What each occasion's `what` is called in a file.
_WHAT = {"clicked": "link", "answered": "answer", "tag": "tag", "field": "field", "segment": "segment"}


def write_campaign(definition: Definition) -> str:
    """The file whose reading gives this definition again. Titles, topics and kinds stand in the mails. Raises
    ValueError for a step that no file spells."""
    lines = [f"{key}: {one_line(value)}" for key, value in _head(definition).items()]
    return "\n".join([*lines, "steps:", *row_list(step_rows(definition), "  ")]) + "\n"


def _head(definition: Definition) -> Row:
    head: Row = {"key": definition.key, "name": definition.name}
    if definition.family not in ("", definition.key):
        head["family"] = definition.family
    head |= {"priority": definition.priority, "entry": _entry(definition.entry), "goal": _goal(definition)}
    if definition.leave != "goal":
        head["leave"] = definition.leave
    if definition.matches is not None:
        head["while"] = condition_table(definition.matches)
    if not definition.reply_ends:
        head["reply"] = "stay"
    if definition.patience != PATIENCE:
        days, rest = divmod(definition.patience, DAY)
        head["patience"] = span(Delay(days, rest // MINUTE))
    if definition.window != Window():
        head["window"] = _window(definition.window)
    return head


def _goal(definition: Definition) -> Value:
    return definition.goal if definition.goal_when is None else {"when": condition_table(definition.goal_when)}


def _entry(entry: Entry) -> Row:
    told: Row = {
        "interest": sorted(entry.interests),
        "otherwise": entry.otherwise,
        "source": sorted(entry.sources),
        "utm": dict(entry.utm),
        _WHAT.get(entry.on, "what"): entry.what,
        "value": entry.value,
    }
    row: Row = {"on": entry.on, **{key: value for key, value in told.items() if value}}
    if entry.date:
        row["date"] = _date(entry.date)
    for key, condition in (("only", entry.only), ("never", entry.never)):
        if condition is not None:
            row[key] = condition_table(condition)
    if entry.reentry != Reentry():
        row["again"] = _again(entry.reentry)
    return row


def _date(date: DateEntry) -> Row:
    row: Row = {"field": date.field}
    if date.before or not date.delay.none:
        row["before" if date.before else "after"] = f"{date.delay.days}d"
    return row | {"at": hour(date.minute), "yearly": date.yearly}


def _again(rule: Reentry) -> Value:
    return "never" if rule.how == "never" else {"after" if rule.how == "after" else "each_time": f"{rule.days}d"}


def _window(window: Window) -> Row:
    row: Row = {
        "days": weekdays(window.days),
        "from": hour(window.opens),
        "to": hour(window.closes),
        "zone": window.zone,
    }
    if window.holidays:
        row["holidays"] = "send"
    if window.jitter:
        row["jitter"] = span(Delay(minutes=window.jitter))
    return row


def row_list(rows: Sequence[Value], indent: str) -> Iterator[str]:
    """A list, each row on one line where it holds no steps of its own."""
    for row in rows:
        if isinstance(row, Mapping) and _nests(row):
            lines = _table(row, f"{indent}  ")
            yield f"{indent}- {next(lines).strip()}"
            yield from lines
        else:
            yield f"{indent}- {one_line(row)}"


def _table(row: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, value in row.items():
        if not _nests(value):
            yield f"{indent}{key_of(key)}: {one_line(value)}"
            continue
        yield f"{indent}{key_of(key)}:"
        if isinstance(value, Mapping):
            yield from _table(value, f"{indent}  ")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from row_list(value, f"{indent}  ")


def _nests(value: Value) -> bool:
    """Whether steps stand inside, at any depth."""
    if isinstance(value, Mapping):
        return any(key in ("steps", "arms", "variants") or _nests(each) for key, each in value.items() if each)
    return isinstance(value, Sequence) and not isinstance(value, str) and any(map(_rowlike, value))


def _rowlike(value: Value) -> bool:
    return isinstance(value, Mapping) and ("key" in value or _nests(value))
