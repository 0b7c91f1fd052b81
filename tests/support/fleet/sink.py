"""SendGrid's Mail Send in a process of its own, as fast as it can: sink ADDRESS LEDGER DELAY

Each request that it took is one line of the ledger, written before the answer leaves: who sent it, and the refs."""

from __future__ import annotations

import asyncio
import os
import sys

import orjson

ANSWER = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: %d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

NO_SUCH_PLAN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Sink:
    def __init__(self, ledger: str, delay: float) -> None:
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._delay = delay
        self._taken = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                named = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head.split("\r\n"))
                }
                body = await reader.readexactly(int(named["content-length"]))
                if not head.startswith("POST /v3/mail/send "):
                    writer.write(NO_SUCH_PLAN)  # Email Logs are for other plans
                    break
                self._take(named.get("authorization", "").removeprefix("Bearer "), body)
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(ANSWER % self._taken)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _take(self, key: str, body: bytes) -> None:
        """A request counts as taken once it is here whole."""
        refs = [person["custom_args"]["meridian_ref"] for person in orjson.loads(body)["personalizations"]]
        self._taken += 1
        os.write(self._ledger, f"{key} {' '.join(refs)}\n".encode())


async def main(address: str, ledger: str, delay: str) -> None:
    sink = Sink(ledger, float(delay))
    server = await asyncio.start_server(sink.serve, address, 0, limit=64 * 1024 * 1024, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
