"""One parent for the web server and the worker: it starts them, passes signals on, and stops all when one stops."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

DRAIN_SECONDS = 30.0
_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCHED = (*_STOP, signal.SIGCHLD)
_LOOK_SECONDS = 0.2
_ASK_AGAIN_SECONDS = 3.0
_PR_SET_PDEATHSIG = 1

Children = dict[str, "subprocess.Popen[bytes]"]


def say(line: str) -> None:
    """One line to the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    drain_seconds: float = DRAIN_SECONDS,
    until_ready: Callable[[], bool] = lambda: True,
    say: Callable[[str], None] = say,
) -> int:
    """Run every command until a signal asks to stop or one ends by itself; gives the exit code.

    0: asked to stop, and all did in time. 1: one ended by itself, did not start or had to be killed (`say` names it).
    A second Ctrl-C kills at once. `until_ready` is called a few times a second until it says True.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    children: Children = {}
    try:
        for name, command in commands.items():
            children[name] = _start(command, before)
        ended = _watch(children, until_ready)
        for name in ended:
            say(f"the {name} ended by itself ({_how(children[name])}); stopping the rest")
        killed = _drain(children, drain_seconds)
        for name in killed:
            say(f"the {name} did not stop in time and was killed")
        return 1 if ended or killed else 0
    except OSError as error:
        say(f"could not start: {error}")
        return 1
    finally:
        _kill(children)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(command: Sequence[str], mask: Iterable[int]) -> "subprocess.Popen[bytes]":
    """A child in a session of its own, so that Ctrl-C reaches it through the parent only, once."""
    linux = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for stop in _STOP:
            signal.signal(stop, signal.SIG_DFL)  # a shell's background job starts with SIGINT ignored
        if linux is not None:
            linux.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # no orphans when the parent is killed

    # preexec_fn is safe here: the parent has one thread
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509
    )


def _watch(children: Children, until_ready: Callable[[], bool]) -> list[str]:
    """Wait for a signal to stop (gives nothing) or for children that ended (gives their names)."""
    ready = False
    while True:
        got = signal.sigtimedwait(_WATCHED, _LOOK_SECONDS) if not ready else signal.sigwaitinfo(_WATCHED)
        if got is not None and got.si_signo in _STOP:
            return []
        ended = [name for name, child in children.items() if child.poll() is not None]
        if ended:
            return ended
        ready = ready or until_ready()


def _drain(children: Children, seconds: float) -> list[str]:
    """Ask all to stop and wait; gives the names of those that had to be killed."""
    _terminate(children)
    deadline = time.monotonic() + seconds
    while any(child.poll() is None for child in children.values()):
        left = deadline - time.monotonic()
        got = signal.sigtimedwait(_WATCHED, min(left, _ASK_AGAIN_SECONDS)) if left > 0 else None
        if left <= 0 or (got is not None and got.si_signo in _STOP):
            return _kill(children)
        if got is None:
            # A server that was still starting may have lost the first request.
            _terminate(children)
    _sweep(children)
    return []


def _terminate(children: Children) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()


def _kill(children: Children) -> list[str]:
    alive = [name for name, child in children.items() if child.poll() is None]
    for name in alive:
        children[name].kill()
        children[name].wait()
    _sweep(children)
    return alive


def _sweep(children: Children) -> None:
    """Nothing of a child's session outlives it: a server's own worker would keep the port."""
    for child in children.values():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _how(child: "subprocess.Popen[bytes]") -> str:
    code = child.returncode
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
