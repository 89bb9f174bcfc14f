"""``pip-userctl explain`` agrees with what pip then does, needs no network, and changes nothing."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment, PipResult, make_wheel
from tests.integration.conftest import Make
from tests.support import scenes
from tests.support.answers import answers, data, explained, snapshot
from tests.support.changes import manage_externally
from tests.support.expect import ALLOW_ROOT, STRICT
from tests.support.plugins import add_plugin
from tests.support.projects import make_project
from tests.support.pythons import NEWEST, OLDEST
from tests.support.scenes import CONFIGURED, NO_USER_SITE, SCENES, Stage

#: What of a decision is the same when pip decides; the rest tells this run from another.
SAME = (
    *("schema", "event", "phase", "verdict", "rules", "failures", "request", "destination", "environment", "policy"),
    *("account", "agent", "host", "cwd", "pip", "python", "userctl", "distributions", "reason"),
)
RESOLVED = ["shadowing", "protected-package"]


def squeezed(text: str) -> str:
    """The text without the white space and the lines that pip puts around it."""
    return re.sub(r"[\s│╰─>×|]+", "", text)


def assert_agreement(environment: PipEnvironment, explain: PipResult, pip: PipResult) -> Any:
    """What was explained is what pip then did; gives what was explained."""
    told = data(explain)
    assert explain.returncode == (1 if told["message"] or told["pip_refuses"] else 0), explain
    decisions = [each for each in pip.records if each["event"] == "decision"]
    assert told["judged"] is bool(decisions), (explain, pip)
    if decisions:
        assert {key: told[key] for key in SAME} == {key: decisions[0][key] for key in SAME}, (explain, pip)
    else:
        assert told["exempt"], explain
    if told["message"] is not None:
        assert pip.returncode == 1, (explain, pip)
        whole = "".join(told["message"].values())
        printed = re.sub("error:|ERROR:|note:|hint:", "", pip.stderr)
        assert squeezed(whole).replace(":", "") in squeezed(printed).replace(":", ""), (explain, pip)
    elif told["pip_refuses"] is not None:
        assert pip.returncode in (1, 3), (explain, pip)
        assert squeezed(told["pip_refuses"]) in squeezed(pip.output), (explain, pip)
    else:
        # The rest of what pip does, and what only the resolved set shows, is outside of what can be told.
        assert pip.returncode == 0 or set(told["not_judged"]) & set(pip.rules), (explain, pip)
    # Each line is printed as it was told; under a refusal the first is in two parts.
    for line, rule in [] if told["message"] else zip(told["lines"], told.get("rules", ())):
        silent = rule["action"] == "allow" or rule["waived_by"] == "dry-run" or told["policy"]["profile"] == "audit"
        assert (line in pip.output) is not silent, (line, explain, pip)
    return told


# it agrees with pip


#: One scene of each kind of text and place; the others differ in what the golden files have.
SHOWN = (
    *("isolated-typed", "system-site-configured", "conda-fallback", "location-configured", "protected-package"),
    *("root-user", "container-home", "user-site-by-path", "break-system-packages", "conda-frozen", "shadowing"),
    "hidden-user-site-configured",
)


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.needs(*SCENES[name].needs)) for name in SHOWN])
def test_it_agrees_with_pip_on_each_rule(stage: Stage, name: str) -> None:
    # Both actions and both pips, without the four products: the texts are those of the golden files anyway.
    action, pip = ("warn", NEWEST) if SCENES[name].kind.startswith("base") else ("refuse", OLDEST)
    environment = stage.set(name, pip)
    arguments = scenes.arguments_of(name, environment)
    folders = (environment.account.home, environment.account.cwd, environment.prefix)
    before = snapshot(*folders)
    # As it would be pasted, the policy among the variables, options behind the name.
    command = [str(environment.python), "-m", "pip_userctl", "explain", "--json", "python", "-m", "pip", "install"]
    explain = scenes.run(name, environment, [*command, *arguments], action)
    assert snapshot(*folders) == before, explain
    told = assert_agreement(environment, explain, scenes.play(name, environment, action))
    if not name.startswith("shadowing"):
        assert scenes.rule_of(name) in [each["name"] for each in told["rules"]], told
        expected = [each for each in RESOLVED if each != name]
        assert told["not_judged"] == expected, told


#: Refusals of pip's own, waivers, mixed and plain installs: the kind of environment, arguments and variables.
REQUESTS: Mapping[str, tuple[str, Sequence[str], Mapping[str, str]]] = {
    "PIP_NO_USER=1": ("isolated-typed", ["demo"], {"PIP_NO_USER": "1"}),
    "dropped, then a fallback": ("base-fallback", ["demo"], {**CONFIGURED, "PIP_USERCTL_BASE_CONFIGURED": "ignore"}),
    "--target and a setting": ("base-typed", ["--target", "t", "demo"], CONFIGURED),
    "--isolated": ("base-typed", ["--isolated", "--no-index", "--find-links", "{wheels}", "demo"], STRICT),
    "files and a tree": ("isolated-configured", ["-r", "wanted.txt", "-c", "limits.txt", "./tree"], CONFIGURED),
    "several refusals": ("base-typed", ["--user", "demo"], {**STRICT, **NO_USER_SITE}),
    "an agent": ("base-typed", ["--user", "demo"], {"AI_AGENT": "a", "PIP_USERCTL_AGENT_PROFILE": "strict"}),
    "audit": ("isolated-typed", ["--user", "demo"], {"PIP_USERCTL_PROFILE": "audit"}),
    "--dry-run --report": ("system-site-typed", ["--dry-run", "--report", "-", "--user", "demo"], STRICT),
    "a mistake": ("base-typed", ["--user", "demo"], {"PIP_USERCTL_BASE_TYPED": "x", "PIP_USERCTL_ON_ERROR": "refuse"}),
    "enabled = no, and pip refuses": ("isolated-typed", ["--user", "demo"], {"PIP_USERCTL_ENABLED": "no"}),
    "a false marker": ("isolated-typed", ["--user", "demo; python_version < '3'"], {}),
    "no such file": ("isolated-typed", ["-r", "none.txt"], {}),
    "--python-version": ("base-typed", ["--user", "--python-version", "3.8", "demo"], {}),
    "PIP_REQUIRE_VIRTUALENV": ("base-typed", ["--user", "demo"], {"PIP_REQUIRE_VIRTUALENV": "1"}),
    "externally managed": ("base-typed", ["--user", "demo"], {"managed": "yes"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_it_agrees_with_pip_on_other_requests(stage: Stage, name: str) -> None:
    scene, words, variables = REQUESTS[name]
    variables = {**ALLOW_ROOT, **variables}
    environment = stage.set(scene)
    account = environment.account
    if variables.pop("managed", ""):
        manage_externally(environment)
    (account.cwd / "wanted.txt").write_text("demo[socks]\n")
    (account.cwd / "limits.txt").write_text("demo == 1.0\n")
    (account.cwd / "pip.conf").write_text("[install]\nuser = yes\n")
    make_project(account.cwd / "tree", "tree")
    arguments = [word.format(wheels=account.wheels) for word in words]
    log = str(environment.prefix.parent / "records.jsonl")
    if "--isolated" in arguments:  # no variable counts there
        account.global_config.write_text(f"[userctl]\naudit-log = {log}\nprofile = strict\nroot-user = allow\n")
    explain = environment.userctl("explain", "--json", *arguments, **variables)
    pip = environment.pip("install", *arguments, PIP_USERCTL_AUDIT_LOG=log, **variables)
    told = assert_agreement(environment, explain, pip)
    if name == "files and a tree":
        assert told["request"]["requirements"] == ["./tree", "demo[socks]"], told
        assert told["request"]["constraints"] == ["demo==1.0"], told
    if told["judged"] and not told["message"] and not told["pip_refuses"] and not told["request"]["dry_run"]:
        tops = (environment.prefix, account.home, account.cwd)
        found = {str(path.parent) for top in tops for path in top.rglob("demo.py")}
        assert found == {told["destination"]["purelib"]}, (told, pip)


# what it takes


def test_a_pasted_command_and_two_dashes_change_nothing(stage: Stage) -> None:
    isolated = stage.set("isolated-typed")
    pasted = (
        "--user demo",
        "-- --user demo",
        "pip install --user demo",
        "python -m pip install --user demo",
        f"{isolated.python} -m pip install --user demo",
        "python3 -I -m pip install --user demo",
        "/opt/python/bin/pip3.13 install --user demo",
        "%pip install --user demo",
        "-- pip install --user demo",
    )
    named = ("pip demo", "install pip", "pip", "demo install")
    plain = "python -m pip --isolated install demo"
    found = answers(isolated, *(f"explain {words}".split() for words in (*pasted, *named, plain)), **ALLOW_ROOT)
    expected, *same = [{key: each["data"][key] for key in SAME} for each in found[: len(pasted)]]
    for words, each in zip(pasted[1:], same):
        assert each == expected, words
    read = [each["data"]["request"]["requirements"] for each in found[len(pasted) :]]
    assert read == [*(each.split() for each in named), ["demo"]]
    before = explained(isolated, *plain.split(), **CONFIGURED)
    assert before["request"]["origin"]["kind"] == "none", before


def test_a_usage_error_of_pip_is_one_of_explain(isolated: PipEnvironment) -> None:
    for asked in (["--no-such-option", "demo"], ["--", "--json", "demo"]):
        real = isolated.pip("install", *(each for each in asked if each != "--"))
        result = isolated.userctl("explain", *asked)
        assert (result.returncode, result.stdout) == (real.returncode, "") == (2, ""), result
        assert real.stderr.splitlines()[-1] in result.stderr, (result, real)
        assert "[/]" not in result.stderr, result
    (envelope,) = answers(isolated, ["explain", *asked])
    assert [each["reference"] for each in envelope["errors"]] == ["userctl-usage"], envelope
    pasted = isolated.userctl("explain", "PIP_USER=1", "pip", "install", "demo")
    said = "pip-userctl explain: error: PIP_USER=1 is a variable: put it in front of pip-userctl\n"
    assert (pasted.returncode, pasted.stderr) == (2, said), pasted


def test_what_waives_a_refusal_is_said(isolated: PipEnvironment) -> None:
    setting = {"PIP_USER": "1", "PIP_USERCTL_ISOLATED_CONFIGURED": "refuse", "PIP_USERCTL_ALLOW_PACKAGES": "demo"}
    result = isolated.userctl("explain", "demo", **setting)
    assert re.search(r"\n  refuse  userctl-isolated-configured: .* \(waived by allow-packages\)\n", result.stdout), (
        result
    )


@pytest.mark.parametrize(("text", "variables"), [("user = yes\n", {}), ("", {"PIP_USER": "maybe"})])
def test_a_configuration_that_pip_cannot_use_is_named_in_its_words(
    isolated: PipEnvironment, text: str, variables: Mapping[str, str]
) -> None:
    isolated.account.config.write_text(text)
    real = isolated.pip("install", "demo", **variables)
    result = isolated.userctl("explain", "demo", **variables)
    assert real.returncode != 0, real
    assert result.returncode != 0, (result, real)
    assert squeezed(real.stderr.splitlines()[-1].removeprefix("ERROR: ")) in squeezed(result.output), (result, real)
    assert "Traceback" not in result.output, result


# what it tells


def test_the_text_says_what_why_where_and_what_is_decided_later(stage: Stage) -> None:
    environment = stage.set("system-site-configured")
    environment.account.config.write_text(
        "[install]\nuser = yes\n[userctl]\nsystem-site-configured = refuse\nmessage = Ask us.\nbase-typed = never\n"
    )
    result = environment.userctl("explain", "demo", **ALLOW_ROOT)
    config, site = "~/.config/pip/pip.conf", f"~/.local/lib/python{environment.version}/site-packages"
    line = f"userctl-system-site-configured: user = yes ({config}:2) installs outside this virtual environment: "
    line += f"other Pythons {environment.version} of this account import from {site} too [{config}:4]"
    for words in (
        "verdict  refuse\n\nrules that apply\n",
        f"  refuse  {line}\n",
        f"\nnote: Ask us.\n      {environment.python} -m pip_userctl rules system-site-configured\n",
        f"\nhint: {environment.python} -m pip install --no-user demo\n",
        f"  asked by  configured user {environment.account.config}\n",
        f"  purelib   {environment.user_site}\n",
        "decided later, by the resolved set\n  shadowing, protected-package\n",
        f"mistakes in the policy\n  {environment.account.config}:6: base-typed = never is not valid",
    ):
        assert words in result.stdout, (words, result)
    assert (result.returncode, result.stderr) == (1, ""), result


def test_what_is_not_judged_has_a_reason_and_nothing_is_decided_later(stage: Stage) -> None:
    isolated = stage.set("isolated-typed")
    prepares = ["--no-user", "--prefix", "p", "demo"]
    for arguments, variables, reason in (
        (["demo"], {"PIP_USERCTL_ENABLED": "no"}, "the policy is switched off (enabled = no)"),
        (["demo; python_version < '3'"], {}, "no requirement, or none whose marker holds here"),
        (prepares, {"PIP_BUILD_TRACKER": "t"}, "an install that pip or ensurepip starts by itself"),
    ):
        told = explained(isolated, *arguments, **variables)
        found = (told["judged"], told["exempt"], told["pip_refuses"], told["not_judged"])
        assert found == (False, reason, None, []), told
    assert f"verdict  not judged: {reason}\n" in isolated.userctl("explain", *arguments, **variables).stdout


DISTRIBUTIONS = """
@hookimpl
def userctl_evaluate_distributions(distributions):
    return None
"""
KEYS = """
@hookimpl
def userctl_policy_keys():
    number = PolicyKey("acme-limit", "choice", ("10", "20"), ("10", "10", "10"))
    return [PolicyKey("acme-many"), PolicyKey("acme-large"), number]
"""
START = "from pip_userctl import PolicyKey, Verdict, hookimpl\n"


@pytest.mark.parametrize(
    ("module", "more"),
    [
        (START + KEYS + DISTRIBUTIONS, ["acme-many", "acme-large"]),
        (START + DISTRIBUTIONS, ["acme"]),
        (START + KEYS, []),
    ],
    ids=["actions among its keys", "no keys", "not the hook"],
)
def test_a_plugin_that_looks_at_the_resolved_set_is_listed(stage: Stage, module: str, more: list[str]) -> None:
    environment = add_plugin(stage.set("isolated-typed"), "", module=module)
    assert explained(environment, "demo")["not_judged"] == [*RESOLVED, *more]


def test_a_plugin_is_asked_as_in_an_install_and_its_failure_is_told(stage: Stage) -> None:
    environment = add_plugin(stage.set("isolated-typed"), "raise LookupError(request.requirements[0])")
    for variables, status in (({}, 0), ({"PIP_USERCTL_ON_ERROR": "refuse"}, 1)):
        explain = environment.userctl("explain", "--json", "demo", **variables)
        told = assert_agreement(environment, explain, environment.pip("install", "demo", **variables))
        assert explain.returncode == status, explain
        assert told["failures"] == [{"part": "rule", "name": "acme", "error": "LookupError: demo"}], explain


# it fetches, builds, writes and betrays nothing


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that only remembers whether anybody has connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_nothing_is_fetched_and_files_behind_urls_are_listed_as_not_read(
    stage: Stage, each_pip: str, listener: socket.socket
) -> None:
    environment = stage.set("system-site-typed", each_pip)
    place = f"http://127.0.0.1:{listener.getsockname()[1]}"
    index = {**ALLOW_ROOT, "PIP_NO_INDEX": "0", "PIP_INDEX_URL": place, "PIP_FIND_LINKS": place, "PIP_RETRIES": "0"}
    url = f"{place}/list.txt"
    (environment.account.cwd / "wanted.txt").write_text(f"demo\n-c {url}\n-r {url}\n")
    unread = (["-r", url], ["demo", "-c", url], ["-r", "wanted.txt"])
    wanted = ["depends", f"{place}/demo-1.0-py3-none-any.whl", "-e", f"git+{place}/project#egg=project"]
    commands = (*(["explain", "--user", *arguments] for arguments in unread), ["explain", *wanted])
    *found, last = (each["data"] for each in answers(environment, *commands, **index))
    for told, times in zip(found, (1, 1, 2)):
        assert (told["judged"], set(told["not_read"]), len(told["not_read"])) == (True, {url}, times), told
        assert "system-site-typed" in [each["name"] for each in told["rules"]], told
    assert last["verdict"] == "allow", last
    text = environment.userctl("explain", "--user", "-r", url, **index).stdout
    assert f"not read, because it would have to be fetched\n  {url}\n" in text
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_nothing_is_installed_built_or_left_behind(isolated: PipEnvironment) -> None:
    cwd = isolated.account.cwd
    tree = make_project(cwd / "tree", "tree", code="open('was-run', 'w').close()")
    (tree / "setup.py").write_text("open('was-run', 'w').close()\n")
    (cwd / "tmp").mkdir()
    folders = (isolated.prefix, isolated.account.home, cwd)
    before = snapshot(*folders)
    options = ["--no-clean", "--log", "log", "--cache-dir", "cache", "--src", "source"]
    for wanted in (["--target", "there", "demo", "./tree"], ["-e", "tree"]):
        isolated.userctl(
            "explain", *options, *wanted, TMPDIR=str(cwd / "tmp"), PIP_USERCTL_AUDIT_LOG=str(cwd / "records")
        )
    assert snapshot(*folders) == before


def test_secrets_in_urls_are_shown_nowhere(isolated: PipEnvironment) -> None:
    url = "https://ada:SECRET@host.example"
    arguments = ["--user", f"demo @ {url}/demo.whl", "-r", f"{url}/r", "--index-url", f"{url}/simple"]
    arguments += ["--proxy", "ada:SECRET@host.example:3128"]
    # Refused, and read as far as possible.
    shown = json.dumps(answers(isolated, *(["explain", *words] for words in (arguments, arguments[1:])), **ALLOW_ROOT))
    text = isolated.userctl("explain", *arguments[1:], **ALLOW_ROOT).output
    assert "SECRET" not in shown + text, shown + text
    assert "https://ada:****@host.example/r" in text, text


def test_it_judges_as_the_account_that_asks_although_site_packages_is_not_writable(make: Make) -> None:
    environment = make("base")
    make_wheel(environment.account.wheels, "other")
    environment.make_read_only()
    told = explained(environment, "other", **STRICT)
    assert (told["verdict"], told["destination"]["purelib"]) == ("refuse", str(environment.user_site)), told
