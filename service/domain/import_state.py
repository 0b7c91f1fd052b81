"""How far a list of people has come, from the file to the leads."""

from __future__ import annotations

from enum import StrEnum

from service.domain.timing import DAY

UNDO_FOR = DAY


class ImportState(StrEnum):
    """`mapping`: somebody is to say what the columns mean. `looking`: each row's fate is worked out. `looked`: it is
    shown, nothing has changed. `running`: the rows are taken. `gone`: the file was let go of before its end."""

    MAPPING = "mapping"
    LOOKING = "looking"
    LOOKED = "looked"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    GONE = "gone"


GOING = (ImportState.LOOKING, ImportState.RUNNING, ImportState.UNDOING)
OPEN = (ImportState.MAPPING, ImportState.LOOKING, ImportState.LOOKED)  # nothing has changed yet
