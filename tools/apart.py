"""Test files in processes of their own, several at once: whatever hangs in one, it is ended, and the run goes on.

pytest-xdist's `loadfile` waits for ever once a worker has died late in a run; a browser that hangs makes one die.
"""

import os
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

LONGEST = 4 * 3600 if os.environ.get("MERIDIAN_LONG") == "1" else 900  # seconds a process may take
LAST_LINES = 120
SHARES = 2  # files a process, about: starting the demo's clinic and a browser takes some seconds


@dataclass(frozen=True)
class Ran:
    """What became of one process. `cases` is None where it was ended before it could report."""

    code: int
    output: str
    seconds: float
    cases: list[ET.Element] | None


def apart(command: Sequence[str], files: Sequence[Path], root: Path, hands: int) -> tuple[list[ET.Element], list[str]]:
    """The reported tests of all files, and in words the processes that told of no failed test and yet failed.

    One that hung says where and is run once more: a browser that stood still is no fault of ours, twice it may be.
    """
    cases: list[ET.Element] = []
    without: list[str] = []
    many = max(1, -(-len(files) // SHARES))
    parts = [[str(file.relative_to(root)) for file in files[first::many]] for first in range(many)]
    with ThreadPoolExecutor(hands) as pool:
        for part, run in [(part, pool.submit(_run_again_if_hung, command, part, root)) for part in parts]:
            ran = run.result()
            told = _tell(", ".join(part), ran)
            cases += ran.cases or []
            if told:
                without.append(told)
    return cases, without


def _run_again_if_hung(command: Sequence[str], part: Sequence[str], root: Path) -> Ran:
    ran = _run(command, part, root)
    if ran.cases is not None:
        return ran
    print(f"{_last(ran.output)}\n{', '.join(part)} hung or died after {ran.seconds:.0f} s; once more", flush=True)
    return _run(command, part, root)


def _run(command: Sequence[str], part: Sequence[str], root: Path) -> Ran:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "report.xml", Path(folder) / "log"
        with log.open("wb") as out:
            # A session of its own: its browsers end with it.
            process = subprocess.Popen(
                [*command, f"--junitxml={report}", *part], cwd=root, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                code = process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                code = -signal.SIGKILL
            _end_all(process)
        cases = ET.parse(report).getroot().findall(".//testcase") if report.exists() else None
        return Ran(code, log.read_text(errors="replace"), time.monotonic() - began, cases)


def _end_all(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def _tell(part: str, ran: Ran) -> str | None:
    """Prints a line, or all where something went wrong; returns what no test's own report says."""
    if ran.code == 0 and ran.cases:
        print(f"{part}: {len(ran.cases)} passed, {ran.seconds:.0f} s", flush=True)
        return None
    print(f"{_last(ran.output)}\n{part}: pytest ended with {ran.code}", flush=True)
    failed = any(case.find("failure") is not None or case.find("error") is not None for case in ran.cases or [])
    return None if failed else f"{part}: pytest ended with {ran.code} and no failed test"


def _last(output: str) -> str:
    return "\n".join(output.splitlines()[-LAST_LINES:])
