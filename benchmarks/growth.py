"""How the cost of one ``pip install`` grows: with plugins, distributions, policy files and requirements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable, NamedTuple

from benchmarks.figures import INSTRUCTIONS, US, Figure
from benchmarks.processes import PROCESSES
from benchmarks.settings import Settings
from benchmarks.stand import Stand
from benchmarks.subjects import OURS, put
from pip_userctl.testing import make_wheel
from tests.toolkit.usersites import put as put_distribution

_RULE = """\
from pip_userctl import Verdict, hookimpl

@hookimpl
def userctl_evaluate(request, environment, policy):
    return Verdict("{name}-noticed", "allow", "nothing to say")
"""
_INSTALL = PROCESSES["install"].arguments


class Growth(NamedTuple):
    """what: the unit of the steps. add: brings so many into the environment; the arguments and variables of the run."""

    what: str
    steps: tuple[int, ...]
    add: Callable[[Stand, int], tuple[tuple[str, ...], dict[str, str]]]


def _plugins(stand: Stand, count: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """Distributions with one plugin each, which say ``allow``."""
    site_packages = stand.place.real(stand.site_packages)
    for number in range(count):
        name = f"acme{number}"
        put_distribution(site_packages, f"{name}-policy", files={f"{name}_policy.py": _RULE.format(name=name)})
        info = site_packages / f"{name}_policy-1.0.dist-info"
        (info / "entry_points.txt").write_text(f"[{US.replace('-', '_')}]\n{name} = {name}_policy\n")
    return _INSTALL, {}


def _distributions(stand: Stand, count: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """Distributions that have nothing to do with it."""
    for number in range(count):
        put_distribution(stand.place.real(stand.site_packages), f"other{number}", files={f"other{number}.py": ""})
    return _INSTALL, {}


def _files(stand: Stand, count: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """Files of policy and of pip's own settings, found by XDG_CONFIG_DIRS."""
    folders = [f"{stand.root}/xdg{number}" for number in range(count)]
    for folder in folders:
        real = stand.place.real(folder) / "pip"
        real.mkdir(parents=True, exist_ok=True)
        (real / "pip.conf").write_text("[global]\ntimeout = 15\n[userctl]\nbase-fallback = refuse\nroot-user = log\n")
    return _INSTALL, {"XDG_CONFIG_DIRS": ":".join(folders)} if folders else {}


def _requirements(stand: Stand, count: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """Wheels to install at once."""
    folder = stand.place.real(f"{stand.root}/many")
    folder.mkdir(exist_ok=True)
    wheels = [make_wheel(folder, f"demo{number}").name for number in range(count)]
    return (*_INSTALL[:-1], *(f"{stand.root}/many/{each}" for each in wheels)), {}


GROWTHS = {
    "plugins": Growth("plugins", (0, 20, 10, 50), _plugins),
    "distributions": Growth("distributions", (0, 500, 1000, 2000), _distributions),
    "policy-files": Growth("policy files", (0, 10, 100), _files),
    "requirements": Growth("requirements", (1, 10, 100, 500), _requirements),
}


def measure(stand: Stand, name: str, settings: Settings) -> Iterator[Figure]:
    """One install a step, without us and with us; the same things are there both times."""
    growth = GROWTHS[name]
    for step in settings.steps(*growth.steps):
        stand.fresh()
        arguments, variables = growth.add(stand, step)
        without = stand.instructions(arguments, 1, **variables)
        label = put(stand, OURS)
        growth.add(stand, step)
        having = stand.instructions(arguments, 1, **variables)
        yield Figure(name, label, stand.place.version, INSTRUCTIONS, without, having, 1, f"{step} {growth.what}")
        if name == "plugins" and step:
            yield _plugin_imports(stand, label, step)


def _plugin_imports(stand: Stand, label: str, count: int) -> Figure:
    """What importing the modules of the plugins costs by itself, which is theirs and not ours."""
    base = "from pip_userctl import Verdict, hookimpl"
    names = ", ".join(f"acme{number}_policy" for number in range(count))
    without, having = (stand.instructions(("-c", code), 1) for code in (base, f"{base}; import {names}"))
    parameter = f"{count} plugins"
    return Figure("plugin-imports", label, stand.place.version, INSTRUCTIONS, without, having, 1, parameter)
