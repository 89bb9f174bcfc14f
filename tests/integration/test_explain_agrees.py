"""``pip-userctl explain`` tells what ``pip install`` then does: the same situations, exit status and destination."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple

import pytest

from pip_userctl.policy import SITUATIONS
from tests.toolkit.answers import contents, explained
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import NO_ROOT_ROW, STRICT, installed

Make = Callable[..., Environment]
KINDS = ("isolated", "system-site", "conda", "base")
WISHES = ("none", "typed", "variable", "fallback")
#: An isolated environment has no fallback: pip fails in the middle of it, which nobody can tell before.
CELLS = [(kind, how) for kind in KINDS for how in WISHES if (kind, how) != ("isolated", "fallback")]
KNOWN = [each.name for each in SITUATIONS]


class Install(NamedTuple):
    """One ``pip install``, to be explained and to be run."""

    environment: Environment
    arguments: Sequence[str]
    variables: Mapping[str, str]

    def explain(self) -> Any:
        """What ``explain`` tells, having changed nothing."""
        account = self.environment.account
        folders = (account.home, account.cwd, self.environment.prefix)
        before = contents(*folders)
        data = explained(self.environment, *self.arguments, **self.variables)
        assert contents(*folders) == before
        return data

    def run(self) -> Result:
        """What pip does."""
        return self.environment.pip("install", *self.arguments, **self.variables)


def wish(environment: Environment, how: str) -> tuple[list[str], dict[str, str]]:
    """The arguments and variables by which a user install is wished for in this way."""
    if how == "fallback":
        environment.make_read_only()
    return ["--user"] if how == "typed" else [], {"PIP_USER": "1"} if how == "variable" else {}


def assert_agreement(environment: Environment, arguments: Sequence[str], variables: Mapping[str, str]) -> Any:
    """Explain and run the same, and compare; gives what was explained."""
    install = Install(environment, ["-v", *arguments], {**NO_ROOT_ROW, **variables})
    data = install.explain()
    result = install.run()
    told = {each["name"] for each in data.get("situations", ()) if each["action"] != "allow"}
    said = {name for name in KNOWN if re.search(rf"userctl-{name}(?![a-z-])", result.output)}
    assert told == said, (data, result)
    ours = "error: userctl-" in result.output
    assert (data.get("verdict") == "refuse") == ours, (data, result)
    refused = ours or data["pip_refuses"] is not None
    assert (result.returncode != 0) == refused, (data, result)
    assert result.returncode in (0, 1, 3), result
    if data["pip_refuses"] is not None and not ours:
        assert squeezed(data["pip_refuses"]) in squeezed(result.output), (data, result)
    if not refused and data["judged"] and not data["request"]["dry_run"]:
        folders = {environment.prefix, environment.account.home, environment.account.cwd}
        places = {str(folder / each) for folder in folders for each in installed(folder)}
        assert places == {data["destination"]["purelib"]}, (data, result)
    return data


def squeezed(text: str) -> str:
    """The text without the white space and the lines that pip puts around it."""
    return re.sub(r"[\s│╰─>×]+", "", text)


@pytest.mark.parametrize(("kind", "how"), CELLS)
def test_explain_agrees_with_pip_on_every_wish_in_every_environment(
    make: Make, each_pip: str, kind: str, how: str
) -> None:
    environment = make(kind, pip=each_pip)
    arguments, variables = wish(environment, how)
    data = assert_agreement(environment, [*arguments, "demo"], variables)
    assert data["request"]["origin"]["kind"] == {"variable": "configured"}.get(how, how), data


@pytest.mark.parametrize("profile", ["audit", "strict"])
@pytest.mark.parametrize(("kind", "how"), [cell for cell in CELLS if cell[1] in ("typed", "fallback")])
def test_explain_agrees_with_pip_under_each_profile(make: Make, kind: str, how: str, profile: str) -> None:
    environment = make(kind)
    environment.account.global_config.write_text(f"[userctl]\nprofile = {profile}\n")
    arguments, variables = wish(environment, how)
    assert assert_agreement(environment, [*arguments, "demo"], variables)["policy"]["profile"] == profile


@pytest.mark.parametrize("how", ["none", "typed", "variable"])
@pytest.mark.parametrize("option", ["--target", "--prefix", "--root"])
def test_explain_agrees_with_pip_on_where_else_it_installs(make: Make, each_pip: str, option: str, how: str) -> None:
    environment = make("base", pip=each_pip)
    arguments, variables = wish(environment, how)
    assert_agreement(environment, [*arguments, option, "there", "demo"], variables)


#: Situations, refusals of pip's own and plain installs: arguments, variables, and what the environment needs.
REQUESTS: Mapping[str, tuple[str, Sequence[str], Mapping[str, str]]] = {
    "--no-user": ("isolated", ["--no-user", "demo"], {"PIP_USER": "1"}),
    "PIP_USER=0": ("base", ["demo"], {"PIP_USER": "0"}),
    "a file": ("base", ["demo"], {"PIP_CONFIG_FILE": "pip.conf"}),
    "PIP_NO_USER=1": ("isolated", ["demo"], {"PIP_NO_USER": "1"}),
    "PYTHONNOUSERSITE": ("base", ["--user", "demo"], {"PYTHONNOUSERSITE": "1"}),
    "PYTHONNOUSERSITE, configured": ("base", ["demo"], {"PYTHONNOUSERSITE": "1", "PIP_USER": "1"}),
    "dropped, then a fallback": (
        "base read-only",
        ["demo"],
        {"PIP_USER": "1", "PIP_USERCTL_BASE_CONFIGURED": "ignore"},
    ),
    "--prefix the user base": ("base", ["--prefix", "../home/.local", "demo"], {}),
    "--target kept beside a wish": (
        "base",
        ["--target", "t", "demo"],
        {"PIP_USER": "1", "PIP_USERCTL_LOCATION_CONFIGURED": "warn"},
    ),
    "--isolated": (
        "base",
        ["--isolated", "--no-index", "--find-links", "{wheels}", "demo"],
        {"PIP_USER": "1", "PIP_USERCTL_PROFILE": "strict"},
    ),
    "-r": ("isolated", ["--user", "-r", "requirements.txt"], {}),
    "-r and -c": ("isolated", ["-r", "requirements.txt", "-c", "constraints.txt"], {"PIP_USER": "1"}),
    "--no-deps": ("system-site", ["--user", "--no-deps", "depends", "demo"], {}),
    "a false marker": ("isolated", ["--user", "demo; python_version < '3'"], {}),
    "several refusals": ("base", ["--user", "demo"], {"PYTHONNOUSERSITE": "1", "PIP_USERCTL_PROFILE": "strict"}),
    "allow-packages": ("base", ["--user", "demo"], {**STRICT, "PIP_USERCTL_ALLOW_PACKAGES": "demo"}),
    "allow-packages, another": ("base", ["--user", "demo"], {**STRICT, "PIP_USERCTL_ALLOW_PACKAGES": "depends"}),
    "PIP_USERCTL_REASON": ("base", ["--user", "demo"], {**STRICT, "PIP_USERCTL_REASON": "ticket 7"}),
    "override = deny": (
        "base",
        ["--user", "demo"],
        {**STRICT, "PIP_USERCTL_REASON": "ticket 7", "PIP_USERCTL_OVERRIDE": "deny"},
    ),
    "protect-packages": ("base", ["--user", "demo"], {"PIP_USERCTL_PROTECT_PACKAGES": "demo"}),
    "enabled = no": ("isolated", ["demo"], {"PIP_USERCTL_ENABLED": "no"}),
    "enabled = no, and pip refuses": ("isolated", ["--user", "demo"], {"PIP_USERCTL_ENABLED": "no"}),
    "nothing": ("isolated", [], {"PIP_FIND_LINKS": ""}),
    "--user and --target": ("base", ["--user", "--target", "t", "demo"], {}),
    "--user and --prefix": ("base", ["--user", "--prefix", "t", "demo"], {}),
    "no such file": ("isolated", ["--user", "-r", "none.txt"], {"PIP_USERCTL_ISOLATED_TYPED": "log"}),
    "no such file behind a plain install": ("isolated", ["-r", "none.txt"], {}),
    "a target that is a file": ("base", ["--target", "requirements.txt", "demo"], {}),
    "--python-version": ("base", ["--user", "--python-version", "3.8", "demo"], {}),
    "--python-version with --target": (
        "base",
        ["--python-version", "3.8", "--no-deps", "--target", "t", "demo"],
        {"PIP_USER": "1"},
    ),
    "PIP_REQUIRE_VIRTUALENV": ("base", ["--user", "demo"], {"PIP_REQUIRE_VIRTUALENV": "1"}),
    "PIP_REQUIRE_VIRTUALENV in one": ("isolated", ["--user", "demo"], {"PIP_REQUIRE_VIRTUALENV": "1"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_explain_agrees_with_pip_on_other_requests(make: Make, each_pip: str, name: str) -> None:
    kind, words, variables = REQUESTS[name]
    environment = make(kind.split()[0], pip=each_pip)
    arguments = [word.replace("{wheels}", str(environment.wheels)) for word in words]
    if "read-only" in kind:
        environment.make_read_only()
    (environment.account.cwd / "requirements.txt").write_text("demo\n")
    (environment.account.cwd / "pip.conf").write_text("[install]\nuser = yes\n")
    (environment.account.cwd / "constraints.txt").write_text("demo == 1.0\n")
    assert_agreement(environment, arguments, variables)


@pytest.mark.parametrize("arguments", [["demo"], ["--user", "demo"], ["--target", "t", "demo"]], ids=" ".join)
@pytest.mark.parametrize("allowed", [[], ["--break-system-packages"]], ids=["", "--break-system-packages"])
def test_explain_agrees_with_pip_where_the_system_manages_python(
    make: Make, allowed: list[str], arguments: list[str]
) -> None:
    environment = make("base")
    environment.manage_externally()
    data = assert_agreement(environment, [*allowed, *arguments], {"PIP_USERCTL_PROFILE": "strict"})
    assert data["judged"] is (bool(allowed) or "--target" in arguments), data


@pytest.mark.parametrize("report", [[], ["--report", "-"]], ids=["", "--report"])
@pytest.mark.parametrize("kind", ["isolated", "system-site"])
def test_explain_agrees_with_pip_on_a_dry_run(make: Make, kind: str, report: list[str]) -> None:
    environment = make(kind)
    data = assert_agreement(environment, ["--dry-run", *report, "--user", "demo"], {"PIP_USERCTL_PROFILE": "strict"})
    assert data["request"]["dry_run"] is True, data
    assert installed(environment.account.home) == [], data


#: What ``on-error = refuse`` makes of a mistake in the policy: the request, and whether pip stops.
FAULTS = {"demo": True, "pip": False}


@pytest.mark.parametrize("name", FAULTS)
def test_explain_agrees_with_pip_on_a_stop_by_a_mistake_in_the_policy(make: Make, each_pip: str, name: str) -> None:
    environment = make("isolated", pip=each_pip)
    environment.account.user_config.write_text("[userctl]\nbase-typed = refus\non-error = refuse\n")
    result = environment.userctl("explain", name)
    stopped = environment.pip("install", "--no-deps", "--no-index", name)
    assert bool(stopped.lines("error: userctl-policy")) is FAULTS[name], stopped
    assert result.returncode == FAULTS[name], result
    assert ("userctl-policy" in result.stdout) is FAULTS[name], result
    assert "base-typed = refus is not valid" in result.stdout, result
