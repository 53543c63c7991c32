"""Check, without a network, that the lock files are those of pyproject.toml and package.json."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
DIRECT = re.compile(r"^(?:    # via |    #   )lanyard \(pyproject\.toml", re.MULTILINE)


def main() -> int:
    """Print each disagreement; the exit status says whether there was one."""
    project = tomllib.loads(Path("pyproject.toml").read_text())
    groups = project["dependency-groups"]
    runtime = project["project"]["dependencies"] + groups["build"]
    runtime += project["project"]["optional-dependencies"]["department-app"]
    faults = [
        *_python_faults(Path("requirements.lock"), runtime),
        *_python_faults(Path("requirements-dev.lock"), runtime + groups["dev"]),
        *_version_faults(),
        *_node_faults(),
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print("`make lock` writes the lock files anew.", file=sys.stderr)
    return 1 if faults else 0


def _python_faults(lock: Path, declared: list[str]) -> Iterator[str]:
    """What is declared but not locked, locked in a version that was not declared, or no longer declared."""
    pins, direct = _read(lock)
    requirements = {canonicalize_name(r.name): r for r in map(Requirement, declared)}
    for name, requirement in requirements.items():
        if name not in pins:
            yield f"{lock}: {name} is missing."
        elif not any(requirement.specifier.contains(version, prereleases=True) for version in pins[name]):
            yield f"{lock}: {name} {', '.join(map(str, pins[name]))} is not {requirement.specifier}."
    for name in sorted(direct - set(requirements)):
        yield f"{lock}: {name} is locked for pyproject.toml, which does not name it."


def _version_faults() -> Iterator[str]:
    """Where tests would run with another version than people do."""
    runtime, _ = _read(Path("requirements.lock"))
    tested, _ = _read(Path("requirements-dev.lock"))
    for name, versions in runtime.items():
        if tested.get(name) != versions:
            yield f"requirements-dev.lock: {name} differs from requirements.lock."


def _node_faults() -> Iterator[str]:
    declared = json.loads(Path("package.json").read_text())["devDependencies"]
    packages = json.loads(Path("package-lock.json").read_text())["packages"]
    if packages[""].get("devDependencies") != declared:
        yield "package-lock.json is not of this package.json."
    if any("resolved" in package for package in packages.values()):
        yield "package-lock.json names the servers that its packages came from."


def _read(lock: Path) -> tuple[dict[str, list[Version]], set[str]]:
    """The versions pinned for each package (several where they differ by platform), and the direct ones."""
    pins: dict[str, list[Version]] = {}
    direct = set()
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text()):
        if pin := PIN.match(entry):
            name = canonicalize_name(pin[1])
            pins.setdefault(name, []).append(Version(pin[2]))
            if DIRECT.search(entry):
                direct.add(name)
    return pins, direct


if __name__ == "__main__":
    sys.exit(main())
