"""A Postfix of its own, on loopback: its queue goes when it goes, and all it takes is passed on to another relay."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DAEMONS = Path("/usr/lib/postfix/sbin")
COMMANDS = Path("/usr/sbin")
INSTALLED = os.geteuid() == 0 and (COMMANDS / "postfix").exists() and (DAEMONS / "smtpd").exists()

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = {commands}
daemon_directory = {daemons}
maillog_file = {home}/log/postfix.log
maillog_file_prefixes = {home}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
relayhost = [127.0.0.1]:{onward}
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = {pem}
smtpd_tls_key_file = {pem}
default_destination_concurrency_limit = 4
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
retry unix - - n - - error
error unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


@contextmanager
def postfix(onward: int, pem: Path) -> Iterator[int]:
    """Its port. `onward`: the port on loopback that gets the mail; `pem`: its key and certificate for STARTTLS."""
    home = Path(tempfile.mkdtemp(prefix="meridian-postfix-"))
    port = _free_port()
    try:
        home.chmod(0o755)  # its processes run as another user
        for name in ("conf", "queue", "log", "data"):
            (home / name).mkdir()
        shutil.chown(home / "data", "postfix")
        shutil.copy(pem, home / "relay.pem")
        texts = {"home": home, "commands": COMMANDS, "daemons": DAEMONS, "onward": onward, "port": port}
        (home / "conf" / "main.cf").write_text(_MAIN.format(**texts, pem=home / "relay.pem"))
        (home / "conf" / "master.cf").write_text(_MASTER.format(**texts))
        _postfix(home, "start")
        try:
            yield port
        finally:
            _postfix(home, "stop")
    finally:
        shutil.rmtree(home)


def _postfix(home: Path, verb: str) -> None:
    done = subprocess.run(
        [COMMANDS / "postfix", "-c", home / "conf", verb], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr + (home / "log" / "postfix.log").read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
