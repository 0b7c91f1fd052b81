"""python -m bench idle [--json] [--small N] [--large N] [--url postgresql://…]"""

from __future__ import annotations

import argparse
import json
import sys

from bench import decide, idle


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    which = parser.add_subparsers(dest="which", required=True)
    one = which.add_parser("idle", help="an idle tick with few and with many enrolled leads, none due")
    one.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    one.add_argument("--small", type=int, default=1_000)
    one.add_argument("--large", type=int, default=1_000_000)
    one.add_argument("--rounds", type=int, default=60)
    one.add_argument("--url", help="a PostgreSQL server on which two databases may be made")
    two = which.add_parser("decide", help="one decision of the engine, in a batch")
    two.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    two.add_argument("--leads", type=int, default=100_000)
    two.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    if asked.which == "decide":
        found, said = decide.run(asked.leads, asked.rounds), decide.words
    else:
        found, said = idle.run(asked.small, asked.large, asked.rounds, asked.url), idle.words
    if asked.json:
        print(json.dumps(found, indent=2))
    else:
        for line in said(found):
            print(line)
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
