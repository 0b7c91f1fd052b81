"""A bare Flask application behind the server that ours runs behind, set up in the same way."""

from __future__ import annotations

import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from bench.hands import ROOT


def main(target: str) -> None:
    Granian(
        target,
        address="127.0.0.1",
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        blocking_threads=4,
        backlog=1024,
        websockets=False,
        log_level=LogLevels.warning,
        working_dir=ROOT,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1])
