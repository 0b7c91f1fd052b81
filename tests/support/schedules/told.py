"""The ledgers of many processes, added up for the end of a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

import pytest


def ledger_lines(reports: Iterable[pytest.TestReport]) -> list[str]:
    """A part for each database; nothing where no schedule was played."""
    found = [value for report in reports for name, value in report.user_properties if name == "ledger"]
    if not found:
        return []
    from tests.support.schedules.judge import Ledger  # loads the service, which most runs' first process never needs

    totals: defaultdict[str, Ledger] = defaultdict(Ledger)
    for value in found:
        for dialect, counts in json.loads(str(value)).items():
            totals[dialect].add(Ledger.from_dict(counts))
    lines = []
    for dialect, total in sorted(totals.items()):
        first, *rest = total.lines()
        lines += [f"ledger of {dialect}: {first}", *(f"  {line}" for line in rest)]
    return lines
