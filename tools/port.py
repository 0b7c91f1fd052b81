"""Say so, and what to type, when the port is taken: python tools/port.py PORT"""

import socket
import sys


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def main(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        print(f"PORT is '{text}'; it must be a number from 1 to 65535", file=sys.stderr)
        return 1
    port = int(text)
    if is_free(port):
        return 0
    other = next((p for p in range(port + 1, min(port + 100, 65536)) if is_free(p)), None)
    hint = f"; PORT={other} ./run" if other else ""
    print(f"port {port} is taken{hint}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
