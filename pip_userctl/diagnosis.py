"""The health checks of all plugins, run one by one.

The built-in ones are imported here and not by the plugin manager: no ``pip install`` needs them.
"""

from __future__ import annotations

from functools import partial
from typing import Iterator, NamedTuple

from pip_userctl.answers import Tell, silent
from pip_userctl.checks import commands, configuration, files, leftovers, metadata, shadowing
from pip_userctl.health import SEVERITIES, Finding, HealthCheck, Machine
from pip_userctl.models import Failure
from pip_userctl.plugins import Plugins

BUILT_IN = (shadowing, metadata, configuration, files, commands, leftovers)
#: How many times as long as a rule a check may take: it walks over directories.
_PATIENCE = 10


class Examined(NamedTuple):
    """One check with what it found."""

    plugin: str
    check: HealthCheck
    findings: tuple[Finding, ...]


def register(plugins: Plugins) -> None:
    """Add the built-in checks to the registered plugins."""
    for module in reversed(BUILT_IN):  # each is added before those that were
        plugins.add(f"checks.{module.__name__.rpartition('.')[2]}", module)


def examine(plugins: Plugins, machine: Machine, tell: Tell = silent) -> Iterator[Examined]:
    """Run every check, the built-in ones first."""
    register(plugins)
    yield from examine_registered(plugins, machine, tell)


def examine_registered(plugins: Plugins, machine: Machine, tell: Tell = silent) -> Iterator[Examined]:
    """Run the checks that there are; one that cannot be run, or finds what is no Finding, is a failure, and the next is run."""
    by_name = {each.name: each for each in plugins.plugins}
    answers = list(plugins.ask("userctl_health_checks"))
    for number, answer in enumerate(answers, 1):
        check, plugin = answer.value, by_name[answer.plugin]
        if not isinstance(check, HealthCheck):
            plugins.failures.append(Failure("plugin", plugin.name, f"{check!r} is no HealthCheck"))
            continue
        tell(check.name, number, len(answers))
        found = plugins.call("check", plugin, check.name, partial(_findings, check, machine), _PATIENCE)
        yield Examined(plugin.name, check, tuple(found or ()))


def _findings(check: HealthCheck, machine: Machine) -> list[Finding]:
    found = list(check.find(machine))
    for each in found:
        if not isinstance(each, Finding) or each.severity not in SEVERITIES:
            raise TypeError(f"found {each!r}, which is no Finding with a severity of {' or '.join(SEVERITIES)}")
    return found
