"""Every check and every test, in the order in which they tell most soonest: python tools/check.py

Goes on after a part that failed, names what failed, and ends with one line of counts. A skipped test counts as failed.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from apart import apart

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DOMAIN_SECONDS = 5
SLOWEST = 30
# Seconds; a test that hangs is one failure that names itself, with its stack, and the run goes on.
HANGS_AFTER = 3600 if os.environ.get("MERIDIAN_LONG") == "1" else 300
# Twice the processors: databases, workers and browsers leave them idle while they wait for the disk.
HANDS = min(2 * (os.cpu_count() or 1), 8)


@dataclass(frozen=True)
class Result:
    """What one part found; `names` are the failures in words."""

    passed: int
    failed: int
    names: tuple[str, ...] = ()


def main() -> int:
    began = time.monotonic()
    results = [
        check("ruff check", "ruff", "check", "."),
        check("ruff format", "ruff", "format", "--check", "--quiet", "."),
        check("mypy --strict", "mypy"),
        check("floors", "lint-imports", "--no-logo"),
        pytest("domain", "tests/domain", *parallel(), within=DOMAIN_SECONDS),
        pytest("everything else", "tests", "--ignore=tests/domain", "--ignore=tests/browser", *parallel()),
        browser(),
    ]
    failures = [name for result in results for name in result.names]
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    print(f"\n{time.monotonic() - began:.0f} s in all")
    for name in failures:
        print(f"FAILED {name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def check(title: str, program: str, *arguments: str) -> Result:
    """One tool over the whole tree; its exit code is the verdict."""
    announce(title)
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, check=False)
    return Result(1, 0) if done.returncode == 0 else Result(0, 1, (title,))


def pytest(title: str, *arguments: str, within: float | None = None) -> Result:
    """One run of pytest, counted from its own report. `within`: the seconds it is meant to take."""
    announce(f"tests: {title}")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        told = ["-q", f"--junitxml={report}", "--durations=5", *hanging()]
        command = [BIN / "python", "-m", "pytest", *told, *arguments]
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, check=False)
        seconds = time.monotonic() - began
        if not report.exists():
            return Result(0, 1, (f"{title}: pytest ended with {done.returncode} and no report",))
        cases = ET.parse(report).getroot().findall(".//testcase")
    if within is not None:
        # Said, not judged: a busy machine makes no rule wrong.
        print(f"{title}: {seconds:.1f} s; meant to stay under {within:.0f} s")
    return judged(title, cases, done.returncode)


def browser() -> Result:
    """The browser's tests in processes that can be ended, whatever hangs in them."""
    announce("tests: browser")
    command = [str(BIN / "python"), "-m", "pytest", "-q", "--continue-on-collection-errors", *hanging()]
    cases, without = apart(command, sorted((ROOT / "tests/browser").glob("test_*.py")), ROOT, HANDS)
    found = judged("browser", cases, 0)
    return Result(found.passed, found.failed + len(without), found.names + tuple(without))


def judged(title: str, cases: list[ET.Element], code: int) -> Result:
    """`code`: pytest's own verdict, for what no test's report tells."""
    bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = [case for case in cases if case.find("skipped") is not None]
    names = [f"{case.get('classname')}::{case.get('name')}" for case in bad]
    names += [f"{case.get('classname')}::{case.get('name')} (skipped)" for case in skipped]
    good = len(cases) - len(names)
    if code != 0 and not names:
        names.append(f"{title}: pytest ended with {code}")
    print_slowest(cases)
    return Result(good, len(names), tuple(names))


def print_slowest(cases: list[ET.Element]) -> None:
    """The files whose tests take longest, one hand's time summed: where a suite that grew slow can be cut."""
    seconds: Counter[str] = Counter()
    for case in cases:
        seconds[str(case.get("classname"))] += round(float(case.get("time") or 0) * 1000)
    listed = (f"{spent / 1000:.0f} s {name}" for name, spent in seconds.most_common(SLOWEST))
    print("slowest files: " + ", ".join(listed))


def parallel() -> list[str]:
    return ["-n", str(HANDS), "--dist", "worksteal"]


def hanging() -> list[str]:
    """By thread: a signal would not reach a test that waits inside a browser's or a database's own loop."""
    return [f"--timeout={HANGS_AFTER}", "--timeout-method=thread"]


def announce(title: str) -> None:
    print(f"\n--- {title}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
