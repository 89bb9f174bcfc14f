"""The built-in rules: which one applies to which install, and with which action."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import Policy, Source, testing
from pip_userctl.hooks import Decision
from pip_userctl.keys import KEYS, RULES
from pip_userctl.models import Destination, RequestedName, Unwritable
from tests.unit.values import KINDS, ORIGINS, PROFILES, actions, asked, judge, named, policy

UNWRITABLE = Unwritable("/opt/python/lib", "owner root, mode drwxr-xr-x")
HIDDEN: dict[str, Any] = {"user_site_enabled": False, "user_site_hidden": True, "user_site_reason": "PYTHONNOUSERSITE"}
ROOT: dict[str, Any] = {"uid": 0, "euid": 0, "account": "root", "user_base_owner": 0}
TABLE = [(kind, origin) for kind, origin in product(KINDS, ORIGINS) if (kind, origin) != ("isolated", "fallback")]
#: Rules of which exactly one applies to a user install; the others come on top.
ONE_OF = {f"{kind}-{origin}" for kind, origin in TABLE} | {"location-configured", "hidden-user-site-configured"}


# The table


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("kind", "origin"), TABLE)
def test_exactly_one_rule_of_the_table_applies_with_the_action_of_the_profile(
    kind: str, origin: str, profile: str
) -> None:
    decision = judge(asked(origin), testing.environment(kind), testing.policy(profile=profile))
    action = KEYS[f"{kind}-{origin}"].default(profile)
    assert actions(decision.verdicts) == {f"{kind}-{origin}": action}
    assert decision.verdict == ("allow" if action == "ignore" else action)
    assert decision.request.dropped is (action == "ignore")
    assert (decision.verdicts[0].plugin, decision.verdicts[0].waived_by) == ("pip_userctl", None)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_table_applies_where_nobody_asks(kind: str) -> None:
    for location in ({}, {"target": "/srv"}, {"prefix": "/srv"}, {"root": "/srv"}):
        assert not named(judge(asked(**location), testing.environment(kind, **ROOT, **HIDDEN))) & {*ONE_OF, "root-user"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", ["target", "prefix"])
@pytest.mark.parametrize("hidden", [True, False])
def test_a_configured_setting_that_meets_a_location_comes_before_everything(
    kind: str, option: str, hidden: bool
) -> None:
    facts = testing.environment(kind, **(HIDDEN if hidden else {"user_site_hidden": False}))
    for profile in PROFILES:
        decision = judge(asked("configured", **{option: "/srv"}), facts, testing.policy(profile=profile))
        assert {name: action for name, action in actions(decision.verdicts).items() if name in ONE_OF} == {
            "location-configured": RULES["location-configured"][PROFILES.index(profile)]
        }
    assert "location-configured" not in named(judge(asked("configured", root="/srv"), facts))


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        (["--target", "/srv"], "--target"),
        (["--target=/srv"], "--target"),
        (["-t/srv"], "--target"),
        ([], "PIP_TARGET or its setting"),
        (["--prefix"], "PIP_TARGET or its setting"),
    ],
)
def test_the_location_is_named_as_it_was_given(typed: list[str], option: str) -> None:
    request = asked("configured", target="/srv", arguments=("install", *typed, "demo"))
    assert judge(request).verdicts[0].what.endswith(f" because of {option}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_configured_setting_whose_result_could_not_be_imported_comes_before_the_table(
    kind: str, profile: str
) -> None:
    decision = judge(asked("configured"), testing.environment(kind, **HIDDEN), testing.policy(profile=profile))
    rule = "isolated-configured" if kind == "isolated" else "hidden-user-site-configured"
    found = {name: action for name, action in actions(decision.verdicts).items() if name in ONE_OF}
    assert found == {rule: RULES[rule][PROFILES.index(profile)]}


@pytest.mark.parametrize(("given", "action"), [("", "refuse"), ("ignore", "refuse"), ("warn", "warn"), ("log", "log")])
def test_a_setting_is_not_ignored_where_pip_could_then_write_nowhere(given: str, action: str) -> None:
    request = asked("configured", unwritable=UNWRITABLE)
    rules = testing.policy(**({"hidden_user_site_configured": given} if given else {}))
    decision = judge(request, testing.environment(**HIDDEN), rules)
    assert (actions(decision.verdicts), decision.request.dropped) == ({"hidden-user-site-configured": action}, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_typed_user_install_stays_in_the_table_and_is_judged_once_more_if_it_is_hidden(kind: str) -> None:
    for location in ({}, {"root": "/srv"}):
        found = named(judge(asked("typed", **location), testing.environment(kind, **HIDDEN)))
        assert found == {f"{kind}-typed", *(["hidden-user-site"] if kind != "isolated" else [])}
    only_now: dict[str, Any] = {"user_site_enabled": False, "user_site_hidden": False, "user_site_reason": "python -s"}
    assert "hidden-user-site" not in named(judge(asked("typed"), testing.environment("base", **only_now)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_that_is_ignored_is_judged_again_as_if_nobody_had_asked(kind: str) -> None:
    rules = policy(**{f"{kind}_configured".replace("-", "_"): "ignore", "base_site": "warn"})
    decision = judge(asked("configured"), testing.environment(kind), rules)
    expected = {f"{kind}-configured": "ignore"} | ({"base-site": "warn"} if kind == "base" else {})
    assert actions(decision.verdicts) == expected
    request = decision.request
    assert (request.dropped, request.scheme, request.user_install) == (True, "site", "none")
    assert request.origin == asked("configured").origin
    assert request.destination is not None
    assert request.destination.scheme == "site"


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_fallback_after_an_ignored_setting_is_judged_as_a_fallback(kind: str) -> None:
    key = kind.replace("-", "_")
    rules = policy(**{f"{key}_configured": "ignore", f"{key}_fallback": "refuse"})
    decision = judge(asked("configured", unwritable=UNWRITABLE), testing.environment(kind), rules)
    assert actions(decision.verdicts) == {f"{kind}-configured": "ignore", f"{kind}-fallback": "refuse"}
    assert decision.verdict == "refuse"


# What applies on top


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"root-user"}),
        ({"uid": 1000}, {"root-user"}),
        ({"user_base": "/srv/base"}, set()),  # the idiom of multi-stage builds
        ({"user_base_owner": 1000}, {"foreign-user-base"}),
        ({"user_base_owner": 1000, "user_base": "/srv/base"}, {"foreign-user-base"}),
        ({"euid": 1000}, set()),
        ({"uid": None, "euid": None, "user_base_owner": None, "windows": True}, set()),
    ],
)
def test_a_user_install_by_root_is_judged_by_whose_home_it_goes_to(
    origin: str, changes: dict[str, Any], expected: set[str]
) -> None:
    facts = {**ROOT, **changes}
    found = named(judge(asked(origin), testing.environment(**facts)))
    assert found & {"root-user", "foreign-user-base"} == expected
    # There pip refuses by itself.
    assert origin == "fallback" or not named(judge(asked(origin), testing.environment("isolated", **facts))) & expected


def test_pips_own_option_switches_the_warning_about_root_off_and_nothing_else() -> None:
    request = asked("typed", root_user_action="ignore")
    assert "root-user" not in named(judge(request, testing.environment(**ROOT)))
    assert "foreign-user-base" in named(judge(request, testing.environment(**{**ROOT, "user_base_owner": 7})))


@pytest.mark.parametrize(
    ("container", "mounted", "applies"),
    [
        *((name, True, True) for name in ("apptainer", "singularity", "charliecloud", "shifter", "enroot")),
        ("apptainer", False, False),
        ("docker", True, False),
        ("podman", True, False),
        (None, False, False),
    ],
)
def test_a_container_that_shares_the_home_with_its_host_is_judged(
    container: str | None, mounted: bool, applies: bool
) -> None:
    facts = testing.environment(container=container, user_base_mounted=mounted)
    assert ("container-home" in named(judge(asked("typed"), facts))) == applies
    assert "container-home" not in named(judge(asked(), facts))


BREAKING = Source("typed", name="--break-system-packages")


@pytest.mark.parametrize(
    ("fields", "managed", "applies"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"break_system_packages": None}, True, False),
        ({"target": "/srv"}, True, False),
        ({"prefix": "/srv"}, True, False),
        ({"root": "/srv"}, True, False),
        ({"dry_run": True}, True, True),
        ({"report": True}, True, True),
        ({"dry_run": True, "report": True}, True, False),
        ({"origin": "typed"}, True, True),
        ({"requested": (RequestedName("pip"),)}, True, False),
    ],
)
def test_breaking_system_packages_is_judged_where_pip_would_have_stopped(
    fields: dict[str, Any], managed: bool, applies: bool
) -> None:
    request = asked(**{"break_system_packages": BREAKING, **fields})
    found = named(judge(request, testing.environment(externally_managed=managed)))
    assert ("break-system-packages" in found) == applies


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fields", "applies"),
    [
        ({}, True),
        ({"target": "/srv"}, False),
        ({"prefix": "/srv"}, False),
        ({"root": "/srv"}, False),
        ({"requested": (RequestedName("pip"), RequestedName("pluggy", "1.6.0"))}, False),
        ({"requested": (RequestedName("pip"), RequestedName("demo"))}, True),
        ({"origin": "fallback"}, False),
    ],
)
def test_an_install_into_the_base_interpreters_own_directories_is_judged(
    kind: str, fields: dict[str, Any], applies: bool
) -> None:
    if (kind, fields.get("origin")) != ("isolated", "fallback"):
        found = named(judge(asked(**fields), testing.environment(kind)))
        assert ("base-site" in found) == (applies and kind == "base")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps({"message": "use  mamba\ninstead"}), "use mamba instead"),
        ("{}", "/conda-meta/frozen says so"),
        ("", "/conda-meta/frozen says so"),
        ("[" * 10_000, "/conda-meta/frozen says so"),
        ('{"message": 3}', "/conda-meta/frozen says so"),
        (None, ""),
    ],
)
def test_an_install_into_a_frozen_conda_environment_is_judged_with_its_message(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    (tmp_path / "conda-meta").mkdir()
    if content is not None:
        (tmp_path / "conda-meta" / "frozen").write_text(content)
    facts = testing.environment("conda", prefix=str(tmp_path))
    decision = judge(asked(), facts)
    assert named(decision) == ({"conda-frozen"} if reason else set())
    assert not reason or decision.verdicts[0].reason.endswith(reason)
    for other in (asked("typed"), asked(target="/srv"), asked(prefix="/srv"), asked(root="/srv")):
        assert "conda-frozen" not in named(judge(other, facts))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose user base has a user site, in a folder whose name holds a version."""
    folder = tmp_path / "srv3.13" / "ada"
    (folder / ".local/lib/python3.13/site-packages").mkdir(parents=True)
    return folder


def leads_into_user_site(home: Path, directory: Path | str, *bases: str, option: str = "target", **fields: Any) -> bool:
    """Whether an install into the directory counts as one into a user site of these user bases."""
    base = str(home / (bases or (".local",))[0])
    facts = testing.environment(
        home=str(home),
        user_base=base,
        user_site=f"{base}/lib/python3.13/site-packages",
        user_bases=tuple(str(home / each) for each in bases or (".local",)),
    )
    place = str(home / directory)
    fields = {"destination": Destination(option, place, place, place, place), "scheme": option, option: place, **fields}
    return "user-site-by-path" in named(judge(asked(**fields), facts))


@pytest.mark.parametrize("option", ["target", "prefix", "root"])
@pytest.mark.parametrize(
    ("directory", "applies"),
    [
        (".local/lib/python3.13/site-packages", True),
        (".local/lib/python3.9/site-packages", True),
        (".local/lib/python3.13t/site-packages", True),
        (".local/lib/../lib/python3.13/site-packages", True),
        (".local/lib/python3.13/site-packages/below/it", True),
        (".local/lib/python3.13/site-packages2", False),
        (".local/lib/python3.13", False),
        (".local", False),
        (".local/lib/pythonx/site-packages", False),
        ("elsewhere/lib/python3.13/site-packages", False),
        ("../../srv3.11/ada/.local/lib/python3.13/site-packages", False),
    ],
)
def test_a_user_site_is_known_by_its_path(home: Path, directory: str, applies: bool, option: str) -> None:
    assert leads_into_user_site(home, directory, option=option) == applies


def test_a_user_site_is_known_through_links(home: Path) -> None:
    (home / "link").symlink_to(".local/lib/python3.13/site-packages")
    assert leads_into_user_site(home, "link")
    (home / "other").mkdir()
    (home / ".local/lib/python3.12").mkdir()
    (home / ".local/lib/python3.12/site-packages").symlink_to(home / "other")
    assert leads_into_user_site(home, "other/below")
    (home / "elsewhere").mkdir()
    (home / "linked").mkdir()
    (home / "linked/lib").symlink_to(home / "elsewhere")
    assert leads_into_user_site(home, "elsewhere/python3.12/site-packages", "linked")
    assert not leads_into_user_site(home, "elsewhere/python3.12", "linked")
    (home / "base").symlink_to(".local")
    assert leads_into_user_site(home, ".local/lib/python3.13/site-packages", "base")


def test_every_user_base_of_the_account_counts(home: Path) -> None:
    for directory in ("own", ".local", "../database/.local"):
        site = f"{directory}/lib/python3.13/site-packages"
        assert leads_into_user_site(home, site, "own", ".local", "../database/.local")
    assert leads_into_user_site(home, "Python/3.9/lib/python3.13/site-packages", "Python/3.13")  # a framework of macOS


def test_a_user_install_proper_is_no_user_install_by_path(home: Path) -> None:
    assert not leads_into_user_site(home, ".local/lib/python3.13/site-packages", scheme="user")


# What the resolved set shows


def installed(folder: Path, *distributions: str) -> str:
    """A directory with these installed distributions."""
    for each in distributions:
        (folder / f"{each}.dist-info").mkdir(parents=True)
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


@pytest.fixture
def path(tmp_path: Path) -> list[str]:
    """A search path: front, user site, site-packages, behind; each but the user site's neighbours is empty."""
    return [installed(tmp_path / name) for name in ("front", "user", "site", "behind")]


#: Where a copy is, where the new one goes, where pip removes a copy; what happens.
SHADOWING: dict[str, tuple[list[str], str, str | None, str]] = {
    "nothing there": ([], "site", None, ""),
    "one in front": (["front"], "site", None, "will be hidden"),
    "the user site is in front": (["user"], "site", None, "will be hidden"),
    "one behind is no matter outside a user install": (["behind"], "site", None, ""),
    "a user install in front of one": (["site"], "user", None, "will hide another copy"),
    "one in place is replaced": (["site"], "site", "site", ""),
    "one in front is replaced": (["front"], "site", "front", ""),
    "one in front stays, one in place is replaced": (["front", "site"], "site", "site", "will be hidden"),
    "a user install that already stood in front": (["user", "site"], "user", "user", ""),
    "a user install behind one and in front of another": (["front", "site"], "user", None, "will be hidden"),
}


@pytest.mark.parametrize(("copies", "destination", "replaced", "what"), SHADOWING.values(), ids=list(SHADOWING))
def test_shadowing_follows_the_search_path(
    tmp_path: Path, path: list[str], copies: list[str], destination: str, replaced: str | None, what: str
) -> None:
    for each in copies:
        installed(tmp_path / each, "De_mo-0.9")
    facts = testing.environment(search_path=tuple(path), user_site=path[1])
    new = testing.distribution(
        "de.mo",
        location=str(tmp_path / destination),
        replaces="0.9" if replaced else None,
        replaced_in=str(tmp_path / replaced) if replaced else None,
    )
    request = asked("typed" if destination == "user" else "none")
    decision = judge(request, facts, distributions=[new])
    found = [each.what for each in decision.verdicts if each.name == "shadowing"]
    assert found == ([f"de.mo 1.0 {what}"] if what else [])
    assert decision.phase == (2 if what else 1)


def shadowed(tmp_path: Path, path: list[str], rules: Policy | None = None, **fields: Any) -> Decision:
    """An install into site-packages with a copy in front."""
    installed(tmp_path / "front", "demo-0.9")
    new = testing.distribution(location=fields.pop("location", path[2]))
    return judge(asked(**fields), testing.environment(search_path=tuple(path)), rules, distributions=[new])


def test_shadowing_is_not_judged_outside_the_search_path_nor_looked_for_where_it_is_allowed(
    tmp_path: Path, path: list[str]
) -> None:
    assert "shadowing" in named(shadowed(tmp_path / "1", path=[installed(tmp_path / "1/front"), *path]))
    assert "shadowing" not in named(shadowed(tmp_path / "2", path, location="/srv/elsewhere"))
    assert "shadowing" not in named(shadowed(tmp_path / "3", path, root="/srv"))
    assert "shadowing" not in named(shadowed(tmp_path / "4", path, testing.policy(shadowing="allow")))


def test_the_source_tree_that_is_installed_hides_nothing(tmp_path: Path, path: list[str]) -> None:
    (tmp_path / "front" / "demo.egg-info").mkdir()
    (tmp_path / "front" / "demo.egg-info" / "PKG-INFO").write_text("Name: demo\nVersion: 0.9\n")
    facts = testing.environment(search_path=tuple(path))
    for source, requested, expected in (
        (path[0], True, set()),
        (None, True, {"shadowing"}),
        (path[0], False, {"shadowing"}),
    ):
        new = testing.distribution(location=path[2], source=source, requested=requested)
        assert named(judge(asked(), facts, distributions=[new])) - {"base-site"} == expected


PROTECT = {"protect_packages": "numpy, demo>=2"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("origin", ["none", *ORIGINS])
def test_a_protected_package_is_kept_out_of_a_user_site_before_anything_is_downloaded(kind: str, origin: str) -> None:
    if (kind, origin) == ("isolated", "fallback"):
        return
    decision = judge(asked(origin, "NumPy", "demo==1.0", "six"), testing.environment(kind), testing.policy(**PROTECT))
    enters = origin != "none" and kind != "isolated"
    assert [each.action for each in decision.verdicts if each.name == "protected-package"] == ["refuse"] * enters
    assert decision.phase == 1


def test_a_protected_package_is_kept_out_of_a_user_site_by_path(home: Path) -> None:
    place = str(home / ".local/lib/python3.13/site-packages")
    facts = testing.environment(user_base=str(home / ".local"), user_bases=(str(home / ".local"),))
    request = asked("none", "numpy", target=place, destination=Destination("target", place, place, place, place))
    assert "protected-package" in named(judge(request, facts, testing.policy(**PROTECT)))


def test_a_protected_dependency_is_refused_once_pip_has_resolved_and_no_name_twice() -> None:
    resolved = [
        testing.distribution("depends"),
        testing.distribution("Demo", "2.1", requested=False, parent="depends"),
        testing.distribution("numpy"),
    ]
    decision = judge(asked("typed", "depends"), None, testing.policy(**PROTECT), distributions=resolved)
    (refused,) = (each for each in decision.verdicts if each.name == "protected-package")
    assert (decision.phase, decision.verdict) == (2, "refuse")
    assert (refused.what, refused.reason) == ("Demo, numpy may not enter a user site", "comes with depends")
    allowed = testing.policy(**PROTECT, protected_package="log")
    decision = judge(asked("typed", "numpy"), None, allowed, distributions=[testing.distribution("numpy")])
    assert [each.name for each in decision.verdicts].count("protected-package") == 1
