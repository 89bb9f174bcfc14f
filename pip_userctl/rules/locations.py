"""Rules about where else an install goes: by path into a user site, into a managed or frozen Python, into the base."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

from pip_userctl.models import Destination, Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """Judge the directory that would be written, and the option that overrides PEP 668."""
    option = next((name for name in ("target", "prefix", "root") if getattr(request, name) is not None), None)
    if request.scheme != "user":
        if option is not None:
            directory = user_site_of(request.destination, environment)
            if directory is not None:
                yield verdict("user-site-by-path", request, environment, policy, option=f"--{option}", dir=directory)
        elif environment.kind == "base" and not request.is_repair:
            purelib = request.destination.purelib if request.destination else environment.prefix
            yield verdict("base-site", request, environment, policy, purelib=purelib)
        elif environment.kind == "conda":
            text = _frozen(environment)
            if text is not None:
                yield verdict("conda-frozen", request, environment, policy, text=text)
    # Only where pip would have stopped: not with a location option, and not for a bare report.
    stopped = environment.externally_managed and option is None and not (request.dry_run and request.report)
    if request.break_system_packages and stopped and not request.is_repair:
        yield verdict("break-system-packages", request, environment, policy)


def _frozen(environment: Environment) -> str | None:
    """Why the conda environment is frozen (CEP 22); None if it is not."""
    path = os.path.join(environment.prefix, "conda-meta", "frozen")
    if not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            text = json.load(file).get("message")
    except (OSError, ValueError, AttributeError, RecursionError):
        text = None
    if isinstance(text, str) and text.strip():
        return " ".join(text.split())
    relative = os.path.relpath(path, environment.cwd) if environment.cwd else path
    return f"{min(relative, path, key=len)} says so"


def user_site_of(destination: Destination | None, environment: Environment) -> str | None:
    """The directory to be written that is a user site of this account, or lies in one; None if there is none."""
    if destination is None:
        return None
    for directory in dict.fromkeys((destination.purelib, destination.platlib)):
        resolved = os.path.realpath(directory)
        if any(_is_below_user_site(resolved, base, environment) for base in environment.user_bases):
            return directory
    return None


def _is_below_user_site(directory: str, base: str, environment: Environment) -> bool:
    """Whether the directory, links resolved, is or is in the user site of any Python version below this user base."""
    library = os.path.join(base, "lib")
    try:
        names = [name for name in os.listdir(library) if name.startswith("python")]
    except OSError:
        names = []
    for name in names:  # it may be a link
        site = os.path.realpath(os.path.join(library, name, "site-packages"))
        if (directory + os.sep).startswith(os.path.join(site, "")):
            return True
    library = os.path.realpath(library)  # it may be a link, too, to where there is nothing yet
    if directory.startswith(os.path.join(library, "python")):
        inside = directory[len(library) + 1 :]
        if re.match(rf"python\d+\.\d+t?{re.escape(os.sep)}site-packages({re.escape(os.sep)}|$)", inside):
            return True
    # The base itself may carry the version (~/Library/Python/3.13); what is above it is only where it is.
    above, name = os.path.split(os.path.realpath(base))
    if not directory.startswith(os.path.join(above, "")):  # patterns cost more than all the rest
        return False
    tail = os.path.join(name, os.path.relpath(environment.user_site, environment.user_base))
    major, minor = environment.python.split(".")[:2]
    # Under any Python version: python3.11, python3.13t, Python311.
    versions = re.sub(re.escape(re.escape(f"{major}.{minor}")) + "t?", r"\\d+\\.\\d+t?", re.escape(tail))
    versions = re.sub(f"Python{major}{minor}", r"Python\\d+", versions)
    pattern = re.escape(os.path.join(above, "")) + versions
    return re.match(rf"{pattern}({re.escape(os.sep)}|$)", directory) is not None
