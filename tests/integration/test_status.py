"""``status``: is it active here and why not, for which pip, what it covers, the facts, and the policy with its places."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping

import pytest

from pip_userctl.keys import KEYS
from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make, Shared
from tests.support import cache
from tests.support.answers import answer, answers, data, status
from tests.support.changes import remove
from tests.support.expect import ALLOW_ROOT, assert_error
from tests.support.machines import Machine
from tests.support.plugins import KEY, RULE, add_plugin


def test_an_active_environment_is_described(shared: Shared, each_pip: str) -> None:
    environment = shared("isolated", pip=each_pip)
    found = status(environment)
    assert (found["active"], found["reason"], found["location"]) == (True, "", str(environment.site_packages)), found
    pip = str(cache.pip_folder(each_pip) / "pip" / "__init__.py")
    assert found["pip"] == {"version": each_pip, "location": pip}, found
    text = f"this virtual environment only: {environment.prefix}"
    assert found["coverage"] == {"by": "installation", "file": None, "text": text}, found
    facts, policy = found["environment"], found["policy"]
    assert (facts["kind"], facts["prefix"], facts["user_site_enabled"]) == ("isolated", str(environment.prefix), False)
    assert (policy["profile"], policy["locked"], policy["files"], policy["values"]) == ("default", False, [], {}), found

    result = environment.userctl("status")
    assert result.returncode == 0, result
    for line in (
        f"active       yes\npip-userctl  0.1.0 from {environment.site_packages}\npip          {each_pip} from {pip}\n",
        f"covers       {text}\n\nenvironment\n  kind                isolated\n",
        f"  user site           {environment.user_site} (not on sys.path: isolated virtual environment)\n",
        "policy, profile default\n  every key has its default\n",
    ):
        assert line in result.stdout, result


def without_start_up_file(environment: PipEnvironment) -> None:
    remove(environment, "pip_userctl.pth")


def switched_off(environment: PipEnvironment) -> None:
    environment.write_policy(enabled="no")


def misfitting_pip(environment: PipEnvironment) -> None:
    (link,) = environment.site_packages.glob("pip-of-the-tests.pth")
    own = environment.prefix / "pip-folder"
    shutil.copytree(link.read_text().strip(), own)
    module = own / "pip" / "_internal" / "commands" / "install.py"
    module.write_text(module.read_text().replace("decide_user_install", "choose_user_install"))
    link.write_text(f"{own}\n")


def without_pip(environment: PipEnvironment) -> None:
    remove(environment, "pip-of-the-tests.pth")


def half_a_pip(environment: PipEnvironment) -> None:
    without_pip(environment)
    (environment.site_packages / "pip").mkdir()
    (environment.site_packages / "pip" / "__init__.py").write_text("__version__ = '26.3'\n")


def imported_before(environment: PipEnvironment) -> None:
    (link,) = environment.site_packages.glob("pip-of-the-tests.pth")
    link.rename(environment.site_packages / "a.pth")
    (environment.site_packages / "b.pth").write_text("import pip._internal.commands.install\n")


INACTIVE: Mapping[Callable[[PipEnvironment], None], str] = {
    without_start_up_file: "pip_userctl.pth",
    switched_off: "the policy is switched off (enabled = no)",
    misfitting_pip: "this pip has no decide_user_install",
    without_pip: "this interpreter has no pip",
    half_a_pip: "pip cannot be loaded: No module named 'pip._internal'",
    imported_before: "pip's install command was imported before the start-up module",
}


@pytest.mark.parametrize("damage", INACTIVE, ids=lambda damage: damage.__name__)
def test_where_it_is_not_active_the_reason_is_given(make: Make, damage: Callable[[PipEnvironment], None]) -> None:
    environment = make("isolated")
    damage(environment)
    result = environment.userctl("status", "--json")
    found = data(result)
    assert (result.returncode, found["active"], INACTIVE[damage] in found["reason"]) == (1, False, True), result
    if damage is without_pip:
        assert environment.userctl("status").stdout == f"active  no: {found['reason']}\n"
        repair = f"hint: {environment.python} -m ensurepip --upgrade"
        for verb in ("explain", "check"):
            assert_error(environment.userctl(verb), "not-installed", repair)


def test_a_file_with_the_start_up_modules_name_in_front_of_it_is_named(shared: Shared) -> None:
    environment = shared("isolated")
    other = environment.account.cwd / "_pip_userctl.py"
    other.touch()
    found = status(environment, PYTHONPATH=str(other.parent))
    assert found["active"] is False, found
    assert found["reason"] == f"{other} is loaded instead of {environment.site_packages}/_pip_userctl.py", found


def test_where_a_part_is_missing_the_command_says_which_and_how_to_mend_it(make: Make) -> None:
    environment = make("isolated")
    remove(environment, "pip_userctl/judge.py")
    repair = "-m pip install --force-reinstall pip-userctl"
    assert_error(environment.userctl("status"), "not-installed", "judge", repair)
    remove(environment, "pluggy")
    (error,) = answer(environment.userctl("status", "--json"))["errors"]
    assert (error["reference"], "pluggy" in error["why"]) == ("userctl-not-installed", True), error


def test_what_is_covered_depends_on_where_it_is_installed(make: Make) -> None:
    base = make("base")
    seen = make("system-site", base, userctl=False)
    found = status(seen)
    assert found["active"], found
    assert found["coverage"]["text"] == f"every environment that sees the system site-packages of {base.prefix}", found
    here = f"this interpreter, {base.prefix}, and its --system-site-packages environments; not its isolated"
    assert status(base)["coverage"]["text"].startswith(here)

    base.user_site.mkdir(parents=True)
    for each in ("pip_userctl", "_pip_userctl.py", "pip_userctl.pth", "pluggy", "packaging"):
        shutil.move(str(base.site_packages / each), str(base.user_site / each))
    found = status(base)
    assert (found["active"], found["location"]) == (True, str(base.user_site)), found
    script = base.account.home / ".local" / "bin" / "pip-userctl"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    refused = base.pip("install", "--user", "demo", PIP_USERCTL_BASE_TYPED="refuse", **ALLOW_ROOT)
    assert f"note: {script} rules base-typed" in refused.stderr, refused
    for words in ("of this account", "not isolated virtual environments", "-s, -I or PYTHONNOUSERSITE"):
        assert words in found["coverage"]["text"], found


@pytest.mark.needs("root", "unshare")
def test_an_installation_that_other_accounts_cannot_read_is_told(make: Make) -> None:
    machine = Machine(make("base"), uid=0)
    package = machine.environment.site_packages / "pip_userctl"
    package.chmod(0o700)
    result = machine.userctl("status")
    assert result.returncode == 1, result
    for part in ("active       yes\n", "\nerror: userctl-unreadable\n", str(package)):
        assert part in result.stdout, result


def test_verify_compares_the_start_up_files_with_the_released_ones_and_with_record(make: Make) -> None:
    environment = make("isolated")
    result = environment.userctl("status", "--verify")
    assert result.returncode == 0, result
    assert result.stdout.count("as in release 0.1.0, as in RECORD\n") == 3, result
    loader = environment.site_packages / "pip_userctl" / "startup" / "loader.py"
    loader.write_text(loader.read_text() + "# mine\n")
    result = environment.userctl("status", "--verify")
    assert result.returncode == 1, result
    assert result.stdout.count(": not as in release") + result.stdout.count("  not as in release") == 1, result
    assert f"{loader} " in result.stdout, result
    assert environment.userctl("status").returncode == 0


def test_each_value_has_its_source_and_the_text_names_the_place_of_what_is_not_the_default(shared: Shared) -> None:
    environment = shared("isolated")
    account = environment.account
    named, site = account.cwd / "named.conf", environment.prefix / "pip.conf"
    places = {"global": account.global_config, "user": account.config, "site": site, "env": named}
    account.global_config.write_text("[userctl]\nprofile = strict\nbase-typed = log\nroot-user = log\n")
    account.config.write_text("[userctl]\nroot-user = warn\nbase-fallback = warn\n")
    site.write_text("[userctl]\n# a remark\nconda-typed = allow\nplugins = none\n")
    named.write_text("[global]\ntimeout = 5\n[userctl]\nconda-fallback = allow\n")

    def source(kind: str, line: int | None = None, name: str | None = None) -> dict[str, object]:
        path = str(places["global" if kind == "profile" else kind]) if line else None
        return {"kind": kind, "path": path, "line": line, "name": name}

    variables = {"PIP_USERCTL_CONDA_TYPED": "refuse", "PIP_USERCTL_MESSAGE": "Ask us."}
    values = data(environment.userctl("status", "--json", "--all", **variables))["policy"]["values"]
    expected = {
        "profile": ("strict", source("global", 2)),
        "base-typed": ("log", source("global", 3)),
        "root-user": ("warn", source("user", 2)),
        "plugins": (["none"], source("site", 4)),
        "conda-typed": ("refuse", source("env-var", name="PIP_USERCTL_CONDA_TYPED")),
        "message": ("Ask us.", source("env-var", name="PIP_USERCTL_MESSAGE")),
        "base-configured": ("refuse", source("profile", 2)),
        "on-error": ("warn", source("default")),
    }
    assert {key: (values[key]["value"], values[key]["source"]) for key in expected} == expected, values
    assert list(values) == list(KEYS)

    # A PIP_CONFIG_FILE that exists hides the user's file from pip.
    policy = status(environment, PIP_CONFIG_FILE=str(named))["policy"]
    assert policy["values"]["conda-fallback"]["source"] == source("env", 4), policy
    assert policy["values"]["root-user"]["source"] == source("global", 4), policy
    assert policy["files"] == [str(places[kind]) for kind in ("global", "site", "env")], policy

    text = environment.userctl("status", PIP_USERCTL_MESSAGE="one\n  two").stdout
    for line in (
        "policy, profile strict\n",
        f"  base-configured              refuse   profile strict, {account.global_config}:2\n",
        "  base-fallback                warn     ~/.config/pip/pip.conf:3\n",
        "  message                      one two  PIP_USERCTL_MESSAGE\n",
    ):
        assert line in text, text
    assert "on-error" not in text, text


def test_mistakes_plugins_and_failures_are_listed(shared: Shared) -> None:
    environment = shared("isolated")
    add_plugin(environment, "return None", module=RULE + KEY)
    add_plugin(environment, "", name="broken", module="raise RuntimeError('no such thing')\n")
    environment.write_policy(base_typed="refus", base_tpyed="log", locked="yes", acme_freeze="log")
    (found,) = answers(environment, ["status"])
    assert (found["exit_code"], found["data"]["active"]) == (1, True), found
    policy, config = found["data"]["policy"], environment.account.config
    places = sorted((each["path"], each["line"]) for each in policy["mistakes"])
    assert places == [(str(config), line) for line in (2, 3, 4)], policy
    assert (policy["locked"], policy["values"]["acme-freeze"]["value"]) == (False, "log"), policy
    assert {"name": "acme", "distribution": "acme-policy", "version": "1.0"} in found["data"]["plugins"], found
    result = environment.userctl("status")
    line = f"  {config}:2: base-typed = refus is not valid (did you mean refuse?); valid: allow, "
    assert line in result.stdout, result
    assert "failures\n  plugin broken  RuntimeError: no such thing\n" in result.stdout, result
