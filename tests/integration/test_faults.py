"""When pip-userctl itself is at fault: one line, pip's own decision stands, and ``on-error`` may stop pip."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import cache, extras
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.plugins import add_plugin
from tests.toolkit.wheels import renumber

Make = Callable[..., Environment]
Damage = Callable[[Environment], None]
REPAIR = ("pip", "pluggy", "packaging", "pip-userctl")


def without(*names: str) -> Damage:
    """Remove parts of the package."""
    return lambda environment: environment.remove_userctl(*(f"pip_userctl/{name}" for name in names))


def appended(name: str, text: str) -> Damage:
    """Add lines to a module of the package."""

    def damage(environment: Environment) -> None:
        with (environment.site_packages / "pip_userctl" / name).open("a") as file:
            file.write(f"\n\n{text}\n")

    return damage


def without_dependency(name: str) -> Damage:
    """Remove pluggy or packaging."""

    def damage(environment: Environment) -> None:
        environment.unlink()
        for path in environment.site_packages.glob(f"{name}*"):
            shutil.rmtree(path)

    return damage


def with_old_pluggy(environment: Environment) -> None:
    """Replace pluggy by one that is older than what pip-userctl needs."""
    without_dependency("pluggy")(environment)
    with zipfile.ZipFile(next(extras.folder("old-pluggy").glob("*.whl"))) as archive:
        archive.extractall(environment.site_packages)


#: A fault, and a part of the line that names it.
FAULTS: dict[str, tuple[Damage, str]] = {
    "pluggy is missing": (without_dependency("pluggy"), "No module named 'pluggy'"),
    "pluggy is too old": (with_old_pluggy, "pluggy 0.13.1 is too old"),
    "the engine is gone": (without("engine.py"), "engine"),
    "the rules are gone": (without("rules"), "pip_userctl.rules"),
    "a module is no Python": (appended("engine.py", "def ("), "SyntaxError"),
    "a module ends the process": (appended("engine.py", "raise SystemExit(3)"), "SystemExit: 3"),
    "the facts cannot be read": (
        appended("environment/__init__.py", "def collect(): raise OSError('no')"),
        "OSError: no",
    ),
    "the judgement fails": (
        appended("engine.py", "def evaluate(*arguments): raise LookupError('no')"),
        "LookupError: no",
    ),
}
#: The same where nobody can tell any more what the policy says.
WORSE: dict[str, tuple[Damage, str]] = {
    "the policy is gone": (without("policy"), "pip_userctl.policy"),
    "the models are gone": (without("models.py"), "pip_userctl.models"),
    "the adapter is gone": (without("_pip"), "pip_userctl._pip"),
    "the adapter's guard is gone": (without("_pip/failsafe.py"), "failsafe"),
    "half of the package is gone": (without("engine.py", "policy", "rules", "wording.py"), "pip_userctl"),
}


def each_of(faults: Mapping[str, tuple[Damage, str]]) -> pytest.MarkDecorator:
    """One test for each fault."""
    marks = {"pluggy is too old": [pytest.mark.needs("old-pluggy")]}
    return pytest.mark.parametrize(
        ("damage", "text"), [pytest.param(*fault, id=name, marks=marks.get(name, [])) for name, fault in faults.items()]
    )


@each_of({**FAULTS, **WORSE})
def test_a_fault_gets_one_line_and_pips_own_decision_stands(
    make: Make, each_pip: str, damage: Damage, text: str
) -> None:
    environment = make("base", pip=each_pip)
    damage(environment)
    for arguments, where in (["--user", "demo"], "user"), (["--no-deps", "depends"], "site"):
        result = environment.pip("install", *arguments)
        assert result.returncode == 0, result
        (line,) = result.lines("userctl-")
        assert re.match(r"userctl-failure: pip-userctl failed \(.*\); pip's own decision stands$", line), result
        assert text in line, result
        assert "Traceback" not in result.output, result
        assert environment.where(arguments[-1]) == where, result


@each_of(FAULTS)
def test_under_on_error_refuse_a_fault_stops_pip(make: Make, each_pip: str, damage: Damage, text: str) -> None:
    environment = make("base", pip=each_pip)
    damage(environment)
    environment.account.user_config.write_text("[userctl]\non-error = refuse\n")
    result = environment.pip("install", "demo")
    assert (result.returncode, environment.where("demo")) == (1, ""), result
    assert text in " ".join(result.stderr.split()), result
    assert result.stderr.count("on-error = refuse") == 1, result
    assert "Traceback" not in result.output, result
    assert environment.pip("list").stderr == ""


@pytest.mark.parametrize("name", REPAIR)
def test_under_on_error_refuse_it_can_still_be_repaired(
    make: Make, each_pip: str, wheels: Path, tmp_path: Path, name: str
) -> None:
    environment = make("isolated", pip=each_pip)
    without_dependency("pluggy")(environment)
    environment.account.user_config.write_text("[userctl]\non-error = refuse\n")
    folder = tmp_path / "repair"
    for each in (cache.wheel(), *cache.dependencies_wheels(environment.base).glob("*.whl")):
        renumber(each, "99.0", folder)
    renumber(next((cache.folder() / "wheels").glob(f"pip-{each_pip}-*.whl")), "99.0", folder)
    result = environment.pip("install", "-U", "--no-deps", name, PIP_FIND_LINKS=str(folder))
    assert result.returncode == 0, result
    assert len(result.lines("userctl-failure: ")) == 1, result
    assert f"Successfully installed {name}-99.0" in result.stdout, result
    again = environment.pip("install", "demo")
    assert again.returncode == (0 if name == "pluggy" else 1), again


@pytest.mark.parametrize("name", ["pip", "pluggy"])
def test_under_on_error_refuse_a_repair_does_not_carry_others_along(make: Make, each_pip: str, name: str) -> None:
    environment = make("isolated", pip=each_pip)
    without_dependency("pluggy")(environment)
    environment.account.user_config.write_text("[userctl]\non-error = refuse\n")
    result = environment.pip("install", "-U", name, "demo")
    assert (result.returncode, environment.where("demo")) == (1, ""), result


def test_the_policy_holds_where_packaging_is_missing(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    without_dependency("packaging")(environment)
    assert_judged(environment.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    assert_silent(environment.pip("install", "demo"))


def with_other_name(text: str) -> str:
    """Rename ``decide_user_install``, calls included."""
    return text.replace("decide_user_install", "choose_scheme")


def with_other_parameter(text: str) -> str:
    """Rename a parameter of ``decide_user_install``, which goes by another name in its body and its call, too."""
    start = text.index("def decide_user_install(")
    before = re.sub(r"(decide_user_install\([^)]*?)\broot_path=", r"\1root_dir=", text[:start])
    return before + re.sub(r"\broot_path\b", "root_dir", text[start:])


def with_less(text: str) -> str:
    """Leave a method to the class above."""
    return text + "\n_Base = InstallCommand\nclass InstallCommand(_Base):\n    get_requirements = None\n"


def with_other_signature(text: str) -> str:
    """Let a method take anything."""
    return text + "\n_run = InstallCommand.run\nInstallCommand.run = lambda *given: _run(*given)\n"


#: How pip's install module may differ from what pip-userctl knows, and the seam that the line names.
MISFITS = {
    "a function has another name": (with_other_name, "decide_user_install"),
    "a parameter has another name": (with_other_parameter, "decide_user_install"),
    "a method takes something else": (with_other_signature, "InstallCommand.run"),
}


@pytest.mark.parametrize(("edit", "seam"), MISFITS.values(), ids=MISFITS)
def test_on_a_pip_that_does_not_fit_nothing_is_patched_and_one_line_says_so(
    make: Make, each_pip: str, edit: Callable[[str], str], seam: str
) -> None:
    environment = make("isolated", pip=each_pip)
    environment.unlink()
    module = environment.site_packages / "pip" / "_internal" / "commands" / "install.py"
    module.write_text(edit(module.read_text()))
    environment.account.user_config.write_text("[userctl]\non-error = refuse\n")
    for arguments, returncode, where in (["--user", "demo"], 1, ""), (["demo"], 0, "site"):
        result = environment.pip("install", *arguments)
        assert (result.returncode, environment.where("demo")) == (returncode, where), result
        (line,) = (line for line in result.output.splitlines() if "userctl" in line)
        assert line.startswith("WARNING: userctl-unsupported-pip: "), result
        assert f"pip {each_pip}" in line, result
        assert f"no {seam}" in line, result
        assert "Traceback" not in result.output, result
    assert "Can not perform a '--user' install" in environment.pip("install", "--user", "demo").stderr
    assert environment.pip("list").stderr == ""


INTERRUPTS = {
    "a rule": lambda environment: add_plugin(environment, "import os, signal; os.kill(os.getpid(), signal.SIGINT)"),
    "the judgement": appended("engine.py", "def evaluate(*arguments): raise KeyboardInterrupt"),
    "an import": appended("engine.py", "raise KeyboardInterrupt"),
    "the start-up part": appended("_pip/loader.py", "raise KeyboardInterrupt"),
}


@pytest.mark.parametrize("interrupt", INTERRUPTS.values(), ids=INTERRUPTS)
def test_ctrl_c_ends_pip_also_during(make: Make, each_pip: str, interrupt: Damage) -> None:
    environment = make("isolated", pip=each_pip)
    interrupt(environment)
    result = environment.pip("install", "demo")
    assert result.returncode != 0, result
    assert environment.where("demo") == "", result
    assert "userctl-failure" not in result.output, result
