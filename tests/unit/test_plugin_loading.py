"""Entry points: what is loaded, what each mistake of a plugin costs, and that it costs nobody else."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Callable

import pytest

from pip_userctl.plugins import BUILT_IN, Plugins
from pip_userctl.policy import resolve
from pip_userctl.testing.factories import request
from tests.toolkit.values import config, facts

MODULE = """
from pip_userctl import PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("acme-freeze")]

@hookimpl
def userctl_evaluate(request, environment, policy):
    return Verdict("acme-freeze", policy.text("acme-freeze"), "it freezes")
"""


@pytest.fixture
def distribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Make a distribution with entry points, and its module, in a folder on the path; gives the folder."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def distribute(module: str, source: str = MODULE, points: str = "", name: str = "acme") -> str:
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points or f"[pip_userctl]\n{name} = {module}\n")
        return str(tmp_path)

    return distribute


def load(folder: str, wanted: Iterable[str] = ("auto",)) -> tuple[list[tuple[str, str | None]], list[str], Plugins]:
    """The plugins loaded from a folder, what failed, and the manager."""
    plugins = Plugins()
    plugins.load(tuple(wanted), [folder])
    found = [(each.name, each.distribution) for each in plugins.plugins[len(BUILT_IN) :]]
    return found, [f"{each.part} {each.name}: {each.error}" for each in plugins.failures], plugins


def test_an_entry_point_is_loaded_with_its_keys(distribute: Callable[..., str]) -> None:
    found, failures, plugins = load(distribute("unit_good"))
    assert (found, failures) == ([("acme", "unit_good")], [])
    assert [key.name for key in plugins.keys] == ["acme-freeze"]
    keyed = resolve([config(acme_freeze="log")], {}, plugins.keys)
    answers = list(plugins.ask("userctl_evaluate", request=request(), environment=facts(), policy=keyed))
    assert [(each.plugin, each.value.action) for each in answers] == [("acme", "log")]


def test_plugins_none_loads_none_and_names_load_those_alone(distribute: Callable[..., str]) -> None:
    folder = distribute("unit_one", points="[pip_userctl]\none = unit_one\nother = unit_missing\n")
    assert load(folder, ["none"])[:2] == ([], [])
    found, failures, _ = load(folder, ["one", "absent"])
    assert [name for name, _ in found] == ["one"]
    assert failures == [
        "plugin one: ValueError: the key acme-freeze does not start with one- or has more than a-z, 0-9 and -",
        "plugin absent: no installed distribution has this entry point",
    ]


def test_a_name_beside_auto_is_loaded_with_all_others(tmp_path: Path, distribute: Callable[..., str]) -> None:
    folder = distribute("unit_beside")
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as archive:  # where only a name is looked for
        archive.writestr(
            "unit_zipped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: unit_zipped\nVersion: 1.0\n"
        )
        archive.writestr("unit_zipped-1.0.dist-info/entry_points.txt", "[pip_userctl]\nzipped = unit_beside:hidden\n")
    (tmp_path / "unit_beside.py").write_text(MODULE + "class hidden: pass\n")
    plugins = Plugins()
    plugins.load(("auto", "zipped"), [folder, str(tmp_path / "zipped.zip")])
    assert [each.name for each in plugins.plugins[len(BUILT_IN) :]] == ["acme", "zipped"]
    assert plugins.failures == []


def test_other_groups_are_none_of_ours(distribute: Callable[..., str]) -> None:
    folder = distribute("unit_other", points="[console_scripts]\nacme = unit_missing:main\n[pip_userctl]\n")
    assert load(folder)[:2] == ([], [])


@pytest.mark.parametrize(
    ("module", "source", "failure"),
    [
        ("unit_import", "import unit_missing", "ModuleNotFoundError: No module named 'unit_missing'"),
        ("unit_syntax", "def", "SyntaxError: "),
        ("unit_exit", "raise SystemExit(3)", "SystemExit: 3"),
        ("unit_misfit", MODULE.replace("request,", "nonsense,"), "PluginValidationError: "),
        ("unit_keys", MODULE.replace("PolicyKey(", "no_such_thing("), "NameError: "),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_a_failure(
    distribute: Callable[..., str], module: str, source: str, failure: str
) -> None:
    _, failures, plugins = load(distribute(module, source))
    assert len(failures) == 1
    assert failures[0].startswith(f"plugin acme: {failure}")
    assert plugins.keys == []


def test_a_broken_list_of_entry_points_is_a_failure_and_others_are_loaded(distribute: Callable[..., str]) -> None:
    distribute("unit_fine")
    found, failures, _ = load(distribute("unit_broken", points="[pip_userctl]\nother\n"))
    assert found == [("acme", "unit_fine")]
    assert len(failures) == 1
    assert failures[0].startswith("plugin unit_broken-1.0.dist-info: ")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("'acme-freeze'", "TypeError: userctl_policy_keys returned 'acme-freeze', which is no PolicyKey"),
        ("PolicyKey('freeze')", "ValueError: the key freeze does not start with acme-"),
        ("PolicyKey('Acme-freeze')", "ValueError: the key Acme-freeze does not start with acme-"),
        ("PolicyKey('acme-Freeze')", "ValueError: the key acme-Freeze does not start with acme-"),
        ("PolicyKey('acme-a'), PolicyKey('acme-a')", "ValueError: the key acme-a exists already"),
        ("PolicyKey('acme-a', 'colour')", "ValueError: the key acme-a has an unknown kind"),
        (
            "PolicyKey('acme-a', defaults=('log',))",
            "ValueError: the key acme-a has an unknown kind, or not one default",
        ),
        ("PolicyKey('acme-a', defaults=('no',) * 3)", "ValueError: a default of the key acme-a is none of its values"),
    ],
)
def test_a_key_that_could_not_be_set_is_a_failure(distribute: Callable[..., str], key: str, said: str) -> None:
    module = f"unit_key_{abs(hash(key))}"
    _, failures, plugins = load(distribute(module, MODULE.replace('PolicyKey("acme-freeze")', key)))
    assert len(failures) == 1
    assert failures[0].startswith(f"plugin acme: {said}")
    assert [each.name for each in plugins.keys] == ["acme-a"] * ("exists already" in said)


def test_a_plugin_whose_name_has_underscores_has_keys_with_dashes(distribute: Callable[..., str]) -> None:
    source = MODULE.replace("acme-freeze", "acme-tools-freeze")
    found, failures, plugins = load(distribute("unit_tools", source, name="acme_tools"))
    assert (found, failures) == ([("acme_tools", "unit_tools")], [])
    assert resolve([config(acme_tools_freeze="log")], {}, plugins.keys).value("acme-tools-freeze") == "log"


def test_the_first_of_two_plugins_with_one_name_is_loaded(tmp_path: Path, distribute: Callable[..., str]) -> None:
    first = distribute("unit_first")
    other = tmp_path / "other"
    (other / "unit_second-1.0.dist-info").mkdir(parents=True)
    (other / "unit_second-1.0.dist-info" / "METADATA").write_text("Name: unit_second\nVersion: 1.0\n")
    (other / "unit_second-1.0.dist-info" / "entry_points.txt").write_text("[pip_userctl]\nacme = unit_missing\n")
    plugins = Plugins()
    plugins.load(("auto",), [first, first, str(other)])
    assert [each.distribution for each in plugins.plugins[len(BUILT_IN) :]] == ["unit_first"]
    assert plugins.failures == []


def test_a_path_entry_that_is_no_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").write_bytes(b"")
    assert load(str(tmp_path / "archive.zip"))[:2] == ([], [])
    assert load(str(tmp_path / "missing"))[:2] == ([], [])
