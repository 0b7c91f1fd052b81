"""The Chromium that is on this machine, for browser tests."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")

# No sandbox: tests run as root in containers, and open pages of our own server only.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def chromium() -> str:
    """Where it is: for `playwright.chromium.launch(executable_path=chromium(), args=FLAGS)`."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise RuntimeError("Chromium is missing: run ./test, which says what to type")
