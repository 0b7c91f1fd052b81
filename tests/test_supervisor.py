"""`python -m service up`: two children, stopped together, named when they fail."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Each child says that it is up, then waits for a signal; the drill asks for what is different.
CHILD = """
import os, signal, sys
say = lambda text: os.write(1, text.encode())  # one write a line: two children share the pipe
name, drill = sys.argv[1:]
if drill == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if drill == "drains":
    signal.signal(signal.SIGTERM, lambda *_: (say(f"{name} drained\\n"), sys.exit(0)))
say(f"{name} up\\n")
if drill == "dies":
    sys.exit(3)
while True:
    signal.pause()
"""
PARENT = """
import sys
from service.supervisor import supervise
child, web, worker, drain, *first = sys.argv[1:]
command = lambda name, drill: first or [sys.executable, "-c", child, name, drill]
sys.exit(supervise({"web": command("web", web), "worker": command("worker", worker)}, drain_seconds=float(drain)))
"""


@contextmanager
def supervisor(web: str, worker: str, *first: str, drain: float = 20) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", PARENT, CHILD, web, worker, str(drain), *first]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def both_up(parent: "subprocess.Popen[str]") -> None:
    assert parent.stdout is not None
    assert {parent.stdout.readline(), parent.stdout.readline()} == {"web up\n", "worker up\n"}


def rest(parent: "subprocess.Popen[str]") -> str:
    assert parent.stdout is not None
    return parent.stdout.read()


def test_sigterm_reaches_both_and_it_ends_well() -> None:
    with supervisor("drains", "drains") as parent:
        both_up(parent)
        parent.terminate()
        assert sorted(rest(parent).splitlines()) == ["web drained", "worker drained"]
        assert parent.wait() == 0


def test_ctrl_c_at_the_terminal_ends_both_once_and_quietly() -> None:
    with supervisor("drains", "drains") as parent:
        both_up(parent)
        os.killpg(parent.pid, signal.SIGINT)  # what a terminal does
        assert sorted(rest(parent).splitlines()) == ["web drained", "worker drained"]
        assert parent.wait() == 0


def test_a_child_that_ends_by_itself_is_named_and_the_other_is_stopped() -> None:
    with supervisor("drains", "dies") as parent:
        text = rest(parent)
        assert "the worker ended by itself (exit code 3); stopping the rest" in text
        assert parent.wait() == 1


def test_a_child_that_will_not_stop_is_killed_and_named() -> None:
    with supervisor("drains", "stubborn", drain=0.2) as parent:
        both_up(parent)
        parent.terminate()
        assert "the worker did not stop in time and was killed" in rest(parent)
        assert parent.wait() == 1


def test_a_second_ctrl_c_does_not_wait() -> None:
    with supervisor("drains", "stubborn", drain=600) as parent:
        both_up(parent)
        parent.send_signal(signal.SIGINT)
        assert parent.stdout is not None
        assert parent.stdout.readline() == "web drained\n"
        parent.send_signal(signal.SIGINT)
        assert "the worker did not stop in time and was killed" in rest(parent)
        assert parent.wait() == 1


def test_children_do_not_outlive_a_killed_parent() -> None:
    with supervisor("drains", "drains") as parent:
        both_up(parent)
        parent.kill()
        assert sorted(rest(parent).splitlines()) == ["web drained", "worker drained"]


def test_a_command_that_does_not_exist_is_said_plainly() -> None:
    with supervisor("drains", "drains", "/nonexistent/program") as parent:
        assert "could not start" in rest(parent)
        assert parent.wait() == 1
