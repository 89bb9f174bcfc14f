"""Files that cannot do their work: whose they are, which scripts can run, what fails at the start of Python, look-alikes."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator

from pip_userctl import environment as process
from pip_userctl.cli.distributions import importable_names
from pip_userctl.cli.doctor.findings import ERROR, WARNING, Finding, Machine
from pip_userctl.cli.doctor.shadowing import owner_of
from pip_userctl.installed import unique_directories
from pip_userctl.models import Environment

#: Our start-up module, our package, and what it needs.
_NAMES = ("_pip_userctl", "pip_userctl", "pluggy", "packaging")
# Before Python 3.15: "Error processing line 1 of /x/demo.pth:"; since: "Error in import line from /x/demo.pth: ...".
_FAILED = re.compile(r"^Error .*?(?:line (\d+) of|from) (.+?\.(?:pth|start)):", re.MULTILINE)


def find_foreign(machine: Machine) -> Iterator[Finding]:
    """One finding an entry of the user site or of the scripts directory, however many files are below it."""
    facts = machine.environment
    owner = facts.user_base_owner
    if owner is None:
        return
    folders = (facts.user_base, facts.user_site, _user_scripts(facts))
    for path in filter(os.path.lexists, (*folders, *_entries(folders[1]), *_entries(folders[2]))):
        below = os.walk(path) if path not in folders else ()
        files = (path, *(os.path.join(top, name) for top, *names in below for name in itertools.chain(*names)))
        uid = next((uid for uid in (os.lstat(file).st_uid for file in files) if uid != owner), None)
        if uid is not None:
            what = f"belongs to {process.owner_name(uid)}, the user base to {process.owner_name(owner)}"
            command = f"sudo chown -hR {owner} {shlex.quote(path)}"
            yield Finding(ERROR, f"{what}: pip can neither upgrade nor remove it", path, command)


def find_dead(machine: Machine) -> Iterator[Finding]:
    """Scripts in the user base whose interpreter is gone, and links that lead nowhere."""
    for path in _scripts(machine):
        name, remedy = os.path.basename(path), f"rm {shlex.quote(path)}"
        if not os.path.exists(path):
            yield Finding(WARNING, f"the link {name} leads to {os.readlink(path)}, which is gone", path, remedy)
            continue
        interpreter = _interpreter(path)
        where = "is gone" if os.path.isabs(interpreter) else "is not on PATH"
        if interpreter and not os.path.exists(interpreter) and not shutil.which(interpreter):
            yield Finding(ERROR, f"the script {name} cannot run: its interpreter {interpreter} {where}", path, remedy)


def find_not_on_path(machine: Machine) -> Iterator[Finding]:
    """The user's scripts directory, if there is anything in it."""
    folder, count = _user_scripts(machine.environment), len(_scripts(machine))
    if not count or os.path.realpath(folder) in map(os.path.realpath, os.get_exec_path()):
        return
    scripts = "1 script" if count == 1 else f"{count} scripts"
    remedy = f'setx PATH "%PATH%;{folder}"' if process.WINDOWS else f'export PATH={shlex.quote(folder)}:"$PATH"'
    yield Finding(WARNING, f"the scripts directory of user installs, with {scripts}, is not on PATH", folder, remedy)


def find_strangers(machine: Machine) -> Iterator[Finding]:
    """``pip install`` would then install for another interpreter than the one that ``python`` starts."""
    for suffix in ("", "3"):
        pip, python = shutil.which(f"pip{suffix}"), shutil.which(f"python{suffix}")
        interpreter = _interpreter(pip) if pip and python else ""
        # Shell scripts such as pyenv's do not tell their interpreter.
        if not python or not os.path.isabs(interpreter) or b"#!" in (_head(python)[:2], _head(interpreter)[:2]):
            continue
        if _prefix(interpreter) != _prefix(python):
            what = f"pip{suffix} on PATH installs for {interpreter}, but python{suffix} starts {python}"
            yield Finding(WARNING, what, str(pip), f"python{suffix} -m pip install ...")


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
        for path in _entries(place):
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


def _entries(directory: str) -> list[str]:
    """The paths of what is in a directory; empty if it cannot be read."""
    try:
        return sorted(os.path.join(directory, name) for name in os.listdir(directory))
    except OSError:
        return []


def _user_scripts(environment: Environment) -> str:
    """Where user installs put their scripts."""
    if environment.windows:
        return os.path.join(os.path.dirname(environment.user_site), "Scripts")
    return os.path.join(environment.user_base, "bin")


def _scripts(machine: Machine) -> list[str]:
    """The files and links there; a pipe, which would be waited for, is none."""
    found = _entries(_user_scripts(machine.environment))
    return [path for path in found if os.path.isfile(path) or os.path.islink(path)]


def _interpreter(path: str) -> str:
    """What a script's first line runs: a path, or the name that ``env`` looks for; empty if it is no such script."""
    head = _head(path)
    if not head.startswith(b"#!"):
        return ""
    first = os.fsdecode(head[2:].partition(b"\n")[0].strip())
    words = first.split(" ")
    if os.path.basename(words[0]) == "sh":
        # pip writes this if the path of the interpreter is too long for a first line, or has a space.
        found = re.search(rb"^'''exec' \"?([^\"\n]+?)\"? \"\$0\"", head, re.MULTILINE)
        return os.fsdecode(found[1]) if found else ""
    if os.path.basename(words[0]) == "env":
        return next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
    named = words[0] if len(words) < 2 or words[1].startswith("-") else first
    return named if os.path.isabs(named) else ""


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1024)
    except OSError:
        return b""


def _prefix(interpreter: str) -> str:
    """The directory of a virtual environment, or where the links of an interpreter end."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(interpreter)))
    if os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
        return os.path.realpath(folder)
    return os.path.dirname(os.path.dirname(os.path.realpath(interpreter)))
