"""How far the policy reaches from here, and what brings it here: the truth for ``status``."""

from __future__ import annotations

import os
from typing import NamedTuple

from pip_userctl import environment, installation
from pip_userctl.installation import Installation
from pip_userctl.models import Environment
from pip_userctl.reach import content, every, files, one


class Coverage(NamedTuple):
    """by: ``installation``, ``activate``, ``all-environments`` or None; file: what reaches out; text: in words."""

    by: str | None
    file: str | None
    text: str


def coverage(facts: Environment, here: Installation) -> Coverage:
    """What covers this environment. Judged by what this interpreter has loaded, not by what lies about."""
    if not installation.is_borrowed():
        return _own(facts, here)
    everywhere = every.place(here)
    file = os.path.join(facts.prefix, here.site_packages, one.NAME)
    if installation.started_by() is None:
        text = f"not this environment; to cover it: {here.command} activate {facts.prefix}"
        return Coverage(None, None, text)
    if content.startup_module_of(files.read(file) or b"") == here.startup_module:
        return Coverage("activate", file, f"this environment, by the installation in {here.folders[0]}: {file}")
    return Coverage("all-environments", everywhere, f"{_everywhere(facts)}, by the installation in {here.folders[0]}")


def _own(facts: Environment, here: Installation) -> Coverage:
    if every.present_module(here) == here.startup_module:
        return Coverage("all-environments", every.place(here), _everywhere(facts))
    return Coverage("installation", None, _words(facts, environment.package_location()))


def _everywhere(facts: Environment) -> str:
    return f"every environment of {facts.base_prefix}, isolated virtual environments included"


def _words(facts: Environment, location: str) -> str:
    """Which interpreters read the start-up file where it is."""
    python = "Python {}.{}".format(*facts.python.split("."))
    if os.path.realpath(location) == os.path.realpath(facts.user_site):
        return (
            f"every {python} of this account that reads the user site; not isolated virtual environments, and not under"
            " -s, -I or PYTHONNOUSERSITE"
        )
    if facts.kind in ("isolated", "system-site"):
        if os.path.realpath(location).startswith(os.path.realpath(facts.prefix) + os.sep):
            return f"this virtual environment only: {facts.prefix}"
        return f"every environment that sees the system site-packages of {facts.base_prefix}"
    return (
        f"this interpreter, {facts.prefix}, and its --system-site-packages environments; not its isolated virtual"
        " environments"
    )
