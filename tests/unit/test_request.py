"""From pip's options and requirements to a request, with the pip of this interpreter; and whether a pip fits at all."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from optparse import Values
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable

import pip
import pytest
from pip._internal.exceptions import PipError
from pip._internal.req.constructors import install_req_from_editable, install_req_from_line

from pip_userctl import Environment, Policy, Request, Source, messages, testing
from pip_userctl._pip import patch, report, request as requests
from pip_userctl.config import ConfigFile, Configuration
from pip_userctl.models import Destination, RequestedName, Unwritable
from tests.unit.values import file

ADA = testing.environment()
MODULE: Any = SimpleNamespace(get_lib_location_guesses=lambda **_: ["/lib/python"])


@pytest.fixture(autouse=True)
def writable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pip asks for its own directories, they can be written."""
    monkeypatch.setattr("pip_userctl.environment.find_unwritable", lambda directories: None)
    monkeypatch.setenv("PLAT", "linux-x86_64")  # distutils, which pip asks on Python 3.9, sets it for good


def options(**given: Any) -> Values:
    """Pip's options as its parser leaves them."""
    names = ("use_user_site", "prefix_path", "target_dir", "root_path", "json_report_file")
    lists = {"requirements": [], "editables": [], "isolated_mode": False, "no_index": False, "dry_run": False}
    return Values({**dict.fromkeys(names), **lists, "root_user_action": "warn", **given})


def made(
    *arguments: str, files: Sequence[ConfigFile] = (), variables: dict[str, tuple[str, str]] | None = None, **given: Any
) -> Request:
    """The request of these options; the arguments are those behind ``install``."""
    args = [each for each in arguments if not each.startswith("-")]
    configuration = Configuration(tuple(files), variables or {})
    return requests.from_options(options(**given), arguments, configuration, args, MODULE)


# Who asked


def setting(**values: str) -> list[ConfigFile]:
    """A file with these keys in ``[install]``."""
    return [file()._replace(sections={"install": {key.replace("_", "-"): value for key, value in values.items()}})]


ASKED: list[tuple[object, tuple[str, ...], list[ConfigFile], dict[str, tuple[str, str]], Source]] = [
    (None, ("demo",), [], {}, Source("none")),
    (True, ("--user", "demo"), [], {}, Source("typed", name="--user")),
    (True, ("--user", "demo"), setting(user="1"), {}, Source("typed", name="--user")),
    (False, ("--no-user", "demo"), setting(user="1"), {}, Source("none", name="--no-user")),
    (1, ("demo",), setting(user="yes"), {}, Source("configured", "/user/pip.conf", None, "user")),
    (1, ("demo",), [], {"user": ("1", "PIP_USER")}, Source("configured", name="PIP_USER")),
    (1, ("demo",), [], {"no-user": ("1", "PIP_NO_USER")}, Source("configured", name="PIP_NO_USER")),
    (0, ("demo",), [], {"user": ("0", "PIP_USER")}, Source("none", name="PIP_USER")),
    (1, ("demo",), [], {}, Source("configured")),
    (True, (), [], {}, Source("typed", name="--user")),  # in the same process
]


@pytest.mark.parametrize(("wanted", "arguments", "files", "variables", "origin"), ASKED)
def test_the_origin_is_told_by_pips_own_value_and_its_place_by_the_configuration(
    wanted: object,
    arguments: tuple[str, ...],
    files: list[ConfigFile],
    variables: dict[str, tuple[str, str]],
    origin: Source,
) -> None:
    request = made(*arguments, files=files, variables=variables, use_user_site=wanted)
    assert request.origin == origin
    assert request.scheme == ("user" if wanted else "site")
    assert request.no_user is (wanted is not None and not wanted)
    asks = any(value in ("1", "yes") for each in files for value in each.sections["install"].values())
    asks = asks or any(value == "1" for value, _ in variables.values())
    assert (request.user_setting is not None) == (asks and wanted is not None)


def test_options_and_arguments_are_taken_with_their_secrets_redacted() -> None:
    secret, hidden = "https://ada:secret@host/demo.whl", "https://ada:****@host/demo.whl"
    given: dict[str, Any] = {"target_dir": "/t", "root_path": None, "dry_run": True, "json_report_file": "-"}
    request = made("--pre", secret, editables=[secret], **given)
    assert request.arguments == ("install", "--pre", hidden)
    assert request.requirements == request.editable == (hidden,)
    assert (request.scheme, request.target, request.root, request.prefix) == ("target", "/t", None, None)
    assert (request.dry_run, request.report, request.root_user_action) == (True, True, "warn")


def test_the_option_that_breaks_system_packages_is_typed_or_configured() -> None:
    assert made("demo").break_system_packages is None
    typed = made("--break-system-packages", "demo", override_externally_managed=True)
    assert typed.break_system_packages == Source("typed", name="--break-system-packages")
    configured = made("demo", files=setting(break_system_packages="yes"), override_externally_managed=True)
    assert configured.break_system_packages == Source("user", "/user/pip.conf", None, "break-system-packages")


def test_what_pip_could_not_write_is_looked_at_only_where_somebody_asks_or_pip_falls_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shut = Unwritable("/lib", "read-only file system")
    monkeypatch.setattr("pip_userctl.environment.find_unwritable", lambda directories: shut)
    assert made("demo").unwritable is None
    assert made("demo", use_user_site=1).unwritable == shut
    fallback = requests.with_scheme(made("demo"), options(), MODULE, ADA, user=True)
    assert (fallback.origin, fallback.unwritable, fallback.scheme) == (Source("fallback"), shut, "user")
    dropped = made("demo", use_user_site=1)._replace(dropped=True, scheme="site")
    again = requests.with_scheme(dropped, options(), MODULE, ADA, user=True)
    assert (again.origin, again.user_install, again.dropped) == (Source("configured"), "fallback", True)
    assert requests.with_scheme(made("demo"), options(), MODULE, ADA, user=False).origin == Source("none")


def test_the_destination_is_where_pip_would_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = testing.request(scheme="user")
    base = "/home/ada/.local"
    site = f"{base}/lib/python3.13/site-packages"
    assert requests.destination(asked, options(), ADA) == Destination("user", site, site, f"{base}/bin", base)
    rooted = requests.destination(asked, options(root_path="/r"), ADA)
    assert rooted == Destination("user", f"/r{site}", f"/r{site}", f"/r{base}/bin", f"/r{base}", "/r")
    here = str(tmp_path / "t")
    target = requests.destination(asked._replace(scheme="target"), options(target_dir="t"), ADA)
    assert target == Destination("target", here, here, f"{here}/bin", here)
    prefix = requests.destination(asked._replace(scheme="prefix"), options(prefix_path="p"), ADA)
    assert prefix.purelib.startswith(str(tmp_path / "p"))
    assert requests.destination(asked._replace(scheme="site"), options(), ADA).data == sys.prefix
    # An empty prefix is one to pip.
    empty = made("demo", prefix_path="", root_path="/home/ada/.local")
    assert (empty.scheme, empty.prefix) == ("prefix", "")
    rooted = requests.destination(empty, options(prefix_path="", root_path="/home/ada/.local"), ADA)
    assert rooted.purelib.startswith("/home/ada/.local/lib/python")


# What is asked for


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a project, a wheel, and a folder called pip."""
    monkeypatch.chdir(tmp_path)
    for folder in ("project", "pip"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pyproject.toml").touch()
    (tmp_path / "De_mo-1.0-py3-none-any.whl").touch()
    return tmp_path


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("argument", "requested"),
    [
        ("De_mo", RequestedName("de-mo")),
        ("demo==1.0", RequestedName("demo", "1.0")),
        ("demo===1.0", RequestedName("demo", "1.0")),
        ("demo==1.*", RequestedName("demo")),
        ("demo>=1,<2", RequestedName("demo")),
        ("demo[extra]==1", RequestedName("demo", "1", extras=True)),
        ("./De_mo-1.0-py3-none-any.whl", RequestedName("de-mo", "1.0")),
        ("https://host/demo-1.0-py3-none-any.whl", RequestedName("demo", "1.0", is_direct_reference=True)),
        ("demo @ https://host/demo-1.0-py3-none-any.whl", RequestedName("demo", "1.0", is_direct_reference=True)),
        ("demo @ https://host/demo.zip", RequestedName("demo", is_direct_reference=True)),
        ("git+https://host/demo.git#egg=demo", RequestedName("demo", is_direct_reference=True)),
        ("https://host/demo.zip", None),
        ("./project", None),
        ("pip/", None),
        ("./missing/folder", None),
    ],
)
def test_the_name_of_what_is_typed_is_known_if_it_tells_one(argument: str, requested: RequestedName | None) -> None:
    assert requests.names([argument], options()) == (requested,)
    assert requests.names([argument], options(only_dependencies=True)) == (None,)


def test_what_is_in_files_has_no_name_until_pip_has_read_it_and_comes_behind_what_was_typed(project: Path) -> None:
    given = options(requirements=["a.txt"], editables=["./x"])
    assert requests.names(["demo"], given) == (RequestedName("demo"), None, None)
    found = [
        install_req_from_line("demo==1", user_supplied=True),
        install_req_from_line("six<2; python_version > '3'", comes_from="-r a.txt (line 1)"),
        install_req_from_line("never; python_version < '3'", comes_from="-r a.txt (line 2)"),
        install_req_from_line("https://ada:secret@host/other.zip", comes_from="-r a.txt (line 3)"),
        install_req_from_line("locked==1", comes_from=f"-r {project}/pylock.dev.toml"),
        install_req_from_line("limited<3", constraint=True, comes_from="-c c.txt (line 1)"),
        install_req_from_editable(str(project / "project")),
    ]
    request = requests.with_requirements(made("demo==1"), found, ["demo==1"], options())
    six, never = 'six<2; python_version > "3"', 'never; python_version < "3"'
    assert request.requirements == ("demo==1", six, never, "https://ada:****@host/other.zip", "locked==1")
    assert (request.constraints, request.editable) == (("limited<3",), (f"file://{project}/project",))
    locked = RequestedName("locked", "1", is_direct_reference=True)
    assert request.requested == (RequestedName("demo", "1"), RequestedName("six"), None, locked, None)
    assert requests.applies(found)
    assert not requests.applies([found[2], found[5]])


def resolved(name: str, **fields: Any) -> Any:
    """One of pip's requirements once it has resolved."""
    link = SimpleNamespace(is_wheel=True, filename=f"{name}-1.0-py3-none-any.whl", is_existing_dir=lambda: False)
    given = dict.fromkeys(("constraint", "satisfied_by", "should_reinstall", "comes_from", "original_link"))
    return SimpleNamespace(**{**given, "user_supplied": True, "name": name, "link": link, **fields})


def test_the_resolved_set_says_what_is_installed_where_and_what_it_replaces(tmp_path: Path) -> None:
    for folder, version in (("front", "0.8"), ("user", "0.9")):
        (tmp_path / folder / f"demo-{version}.dist-info").mkdir(parents=True)
    user_site = str(tmp_path / "user")
    facts = ADA._replace(user_site=user_site, search_path=(str(tmp_path / "front"), user_site))
    found = [
        resolved("demo", should_reinstall=True, satisfied_by=object()),
        resolved("dep", user_supplied=False, comes_from=SimpleNamespace(name="demo")),
        resolved("there", satisfied_by=object()),
        resolved("limit", constraint=True),
    ]
    requirement_set = SimpleNamespace(requirements={each.name: each for each in found})
    for scheme, version, place in (("user", "0.9", "user"), ("site", "0.8", "front")):
        asked = testing.request(scheme=scheme, destination=Destination(scheme, "/lib", "/lib", "/bin", "/"))
        demo, dependency = requests.distributions(requirement_set, asked, facts)
        assert (demo.name, demo.version, demo.requested, demo.location) == ("demo", "1.0", True, "/lib")
        assert (demo.replaces, demo.replaced_in) == (version, str(tmp_path / place))
        assert (dependency.requested, dependency.parent, dependency.replaces) == (False, "demo", None)


# What is not judged

BY_PIP = "an install that pip or ensurepip starts by itself"


def exempted(*arguments: str, rules: Policy | None = None, facts: Environment = ADA, **given: Any) -> str:
    """Why this install is not judged."""
    request = made(*arguments, **given)
    args = [each for each in arguments if not each.startswith("-")]
    return requests.exemption(request, options(**given), args, MODULE, rules or testing.policy(), facts)


def test_every_way_to_ask_counts_unless_the_policy_is_switched_off() -> None:
    assert exempted() == "pip has nothing to install"
    for name in ("requirements", "editables", "dependency_groups", "requirements_from_scripts"):
        given: dict[str, Any] = {name: ["x"]}
        assert exempted(**given) == exempted("demo") == ""
    assert exempted("demo", rules=testing.policy(enabled="no")) == "the policy is switched off (enabled = no)"


@pytest.mark.parametrize(
    ("tracker", "arguments", "prefix", "root", "nested"),
    [
        ("/tmp/t", "--no-user --prefix demo", "/tmp/overlay", "", True),
        ("", "--no-user --prefix demo", "/tmp/overlay", "", False),
        ("/tmp/t", "--prefix demo", "/tmp/overlay", "", False),
        ("/tmp/t", "--no-user demo", None, "", False),
        ("/tmp/t", "--no-user --prefix= demo", "", "", False),
        ("/tmp/t", "--no-user --prefix demo", "/home/ada/.local", "", False),
        ("/tmp/t", "--no-user --root --prefix demo", "/.local", "/home/ada", False),
    ],
)
def test_an_install_that_prepares_a_build_is_known_by_what_it_writes(
    monkeypatch: pytest.MonkeyPatch, tracker: str, arguments: str, prefix: str | None, root: str, nested: bool
) -> None:
    monkeypatch.setenv("PIP_BUILD_TRACKER", tracker)
    site = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    facts = ADA._replace(python=".".join(map(str, sys.version_info[:3])), user_site=f"/home/ada/.local/{site}")
    found = exempted(*arguments.split(), facts=facts, use_user_site=False, prefix_path=prefix, root_path=root or None)
    assert found == (BY_PIP if nested else "")


@pytest.mark.parametrize(
    ("in_wheel", "args", "given", "expected"),
    [
        (True, ["setuptools", "pip", "wheel"], {}, True),
        (True, ["pip"], {}, True),
        (True, ["pip", "demo"], {}, False),
        (True, ["pip==1.0"], {}, False),
        (True, ["pip"], {"no_index": False}, False),
        (True, ["pip"], {"target_dir": "/t"}, False),
        (True, ["pip"], {"prefix_path": "/p"}, False),
        (True, ["pip"], {"use_user_site": 1}, False),
        (True, ["pip"], {"requirements": ["a.txt"]}, False),
        (True, ["pip"], {"editables": ["./x"]}, False),
        (False, ["pip"], {}, False),
    ],
)
def test_ensurepip_is_known_by_all_that_it_asks_for(
    monkeypatch: pytest.MonkeyPatch, in_wheel: bool, args: list[str], given: dict[str, Any], expected: bool
) -> None:
    monkeypatch.setattr("pip_userctl.environment.pip_is_in_wheel", lambda: in_wheel)
    given = {"no_index": True, **given}
    assert exempted(*args, **given) == (BY_PIP if expected else "")
    monkeypatch.setattr("pip_userctl.environment.find_unwritable", lambda directories: Unwritable("/lib", "x"))
    assert exempted(*args, **given) == ""  # it would fall back


# Whether a pip fits, and how it is stopped


def with_parameters(*names: str) -> Callable[..., None]:
    function: Callable[..., None] = eval(f"lambda {', '.join(names)}: None")
    return function


def holder(module: Any, name: str) -> tuple[Any, str]:
    """The object that has a patched function, and its name there."""
    *owners, attribute = name.split(".")
    return (getattr(module, owners[0]) if owners else module), attribute


@pytest.fixture
def module() -> Any:
    """What ``pip._internal.commands.install`` has to look like; a newer pip may have more parameters behind."""
    install: Any = ModuleType("install")
    install.InstallCommand = type("InstallCommand", (), {})
    for name, parameters in patch.PATCHED.items():
        owner, attribute = holder(install, name)
        setattr(owner, attribute, with_parameters(*parameters, "something_new=None"))
    assert patch.missing_parts(install) == ()
    return install


@pytest.mark.parametrize("name", patch.PATCHED)
@pytest.mark.parametrize(
    "change",
    [with_parameters(), with_parameters("args", "self"), len, None],
    ids=["none", "swapped", "built-in", "gone"],
)
def test_a_pip_in_which_one_function_differs_is_left_alone(
    module: Any, name: str, change: Callable[..., object] | None
) -> None:
    owner, attribute = holder(module, name)
    setattr(owner, attribute, change)
    assert patch.missing_parts(module) == (name,)
    delattr(owner, attribute)
    assert patch.missing_parts(module) == (name,)
    line = patch.UnsupportedPip([name, "other"]).line
    version = pip.__version__
    assert line == f"userctl-unsupported-pip: pip {version} is not under the policy: this pip has no {name}, no other"


def test_a_function_that_is_patched_already_still_fits(module: Any) -> None:
    patched: Any = with_parameters("*args")
    patched.__wrapped__ = module.InstallCommand.run
    module.InstallCommand.run = patched
    assert patch.missing_parts(module) == ()


def test_pip_is_stopped_by_its_own_exception_with_the_whole_message() -> None:
    message = messages.Message("userctl-x", "what [socks]", "why\nalso y", "note", "hint")
    error = report.refusal(message)
    assert isinstance(error, PipError)
    assert error.userctl_message == message
    assert error.args == ("userctl-x: what [socks]: why",)  # what a log or another tool shows
    for text in ("userctl-x", "what [socks]", "why", "also y", "hint"):
        assert text in str(error) + repr(error)
