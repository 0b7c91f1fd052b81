"""The locks: every package with its hash, no address, and the tests run on what a clinic gets."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", "requirements-uv.txt")


def pins(lock: str) -> dict[str, str]:
    """name: version"""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def asked(source: str) -> set[str]:
    lines = (ROOT / source).read_text().splitlines()
    names = (re.match(r"[a-z0-9._-]+", line) for line in lines)
    return {name[0].replace(".", "-") for name in names if name and not name[0].startswith("-")}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_with_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(lock)) > 0
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", (ROOT / lock).read_text())


@pytest.mark.parametrize(("source", "lock"), [(lock.replace(".txt", ".in"), lock) for lock in LOCKS])
def test_what_is_asked_for_is_locked(source: str, lock: str) -> None:
    assert asked(source) - set(pins(lock)) == set()


def test_the_tests_run_on_the_versions_that_a_clinic_gets() -> None:
    runtime = pins("requirements.txt")
    tested = pins("requirements-dev.txt")
    assert {name: tested.get(name) for name in runtime} == runtime


def test_front_end_packages_are_locked_by_content_and_name_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_front_end_versions_are_exact() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    for version in (wanted["dependencies"] | wanted["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
