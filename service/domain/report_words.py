"""What a report's table says, in one sentence: the title over it."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.charts import FEW


def part_words(part: int, whole: int) -> str:
    """34 %; of few: too few to tell: 3 of 11"""
    if not whole:
        return ""
    return f"{round(100 * part / whole)} %" if whole >= FEW else f"{part} of {whole}"


def most_words(rows: Sequence[tuple[str, int]], said: str, nobody: str) -> str:
    """Most booked after “Evidence”: 12 of 31. `said` has a place for the name."""
    whole = sum(number for _name, number in rows)
    if not whole:
        return nobody
    name, most = max(rows, key=lambda row: row[1])
    if sum(number == most for _name, number in rows) > 1:
        return f"Nothing stands out: {most} each at the most, {whole} in all"
    told = f"{said.format(name=name)}: {most} of {whole}"
    return told if whole >= FEW // 3 else f"{told}, too few to tell"


def best_share_words(rows: Sequence[tuple[str, int, int]], verb: str, nobody: str) -> str:
    """The website form brings most who booked: 12 of 80. Rows are name, people and how many of them did it; of shares
    it speaks only where each is of enough people."""
    enough = [row for row in rows if row[1] >= FEW]
    whole, done = sum(row[1] for row in rows), sum(row[2] for row in rows)
    if not whole:
        return nobody
    if len(enough) < 2 or done < FEW // 3:
        return f"Too few to compare: {done} of {whole} {verb}" if len(rows) > 1 else f"{done} of {whole} {verb}"
    name, people, part = max(enough, key=lambda row: row[2] / row[1])
    return f"{name}: {round(100 * part / people)} % {verb}, the largest share"


def change_words(now: int, before: int) -> str:
    """up 4; down 3; the same"""
    if now == before:
        return "the same"
    return f"up {now - before:,}" if now > before else f"down {before - now:,}"
