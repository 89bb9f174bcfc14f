"""Options that lead around the choice: ``user-site-by-path`` (a directory that is one) and ``break-system-packages``."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator

from pip_userctl import wording
from pip_userctl.models import Destination, Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """What the options lead to, one verdict each."""
    for found in (_by_path(request, environment, policy), _managed(request, environment, policy)):
        if found is not None:
            yield found


def _managed(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """Judged only where pip would otherwise have stopped: not with a directory option, not for a bare report."""
    elsewhere = request.target or request.prefix or request.root or (request.dry_run and request.report)
    if not request.break_system_packages or not environment.externally_managed or elsewhere:
        return None
    return verdict(
        policy,
        "break-system-packages",
        what="--break-system-packages",
        reason=f"the Python in {environment.base_prefix} is managed by the system's package manager (PEP 668)",
        hint=wording.install_in_new_environment(request, environment),
    )


def _by_path(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """Judged by the destination, links resolved; a user install proper is the grid's business."""
    destination = request.destination
    option = next((name for name in ("target", "prefix", "root") if getattr(request, name)), None)
    if destination is None or option is None or request.scheme == "user":
        return None
    directory = _first_user_site(destination, environment)
    if directory is None:
        return None
    return verdict(
        policy,
        "user-site-by-path",
        what=f"--{option} {getattr(request, option)} installs into a user site",
        reason=f"{directory} is a user site: what goes there acts like a user install, whatever the option",
        hint=wording.install_in_new_environment(request, environment),
    )


def is_user_site(destination: Destination | None, environment: Environment) -> bool:
    """Whether the library directory is the user site of some Python version."""
    return destination is not None and _first_user_site(destination, environment) is not None


def _first_user_site(destination: Destination, environment: Environment) -> str | None:
    sites = _user_sites(environment)
    directories = dict.fromkeys((destination.purelib, destination.platlib))
    return next((each for each in directories if any(site.fullmatch(os.path.realpath(each)) for site in sites)), None)


def _user_sites(environment: Environment) -> list[re.Pattern[str]]:
    """One pattern a user base: its user site for any Python version, and what links there resolve to."""
    patterns = []
    tail = os.path.relpath(environment.user_site, environment.user_base)
    for base in dict.fromkeys((environment.user_base, environment.default_user_base)):
        # The base itself may carry the version (~/Library/Python/3.13); what stands above it is only where it is.
        above, name = os.path.split(os.path.realpath(base))
        version = _any_version(os.path.join(name, tail), environment.python)
        patterns.append(re.compile(re.escape(os.path.join(above, "")) + version))
        for site in glob.glob(os.path.join(glob.escape(base), "lib", "python*", "site-packages")):
            patterns.append(re.compile(re.escape(os.path.realpath(site))))
    return patterns


def _any_version(path: str, python: str) -> str:
    """A pattern for the path under any Python version: ``python3.11``, ``python3.13t``, ``Python311``."""
    major, minor = python.split(".")[:2]
    pattern = re.sub(re.escape(re.escape(f"{major}.{minor}")) + "t?", r"\\d+\\.\\d+t?", re.escape(path))
    return re.sub(f"Python{major}{minor}", r"Python\\d+", pattern)
