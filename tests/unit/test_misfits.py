"""A pip whose internals do not fit is known by them, whatever its version says."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Callable

import pytest

from pip_userctl._pip.seams import SEAMS, misfits
from pip_userctl.errors import UnsupportedPip


def with_parameters(*names: str) -> Callable[..., None]:
    """A function that takes these."""
    made: Callable[..., None] = eval(f"lambda {', '.join(names)}: None")
    return made


def install_module() -> Any:
    """What ``pip._internal.commands.install`` has to look like, and something more."""
    module: Any = ModuleType("install")
    module.InstallCommand = type("InstallCommand", (), {})
    for name, parameters in SEAMS.items():
        owner, attribute = holder(module, name)
        setattr(owner, attribute, with_parameters(*parameters, "something_new=None"))
    return module


def holder(module: Any, name: str) -> tuple[Any, str]:
    """The object that has the seam, and the seam's name in it."""
    *owners, attribute = name.split(".")
    return (getattr(module, owners[0]) if owners else module), attribute


def fewer() -> None:
    """A function without the parameters."""


def other_order(args: object, self: object) -> None:
    """A function with other parameters."""


def test_a_pip_with_every_seam_fits_also_with_new_parameters_behind() -> None:
    assert misfits(install_module()) == ()


@pytest.mark.parametrize("name", SEAMS)
@pytest.mark.parametrize("change", [fewer, other_order, len, None], ids=["fewer", "order", "no code", "no function"])
def test_a_seam_that_is_different_is_a_misfit(name: str, change: Callable[..., object] | None) -> None:
    module = install_module()
    owner, attribute = holder(module, name)
    setattr(owner, attribute, change)
    assert misfits(module) == (name,)


@pytest.mark.parametrize("name", SEAMS)
def test_a_seam_that_is_gone_is_a_misfit(name: str) -> None:
    module = install_module()
    owner, attribute = holder(module, name)
    delattr(owner, attribute)
    assert misfits(module) == (name,)


def test_without_the_command_all_its_seams_are_misfits() -> None:
    module = install_module()
    del module.InstallCommand
    assert set(misfits(module)) == {name for name in SEAMS if name.startswith("InstallCommand.")}


def test_a_pip_that_does_not_fit_is_reported_with_its_version_and_what_is_missing() -> None:
    report = UnsupportedPip("99.0", ("decide_user_install", "InstallCommand.run")).report
    assert report.reference == "userctl-unsupported-pip"
    assert "pip 99.0" in report.what
    assert "this pip has no decide_user_install, no InstallCommand.run" in report.why
    assert report.hint
