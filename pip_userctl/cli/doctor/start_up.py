"""What runs at the start of Python, and what bears one of our names: ``.pth`` files, links to source folders, modules."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator

from pip_userctl import environment as process
from pip_userctl.cli.distributions import importable_names
from pip_userctl.cli.doctor.findings import ERROR, WARNING, Finding, Machine, entries
from pip_userctl.cli.doctor.shadowing import owner_of
from pip_userctl.installed import unique_directories

#: Our start-up module, our package, and what it needs.
_NAMES = ("_pip_userctl", "pip_userctl", "pluggy", "packaging")
# Before Python 3.15: "Error processing line 1 of /x/demo.pth:"; since: "Error in import line from /x/demo.pth: ...".
_FAILED = re.compile(r"^Error .*?(?:line (\d+) of|from) (.+?\.(?:pth|start)):", re.MULTILINE)


def find_failing(machine: Machine) -> Iterator[Finding]:
    """Start this Python once and read what it says of its ``.pth`` files, because nothing but running one shows it."""
    facts = machine.environment
    command = [facts.executable, *facts.python_flags, "-c", ""]
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).stderr
    except (OSError, subprocess.TimeoutExpired):
        return
    stderr = said.decode(errors="replace")
    _, *parts = _FAILED.split(stderr)
    # By path, because a virtual environment reads each file twice.
    failed = {path: (line, text) for line, path, text in zip(parts[::3], parts[1::3], parts[2::3])}
    for path, (line, text) in failed.items():
        errors = re.findall(r"^\s*(\w*(?:Error|Exception)\b.*)$", text, re.MULTILINE)
        what = f"fails at every start of this Python: {errors[-1] if errors else 'see python -c 0'}"
        yield Finding(ERROR, what, f"{path}:{line}" if line else path, f"rm {shlex.quote(path)}")


def find_broken(machine: Machine) -> Iterator[Finding]:
    """Files that are not UTF-8, and folders that are gone."""
    for place in unique_directories(process.library_folders(with_user_site=True)).values():
        for path in entries(place):
            if not path.endswith((".pth", ".egg-link")):
                continue
            try:
                with open(path, "rb") as file:
                    lines = file.read().decode("utf-8-sig").splitlines()
            except UnicodeDecodeError:
                what = "is not UTF-8, so Python does not start in most locales"
                yield Finding(ERROR, what, path, f"rm {shlex.quote(path)}")
                continue
            except OSError:
                continue
            whole = path.endswith(".egg-link") or len(lines) == 1
            # From the end, so that the numbers stay right when all remedies are pasted.
            for number, line in reversed(list(enumerate(lines[:1] if whole else lines, 1))):
                folder = line.strip()
                is_path = bool(folder) and not folder.startswith("#") and not re.match(r"import[ \t]", line)
                if is_path and not os.path.exists(os.path.join(place, folder)):
                    remedy = f"{'rm' if whole else f'sed -i {number}d'} {shlex.quote(path)}"
                    yield Finding(WARNING, f"leads to {folder}, which is gone", f"{path}:{number}", remedy)


def find_look_alikes(machine: Machine) -> Iterator[Finding]:
    """Modules with one of our names that no distribution of that name has installed."""
    own = os.path.realpath(process.package_folder())
    loaded = os.path.realpath(process.startup_module() or own)
    for place in unique_directories(machine.environment.search_path).values():
        modules = importable_names(place)
        for name in _NAMES:
            path = modules.get(name, "")
            owner = owner_of(name, place) if path else None
            if not path or owner is not None or (name.endswith("pip_userctl") and os.path.realpath(place) == own):
                continue
            if name == "_pip_userctl" and os.path.realpath(path) == loaded:
                what = (
                    "is loaded in place of the start-up module of pip-userctl, so pip install is not under the policy"
                )
                yield Finding(ERROR, what, path, f"rm -r {shlex.quote(path)}")
            else:
                what = f"has the name {name}; pip-userctl loads its own, so this changes nothing"
                yield Finding(WARNING, what, path)
