"""The built-in rules: when each situation applies, when it does not, and that a student understands what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pip_userctl import plugins
from pip_userctl.models import Destination, Environment, Origin, Request, Source, Verdict
from pip_userctl.policy import SITUATIONS
from pip_userctl.testing.factories import CONFIG, KINDS, policy, request
from tests.toolkit.values import CONFIGURED, FALLBACK, NOBODY, TYPED, facts

HIDDEN: dict[str, Any] = {"user_site_enabled": False, "user_site_reason": "PYTHONNOUSERSITE is set"}
BREAKING = request(break_system_packages=True, arguments=("install", "demo", "--break-system-packages"))
MANAGED = facts(externally_managed=True)
ROOT = facts(euid=0, uid=0, account="root", user_base_owner=0)
#: Situation → a request and an environment in which it applies. ``user-site-by-path`` needs real folders.
EXAMPLES: dict[str, tuple[Request, Environment]] = {
    **{f"{kind}-typed": (request(origin=TYPED), facts(kind)) for kind in KINDS},
    **{f"{kind}-configured": (request(origin=CONFIGURED), facts(kind)) for kind in KINDS},
    **{f"{kind}-fallback": (request(origin=FALLBACK), facts(kind)) for kind in KINDS[1:]},
    "location-configured": (
        request(origin=CONFIGURED, target="/t", arguments=("install", "-t", "/t", "demo")),
        facts(),
    ),
    "hidden-user-site-configured": (request(origin=CONFIGURED), facts(**HIDDEN)),
    "hidden-user-site": (request(origin=TYPED), facts(**HIDDEN)),
    "root-user": (request(origin=TYPED), ROOT),
    "foreign-user-base": (request(origin=TYPED), ROOT._replace(user_base_owner=1000)),
    "break-system-packages": (BREAKING, MANAGED),
    "container-home": (request(origin=TYPED), facts(container="apptainer", user_base_mounted=True)),
}
WITH_FOLDERS = {
    "user-site-by-path",
    "shadowing",
    "shadowing-other",
    "protected-package",
    "other-interpreter",
}  # have tests of their own
BEFORE_THE_GRID = {"location-configured", "hidden-user-site-configured"}
CELLS = {name for name in EXAMPLES if name.startswith(KINDS)} | BEFORE_THE_GRID


def judge(asked: Request, environment: Environment, profile: str = "strict") -> dict[str, Verdict]:
    """What all built-in rules say, by situation."""
    answers = plugins.Plugins().ask(
        "userctl_evaluate", request=asked, environment=environment, policy=policy(profile=profile)
    )
    return {answer.value.name: answer.value for answer in answers}


def test_every_situation_of_the_policy_has_an_example_here() -> None:
    assert {key.name for key in SITUATIONS} == set(EXAMPLES) | WITH_FOLDERS


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_situation_is_judged_as_its_key_says(name: str) -> None:
    for profile in ("audit", "default", "strict"):
        verdict = judge(*EXAMPLES[name], profile)[name]
        assert verdict.action == policy(profile=profile).value(name)
        assert verdict.source == Source("profile", CONFIG, 2)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_situation_is_worded_for_people(name: str) -> None:
    asked, environment = EXAMPLES[name]
    verdict = judge(asked, environment)[name]
    for text in (verdict.what, verdict.reason, verdict.hint):
        assert text, verdict
        assert text.isascii(), verdict
        assert "{" not in text, verdict
        assert not text.endswith("."), verdict
    assert "demo" in verdict.hint, verdict
    assert environment.executable in verdict.hint or environment.base_executable in verdict.hint, verdict


@pytest.mark.parametrize("name", [name for name in EXAMPLES if EXAMPLES[name][0].origin is CONFIGURED])
def test_a_configured_wish_is_named_with_file_and_line(name: str) -> None:
    assert f'"user" in {CONFIGURED.path}:2' in judge(*EXAMPLES[name])[name].reason


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_fallback_names_the_directory_its_owner_and_its_mode(kind: str) -> None:
    reason = judge(*EXAMPLES[f"{kind}-fallback"])[f"{kind}-fallback"].reason
    blocked = "/opt/python/lib/python3.13/site-packages"
    assert f"{blocked} is not writable: it belongs to root and you are ada (owner root, mode drwxr-xr-x)" in reason


@pytest.mark.parametrize(("asked", "environment"), EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("enabled", [True, False])
def test_a_wish_gets_exactly_one_cell(asked: Request, environment: Environment, enabled: bool) -> None:
    found = judge(asked, environment._replace(user_site_enabled=enabled))
    cells = [name for name in found if name in CELLS]
    assert len(cells) == (asked.origin is not NOBODY), cells


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_judged_where_nobody_asked_for_anything_special(kind: str) -> None:
    assert judge(request(), facts(kind)) == {}
    assert judge(request(), ROOT) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_hidden_user_site_concerns_a_typed_wish_outside_isolated_environments(kind: str) -> None:
    hidden = facts(kind, **HIDDEN)
    assert ("hidden-user-site" in judge(request(origin=TYPED), hidden)) == (kind != "isolated")
    assert "hidden-user-site" not in judge(request(origin=CONFIGURED), hidden)
    assert "hidden-user-site" not in judge(request(origin=TYPED), facts(kind, user_site_enabled=True))
    assert "hidden-user-site" not in judge(request(), hidden)


@pytest.mark.parametrize("origin", [TYPED, CONFIGURED, FALLBACK], ids=lambda origin: origin.kind)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"root-user"}),
        ({"user_base_owner": 1000}, {"root-user", "foreign-user-base"}),
        ({"euid": 1000, "user_base_owner": 0}, set()),
        ({"euid": None, "uid": None, "user_base_owner": None, "windows": True}, set()),
        ({"uid": 1000, "euid": 0}, {"root-user"}),
    ],
)
def test_a_user_install_by_root_is_judged_by_the_effective_uid(
    origin: Origin, changes: dict[str, object], expected: set[str]
) -> None:
    found = judge(request(origin=origin), ROOT._replace(**changes))
    assert set(found) & {"root-user", "foreign-user-base"} == expected


@pytest.mark.parametrize(
    ("asked", "environment", "applies"),
    [
        (BREAKING, MANAGED, True),
        (BREAKING, facts(), False),
        (BREAKING._replace(break_system_packages=False), MANAGED, False),
        (BREAKING._replace(target="/t"), MANAGED, False),
        (BREAKING._replace(prefix="/p"), MANAGED, False),
        (BREAKING._replace(root="/r"), MANAGED, False),
        (BREAKING._replace(dry_run=True), MANAGED, True),
        (BREAKING._replace(report=True), MANAGED, True),
        (BREAKING._replace(dry_run=True, report=True), MANAGED, False),
        (BREAKING._replace(origin=TYPED, scheme="user"), MANAGED, True),
    ],
)
def test_breaking_system_packages_is_judged_where_pip_would_have_stopped(
    asked: Request, environment: Environment, applies: bool
) -> None:
    assert ("break-system-packages" in judge(asked, environment)) == applies


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose user base has a user site, in a folder whose name holds a version."""
    folder = tmp_path / "srv3.13" / "ada"
    (folder / ".local/lib/python3.13/site-packages").mkdir(parents=True)
    return folder


def by_path(home: Path, directory: Path | str, base: str = ".local", option: str = "target", **changes: object) -> bool:
    """Whether installing into the directory counts as a user install by path."""
    user_base = home / base
    environment = facts(
        user_base=str(user_base),
        user_site=str(user_base / "lib/python3.13/site-packages"),
        default_user_base=str(home / ".local"),
    )
    place = str(home / directory)
    destination = Destination(option, place, place, place, place)
    asked = request(destination=destination, scheme=option, **{option: place})
    return "user-site-by-path" in judge(asked._replace(**changes), environment)


@pytest.mark.parametrize("option", ["target", "prefix", "root"])
@pytest.mark.parametrize(
    ("directory", "applies"),
    [
        (".local/lib/python3.13/site-packages", True),
        (".local/lib/python3.9/site-packages", True),
        (".local/lib/python3.13t/site-packages", True),
        (".local/lib/../lib/python3.13/site-packages", True),
        (".local/lib/python3.13/site-packages/folder", False),
        (".local/lib/python3.13", False),
        (".local", False),
        (".local/lib/pythonx/site-packages", False),
        ("elsewhere/lib/python3.13/site-packages", False),
        ("../../srv3.11/ada/.local/lib/python3.13/site-packages", False),
    ],
)
def test_a_user_site_is_known_by_its_path(home: Path, directory: str, applies: bool, option: str) -> None:
    assert by_path(home, directory, option=option) == applies


def test_a_user_site_is_known_through_links(home: Path) -> None:
    (home / "link").symlink_to(".local/lib/python3.13/site-packages")
    assert by_path(home, "link")
    (home / "other").mkdir()
    (home / ".local/lib/python3.12").mkdir()
    (home / ".local/lib/python3.12/site-packages").symlink_to(home / "other")
    assert by_path(home, "other")
    (home / "base").symlink_to(".local")
    assert by_path(home, ".local/lib/python3.13/site-packages", base="base")


def test_the_default_user_site_counts_beside_that_of_pythonuserbase(home: Path) -> None:
    assert by_path(home, "own/lib/python3.13/site-packages", base="own")
    assert by_path(home, ".local/lib/python3.13/site-packages", base="own")


def test_the_version_may_stand_in_the_name_of_the_base(home: Path) -> None:
    assert by_path(home, "Python/3.9/lib/python3.13/site-packages", base="Python/3.13")  # as in macOS frameworks


def test_a_user_install_proper_is_the_business_of_the_grid(home: Path) -> None:
    assert not by_path(home, ".local/lib/python3.13/site-packages", scheme="user")
