"""Where a fault happened, without what it said: messages of drivers and parsers quote people's data."""

from __future__ import annotations

from types import TracebackType


def fault_place(fault: BaseException) -> str:
    """module:line, module:line … of the last three frames, outermost first."""
    return " ".join(list(_frames(fault.__traceback__))[-3:])


def _frames(trace: TracebackType | None) -> list[str]:
    frames = []
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames
