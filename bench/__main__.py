"""python -m bench idle|decide|segments|year [--json] …"""

from __future__ import annotations

import argparse
import json
import sys

from bench import decide, idle, segments, send, year


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
    three = which.add_parser("segments", help="counting segments over many leads")
    three.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    three.add_argument("--leads", type=int, default=1_000_000)
    three.add_argument("--rounds", type=int, default=3)
    three.add_argument("--url", help="a PostgreSQL server on which a database may be made")
    four = which.add_parser("year", help="a year of clinics and leads on a virtual clock, through the real use cases")
    four.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    four.add_argument("--clinics", type=int, default=20)
    four.add_argument("--leads", type=int, default=5_000, help="of each clinic")
    four.add_argument("--seed", type=int, default=7)
    four.add_argument("--folder", help="keep the SQLite database here")
    four.add_argument("--url", help="an empty database instead of SQLite")
    five = which.add_parser("send", help="from the due lead to the recorded answer, beside a limit loop and a peer")
    five.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    five.add_argument("--provider", choices=["sendgrid", "smtp"], default="sendgrid")
    five.add_argument(
        "--database", default="sqlite", help="sqlite, postgresql (a server of its own), or a server's URL"
    )
    five.add_argument("--leads", type=int, default=20_000)
    five.add_argument("--workers", type=int, default=1)
    five.add_argument("--rounds", type=int, default=3)
    five.add_argument("--latency", type=int, default=0, help="milliseconds that SendGrid takes for a request")
    five.add_argument("--no-peer", dest="peer", action="store_false", help="leave django-post_office out")
    asked = parser.parse_args(arguments)
    if asked.which == "send":
        found = send.run(
            asked.provider,
            asked.database,
            asked.leads,
            asked.workers,
            asked.rounds,
            asked.latency,
            asked.peer,
        )
        said = send.words
    elif asked.which == "year":
        found, said = year.run(asked.clinics, asked.leads, asked.seed, asked.folder, asked.url), year.words
    elif asked.which == "decide":
        found, said = decide.run(asked.leads, asked.rounds), decide.words
    elif asked.which == "segments":
        found, said = segments.run(asked.leads, asked.rounds, asked.url), segments.words
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
