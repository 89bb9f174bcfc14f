"""The commands of the hints: what works when it is pasted. Imported only if a rule warns or refuses."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence

from pip_userctl import environment as process
from pip_userctl.models import Environment, Request

_LOCATIONS = ("--target", "-t", "--prefix", "--root")


def quote(words: Iterable[str], environment: Environment) -> str:
    """A command as it can be pasted into a shell of this system."""
    return " ".join(map(_quote_for_cmd, words)) if environment.windows else shlex.join(words)


def _quote_for_cmd(argument: str) -> str:
    quoted = subprocess.list2cmdline([argument])  # for programs; cmd has special characters of its own
    return f'"{quoted}"' if not quoted.startswith('"') and set(argument) & set("<>&|^();,") else quoted


def program(path: str, *names: str) -> str:
    """A program by its name if PATH finds the same file, else by its path, relative below the working directory."""
    for name in (os.path.basename(path), *names):
        if name and _is_same_program(shutil.which(name), path):
            return name
    return relative(path)


def relative(path: str) -> str:
    """The path, relative if it is below the working directory."""
    here = os.path.join(process.working_directory() or os.sep, "")
    return path[len(here) :] if len(here) > 1 and path.startswith(here) else path


def _is_same_program(found: str | None, path: str) -> bool:
    """Whether two paths are one file in one directory: the python of a virtual environment links to its base's."""
    if not found:
        return False
    return os.path.realpath(os.path.dirname(found)) == os.path.realpath(os.path.dirname(path)) and os.path.realpath(
        found
    ) == os.path.realpath(path)


def userctl(environment: Environment) -> str:
    """How to call pip-userctl from here: by its name if PATH finds it, else by its path or module."""
    if environment.userctl != "pip-userctl":
        words = shlex.split(environment.userctl) if not environment.windows else [environment.userctl]
        return quote([program(words[0]), *words[1:]], environment)
    name = "pip-userctl.exe" if environment.windows else "pip-userctl"
    scripts = os.path.join(environment.user_base, "bin")
    for folder in (os.path.dirname(environment.executable), scripts):
        script = os.path.join(folder, name)
        if os.path.isfile(script) and (folder != scripts or process.is_user_site(process.package_folder())):
            return quote([program(script)], environment)
    if shutil.which(name):
        return "pip-userctl"
    return quote([program(environment.executable, "python", "python3"), "-m", "pip_userctl"], environment)


def pip_as_started(request: Request, environment: Environment) -> list[str]:
    """Pip as it was started: ``pip``, ``python -m pip``, ``pip --python …``, ``%pip``."""
    for index, word in enumerate(request.arguments):
        if word == "--python" or word.startswith("--python="):
            value = word.partition("=")[2] or "".join(request.arguments[index + 1 : index + 2])
            return ["pip", "--python", value]
    first = process.started_as()[0]
    if "JPY_PARENT_PID" in process.variables and os.path.basename(first) == "__main__.py":
        return ["%pip"]
    python = program(environment.executable, "python", "python3")
    if re.search(r"\.(whl|pyz|zip)([/\\]|$)", first):
        return [python, relative(re.sub(r"[/\\]__main__\.py$", "", first))]
    if re.fullmatch(r"pip[\d.]*(\.exe)?", os.path.basename(first)):
        return [program(os.path.abspath(first))]
    script = os.path.join(os.path.dirname(environment.executable), "pip.exe" if environment.windows else "pip")
    if "userctl" in first and os.path.isfile(script):  # an explanation: nothing was started yet
        return [program(script)]
    return [python, "-m", "pip"]


def same_install(request: Request, environment: Environment) -> str:
    """The same install without ``--user``; empty if it would not work."""
    if request.unwritable is not None:
        return new_environment(request, environment)
    if _cannot_be_repeated(request):
        return ""
    words = [*pip_as_started(request, environment), "install", *_arguments(request, locations=False)]
    if words[0] == "%pip":
        return "%pip " + quote(words[1:], environment)
    return quote(words, environment)


def new_environment(request: Request, environment: Environment) -> str:
    """Make a virtual environment here and install into it; empty if that would not work."""
    if _cannot_be_repeated(request) or not os.access(os.curdir, os.W_OK):
        return ""
    folder = _folder(environment)
    if not folder:
        return ""
    inside = f"{folder}\\Scripts\\python" if environment.windows else f"{folder}/bin/python"
    python = program(environment.base_executable, "python3", "python")
    arguments = _arguments(request, locations=True)
    if process.has_ensurepip():
        make, install = [python, "-m", "venv", folder], [inside, "-m", "pip", "install", *arguments]
    elif tuple(map(int, re.findall(r"\d+", environment.pip)[:2])) >= (22, 3):
        make = [python, "-m", "venv", "--without-pip", folder]
        started = pip_as_started(request, environment)
        if started == ["%pip"]:  # a command of the notebook, not of the shell
            started = [program(environment.executable, "python", "python3"), "-m", "pip"]
        install = [*started, "--python", inside, "install", *arguments]
    else:
        return ""
    between = "\n" if environment.windows else " && "
    return quote(make, environment) + between + quote(install, environment)


def _folder(environment: Environment) -> str:
    """The first of two names that is free, or that an environment has which fits; empty if both are taken."""
    names = (".venv", f".venv-{'.'.join(environment.python.split('.')[:2])}")
    return next((name for name in names if not os.path.lexists(name) or _fits(name, environment)), "")


def _fits(folder: str, environment: Environment) -> bool:
    """Whether an environment runs this Python, is isolated, and is not the refused one."""
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    version = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+\.\d+)", text)
    isolated = re.search(r"(?m)^include-system-site-packages\s*=\s*false", text)
    if version is None or isolated is None or os.path.realpath(folder) == os.path.realpath(environment.prefix):
        return False
    return f"{environment.python}.".startswith(f"{version[1]}.")


def _cannot_be_repeated(request: Request) -> bool:
    """Whether the command line alone would not do the same again."""
    temporary = re.escape(os.path.join(tempfile.gettempdir(), ""))
    own = rf"(?:.*=)?{temporary}(tmp[a-z0-9_]{{8}}|pip-)"  # of a tool that calls pip
    if any("****" in each or not each.isprintable() or re.match(own, each) for each in request.arguments):
        return True
    typed = [each.partition("=")[0] for each in request.arguments]
    options = (("--target", request.target), ("--prefix", request.prefix), ("--root", request.root))
    short = any(each.startswith("-t") for each in typed)
    return any(value and name not in typed and not (name == "--target" and short) for name, value in options)


def _arguments(request: Request, *, locations: bool) -> list[str]:
    """The arguments behind ``install`` without ``--user``; with ``--no-user`` where a setting asks for user installs."""
    flags: Sequence[str] = ("--user", "--break-system-packages") if locations else ("--user",)
    valued: Sequence[str] = ("--python", *_LOCATIONS) if locations else ("--python",)
    kept = ["--no-user"] if request.user_setting is not None else []
    rest = iter(request.arguments[1:])
    for argument in rest:
        if argument in valued:
            next(rest, None)
        elif not (argument in flags or argument.partition("=")[0] in valued or (locations and argument[:2] == "-t")):
            kept.append(argument)
    return kept
