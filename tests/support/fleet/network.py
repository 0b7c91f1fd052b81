"""A machine for each worker, as far as the network goes: a namespace with a cable to a switch, where that may be."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from itertools import count

LOOPBACK = "127.0.0.1"
_numbers = count(1)


@dataclass
class Network:
    """`host`: the address at which the workers reach this process's side."""

    host: str = LOOPBACK
    name: str = ""
    rooms: list[str] = field(default_factory=list)

    @property
    def separate(self) -> bool:
        return bool(self.name)

    def machine(self) -> list[str]:
        """What a command begins with to run on a machine of its own."""
        if not self.separate:
            return []
        number = len(self.rooms) + 2
        room = f"{self.name}-{number}"
        self.rooms.append(room)
        near, far = f"{self.name}n{number}", f"{self.name}f{number}"
        _ip("netns", "add", room)
        _ip("link", "add", near, "type", "veth", "peer", "name", far)
        _ip("link", "set", near, "master", self.name, "up")
        _ip("link", "set", far, "netns", room)
        inside = ("netns", "exec", room, "ip")
        _ip(*inside, "addr", "add", f"{self.host.rpartition('.')[0]}.{number}/24", "dev", far)
        _ip(*inside, "link", "set", far, "up")
        _ip(*inside, "link", "set", "lo", "up")
        return ["ip", "netns", "exec", room]

    def cut(self, place: int) -> None:
        """Pulls the cable of the machine that was made at this place."""
        _ip("link", "set", f"{self.name}n{place + 2}", "down")

    def close(self) -> None:
        for room in self.rooms:
            subprocess.run(["ip", "netns", "del", room], check=False, capture_output=True)
        if self.separate:
            subprocess.run(["ip", "link", "del", self.name], check=False, capture_output=True)


def network() -> Network:
    """With a namespace a machine where this process may make them, else all on loopback."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return Network()
    number = next(_numbers)
    name, host = (
        f"mf{os.getpid() % 10**6}{number}",
        f"10.{200 + os.getpid() % 50}.{(os.getpid() // 50 + number) % 250}.1",
    )
    made = Network(host, name)
    try:
        _ip("link", "add", name, "type", "bridge")
        _ip("addr", "add", f"{host}/24", "dev", name)
        _ip("link", "set", name, "up")
    except subprocess.CalledProcessError:
        made.close()
        return Network()
    return made


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
