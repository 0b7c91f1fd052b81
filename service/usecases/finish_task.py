"""Ticking off what the clinic's people were asked to do about a lead, and taking the tick back."""

from __future__ import annotations

from service.storage import audits, events, first_calls, leads, tasks
from service.storage.tasks import TaskRow
from service.storage.users import UserRow
from service.usecases.kit import Kit


def finish_task(kit: Kit, user: UserRow, task_id: int) -> TaskRow | None:
    """The task; None when the clinic has none such. Done twice is done once."""
    return _turn(kit, user, task_id, done=True)


def reopen_task(kit: Kit, user: UserRow, task_id: int) -> TaskRow | None:
    """It waits again, at its old place."""
    return _turn(kit, user, task_id, done=False)


def _turn(kit: Kit, user: UserRow, task_id: int, *, done: bool) -> TaskRow | None:
    now = kit.clock()
    with kit.db.write() as conn:
        task = tasks.find(conn, user.clinic_id, task_id)
        if task is None:
            return None
        if task.kind == "call":
            leads.lock(conn, task.lead_id)  # before its task, as whoever notes a call does
        if done:
            turned = tasks.finish(conn, user.clinic_id, task_id, user.id, now)
        else:
            turned = tasks.reopen(conn, user.clinic_id, task_id)
        if turned and task.kind == "call":
            if done:
                first_calls.keep(conn, task.lead_id, now)
            else:
                first_calls.find_anew(conn, task.lead_id)
        if turned:
            events.add(
                conn,
                clinic_id=user.clinic_id,
                lead_id=task.lead_id,
                at=now,
                kind="staff-done" if done else "staff-reopened",
                data={"task": task.kind, "by": user.name},
            )
            action = "task done" if done else "task reopened"
            audits.record(conn, user.clinic_id, user.id, now, action, str(task_id), {"kind": task.kind})
    return task
