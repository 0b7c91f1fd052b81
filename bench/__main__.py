"""python -m bench send|signup|events|idle|pages|start|decide|segments|year|table [--json] …"""

from __future__ import annotations

import argparse
import json
import sys

from bench.commands import COMMANDS


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    which = parser.add_subparsers(dest="which", required=True)
    for name, command in COMMANDS.items():
        one = which.add_parser(name, help=command.what)
        one.add_argument("--json", action="store_true", help="one JSON object, nothing else")
        for flag, how in command.options.items():
            one.add_argument(flag, **how)
    asked = vars(parser.parse_args(arguments))
    command, as_json = COMMANDS[asked.pop("which")], asked.pop("json")
    found = command.run(**asked)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        for line in command.words(found):
            print(line)
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
