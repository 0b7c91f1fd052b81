"""Taking the file: it is read once, kept as it is, and its columns are guessed. Nothing of it counts yet."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.import_columns import Part, fault_of, propose, tool_of
from service.domain.import_row import Plan
from service.domain.import_state import OPEN, ImportState
from service.domain.signup import clean
from service.domain.table_file import decoded, read_table
from service.domain.timing import DAY
from service.storage import audits, import_rows, lead_imports, sources
from service.storage.lead_imports import ImportRow
from service.usecases.kit import Kit

NAME_LONGEST, WORDING_LONGEST = 80, 1_000
NO_WORDING = "Write the words that these people agreed to. They stand in each one’s consent."
NO_DATE = "Say when they agreed. Where the file gives a date for each, that one counts."
LATER = "That day is yet to come."
TICK = "Tick that everybody in the file agreed to these mails, or choose a column that says so."


def take_list(kit: Kit, clinic_id: int, user_id: int | None, name: str, body: bytes) -> int:
    """The import's id. Raises NotATable, with what to do."""
    table = read_table(body)
    mapping = {str(column): part.value for column, part in propose(table.heads).items()}
    values = {
        "name": clean(name, NAME_LONGEST) or "a list",
        "tool": tool_of(table.heads),
        "body": decoded(body).encode(),
        "mapping": mapping,
        "total": len(table.rows),
    }
    with kit.db.write() as conn:
        return lead_imports.add(conn, clinic_id, user_id, kit.clock(), values)


def explain(kit: Kit, import_id: int, plan: Plan) -> dict[str, str]:
    """What the columns mean, and how everybody agreed: gives what is wrong, by field; when nothing is, each row's fate
    is worked out next. What was worked out before is done anew."""
    faults = faults_of(plan, kit.clock())
    if faults:
        return faults
    with kit.db.write() as conn:
        row = lead_imports.hold(conn, import_id, *OPEN)
        if row is not None:
            import_rows.forget(conn, import_id)
            said = {
                "mapping": {str(column): part.value for column, part in plan.mapping.items()},
                "wording": plan.wording,
                "agreed_at": plan.agreed_at,
                "for_all": plan.for_all,
            }
            lead_imports.change(conn, import_id, {**said, "state": ImportState.LOOKING, "reached": 0, "counts": {}})
    return {}


def faults_of(plan: Plan, now: int) -> dict[str, str]:
    faults: dict[str, str] = {}
    if fault := fault_of(plan.mapping):
        faults["columns"] = fault
    stops_only = not plan.wording and not plan.for_all and not plan.by_column and _stops(plan.mapping)
    if stops_only:
        return faults
    if not plan.by_column and not plan.for_all:
        faults["for_all"] = TICK
    if not plan.wording.strip():
        faults["wording"] = NO_WORDING
    if plan.agreed_at is None and Part.CONSENT_AT not in plan.mapping.values():
        faults["agreed"] = NO_DATE
    if plan.agreed_at is not None and plan.agreed_at > now + DAY:
        faults["agreed"] = LATER
    return faults


def plan_of(row: ImportRow) -> Plan:
    mapping = {int(column): Part(part) for column, part in row.mapping.items()}
    return Plan(mapping, row.wording, row.agreed_at, row.for_all)


def begin(kit: Kit, import_id: int, user_id: int | None) -> bool:
    """From here on the rows are taken. False when it is not there to be begun."""
    with kit.db.write() as conn:
        row = lead_imports.hold(conn, import_id, ImportState.LOOKED)
        if row is None:
            return False
        now = kit.clock()
        source_id = sources.add_list(conn, row.clinic_id, f"List “{row.name}”", row.wording, f"list-{import_id}", now)
        begun = {"state": ImportState.RUNNING, "reached": 0, "source_id": source_id}
        lead_imports.change(conn, import_id, begun)
        told = {"rows": row.total, "for_all": row.for_all}
        audits.record(conn, row.clinic_id, user_id, now, "list of people taken in", str(import_id), told)
    return True


def change_columns(kit: Kit, import_id: int) -> None:
    """Back to what the columns mean; what was worked out is forgotten."""
    with kit.db.write() as conn:
        if lead_imports.hold(conn, import_id, ImportState.LOOKING, ImportState.LOOKED) is not None:
            import_rows.forget(conn, import_id)
            lead_imports.change(conn, import_id, {"state": ImportState.MAPPING, "reached": 0, "counts": {}})


def drop_list(kit: Kit, import_id: int) -> bool:
    """The file and all that was worked out of it. False once its rows were begun with."""
    with kit.db.write() as conn:
        if lead_imports.hold(conn, import_id, *OPEN, ImportState.GONE) is None:
            return False
        lead_imports.drop(conn, import_id)
    return True


def _stops(mapping: Mapping[int, Part]) -> bool:
    """A list of those who unsubscribed or bounced elsewhere needs nobody's consent."""
    return any(part in (Part.UNSUBSCRIBED, Part.BOUNCED, Part.COMPLAINED) for part in mapping.values())
