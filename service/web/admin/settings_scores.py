"""Settings: what scores are made of: points for what people do, and how fast they fade."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from service.content.condition_table import ANSWERS, CLICKS
from service.domain.condition_words import deed_words
from service.domain.conditions import number
from service.domain.right import Right
from service.domain.scoring import LONGEST_HALF_LIFE, MOST_POINTS, SCORED_DEEDS, STAGES, Rule
from service.storage import clinics, scores
from service.usecases.change_scoring import change_half_life, change_rules
from service.web.admin.desk import blueprint, here
from service.web.admin.rights import need
from service.web.admin.settings import Given, loads, saved, show

PART = "scores"
SPARE, MOST_RULES = 2, 40
ANEW = "Every score is made anew from what people did, within minutes."
Typed = list[tuple[str, str]]  # deed, with : and a link; points as typed


@blueprint.post("/settings/scores/rules")
@need(Right.SETTINGS)
def save_rules() -> ResponseReturnValue:
    typed = list(zip(request.form.getlist("deed"), request.form.getlist("points"), strict=False))[:MOST_RULES]
    rules, faults = _rules(typed)
    if not faults:
        try:
            changed = change_rules(here().kit, here().clinic.id, here().user.id, rules)
        except ValueError as fault:
            faults = {"rules": f"{str(fault)[:1].upper()}{str(fault)[1:]}."}
        else:
            return saved(PART, f"Saved. {ANEW}" if changed else "Nothing was different, so nothing was changed.")
    return show(PART, faults=faults, given={"rules": typed}, edited="rules"), 422


@blueprint.post("/settings/scores/half-life")
@need(Right.SETTINGS)
def save_half_life() -> ResponseReturnValue:
    text = request.form.get("days", "").strip()
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    try:
        changed = change_half_life(here().kit, here().clinic.id, here().user.id, days)
    except ValueError:
        fault = f"Give a whole number of days, from 1 to {LONGEST_HALF_LIFE}."
        return show(PART, faults={"days": fault}, given={"days": text}, edited="half-life"), 422
    return saved(PART, f"Saved. {ANEW}" if changed else "Nothing was different, so nothing was changed.")


@loads(PART)
def _scores(given: Given) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        stored = [row.rule for row in scores.rules_of(conn, [desk.clinic.id])[desk.clinic.id]]
        half_life = clinics.get(conn, desk.clinic.id).score_half_life
    typed: Any = given.get("rules") or [(_key(rule), f"{rule.points:g}") for rule in stored]
    written = [each for each in typed if any(each)]
    return {
        "rules": written + [("", "")] * SPARE,
        "deeds": _deeds({deed for deed, _points in written}),
        "half_life": given.get("days", str(half_life)),
        "stages": STAGES,
    }


def _rules(typed: Typed) -> tuple[list[Rule], dict[str, str]]:
    """Rows without a deed are left out; one without points takes its rule away."""
    rules: list[Rule] = []
    faults: dict[str, str] = {}
    for place, (key, text) in enumerate(typed):
        if not key or not text.strip():
            if text.strip():
                faults[f"row-{place}"] = "Choose what the points are for."
            continue
        points = number(text)
        deed, _, link = key.partition(":")
        if points is None or not points or abs(points) > MOST_POINTS:
            faults[f"row-{place}"] = f"Give a number from -{MOST_POINTS} to {MOST_POINTS}, not 0."
            continue
        rules.append(Rule(deed, points, link or None))
    seen: set[tuple[str, str | None]] = set()
    for rule in rules:
        if (rule.deed, rule.link) in seen:
            faults["rules"] = f"“{deed_words(rule.deed, rule.link)}” stands here twice: keep one."
        seen.add((rule.deed, rule.link))
    return rules, faults


def _key(rule: Rule) -> str:
    return f"{rule.deed}:{rule.link}" if rule.link else rule.deed


def _deeds(standing: set[str]) -> list[tuple[str, str]]:
    keys = [f"clicked:{link}" for link in CLICKS] + ["clicked"]
    keys += [f"answered:{answer}" for answer in ANSWERS] + ["answered"]
    keys += [deed for deed in SCORED_DEEDS if deed not in ("clicked", "answered")]
    keys += sorted(key for key in standing if key and key not in keys)
    return [(key, deed_words(*key.split(":", 1)) + (", any" if key in ("clicked", "answered") else "")) for key in keys]
