"""The judgement of one install: which rule applies, what a policy makes of it, what waives it, how verdicts add up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import (
    Distribution,
    Environment,
    Policy,
    PolicyKey,
    Request,
    Source,
    Verdict,
    hookimpl,
    judge as judging,
    testing,
)
from pip_userctl.hooks import Decision, Plugin
from pip_userctl.keys import KEYS, RULES
from pip_userctl.models import ACTIONS, Destination, Failure, RequestedName, Unwritable
from pip_userctl.policy import resolve
from tests.unit.values import (
    KINDS,
    ORIGINS,
    PROFILES,
    Says,
    actions,
    administrator,
    configuration,
    file,
    judge,
    policy,
)

UNWRITABLE = Unwritable("/opt/python/lib", "owner root, mode drwxr-xr-x")
HIDDEN: dict[str, Any] = {
    "user_site_enabled": False,
    "user_site_hidden": True,
    "user_site_reason": "PYTHONNOUSERSITE",
}
ROOT: dict[str, Any] = {"uid": 0, "euid": 0, "account": "root", "user_base_owner": 0}
TABLE = [(kind, origin) for kind, origin in product(KINDS, ORIGINS) if (kind, origin) != ("isolated", "fallback")]
#: Rules of which exactly one applies to a user install; the others come on top.
ONE_OF = {f"{kind}-{origin}" for kind, origin in TABLE} | {"location-configured", "hidden-user-site-configured"}


def asked(origin: str = "none", *requirements: str, **fields: Any) -> Request:
    """A request; shorter than the kit's."""
    return testing.request(*requirements, origin=origin, **fields)


def named(decision: Decision) -> set[str]:
    """The rules that apply."""
    return {each.name for each in decision.verdicts}


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


# What a policy makes of a refusal

WAIVABLE = sorted(set(RULES) - {"isolated-typed", "hidden-user-site", "foreign-user-base", "protected-package"})


def refused(rule: str, rules: Policy | None = None, **more: Any) -> Verdict:
    """The verdict of a decision in which this rule refuses."""
    (verdict,) = testing.decision(Verdict(rule, "refuse"), policy=rules, **more).verdicts
    return verdict


@pytest.mark.parametrize("rule", RULES)
def test_what_is_asked_for_by_an_allowed_name_is_logged_instead(rule: str) -> None:
    verdict = refused(rule, testing.policy(allow_packages="demo"))
    allowed = rule in WAIVABLE
    assert (verdict.action, verdict.waived_by) == ("refuse", "allow-packages" if allowed else None)
    assert verdict.effect == ("log" if allowed else "refuse")
    assert refused(rule, testing.policy(allow_packages="other")).effect == "refuse"


@pytest.mark.parametrize("rule", RULES)
def test_an_allowed_user_base_waives_the_same(rule: str) -> None:
    facts = testing.environment(user_base="/scratch/ada")
    verdict = refused(rule, testing.policy(allow_user_base="/scratch/*"), environment=facts)
    assert (verdict.waived_by, verdict.effect) == (("allow-user-base", "log") if rule in WAIVABLE else (None, "refuse"))


@pytest.mark.parametrize("rule", RULES)
def test_a_reason_turns_a_refusal_into_a_warning_except_where_nothing_could_be_imported(
    monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    monkeypatch.setenv("PIP_USERCTL_REASON", " ticket 42 ")
    never = rule in ("isolated-typed", "hidden-user-site")
    assert refused(rule).effect == ("refuse" if never else "warn")
    assert refused(rule).waived_by == (None if never else "override")
    for rules in (policy(override="deny"), policy(administrator(locked="yes"))):
        decision = testing.decision(Verdict(rule, "refuse"), policy=rules)
        assert (decision.verdict, decision.reason) == ("refuse", "ticket 42")
    monkeypatch.setenv("PIP_USERCTL_REASON", "  ")
    assert testing.decision(Verdict(rule, "refuse")).reason is None
    assert refused(rule).effect == "refuse"


@pytest.mark.parametrize(("dry_run", "report"), list(product([True, False], repeat=2)))
@pytest.mark.parametrize("action", ACTIONS)
def test_only_a_dry_run_with_a_report_is_never_refused(action: str, dry_run: bool, report: bool) -> None:
    decision = judge(asked("typed", dry_run=dry_run, report=report), None, testing.policy(base_typed=action))
    (verdict,) = decision.verdicts
    waived = action == "refuse" and dry_run and report
    assert (verdict.action, verdict.waived_by) == (action, "dry-run" if waived else None)
    assert decision.verdict == verdict.effect == ("allow" if waived else action)


def test_a_dry_run_with_a_report_still_ignores_what_is_to_be_ignored() -> None:
    decision = judge(asked("configured", dry_run=True, report=True), testing.environment("isolated"))
    assert (actions(decision.verdicts), decision.request.dropped) == ({"isolated-configured": "ignore"}, True)


@pytest.mark.parametrize(
    ("requested", "repair"),
    [
        (("pip",), True),
        (("PIP==26.3", "pluggy>=1", "Packaging", "pip.userctl"), True),
        (("pip", "demo"), False),
        (("pip[extra]",), False),
        (("pip @ https://host/pip.whl",), False),
        (("./pip",), False),
        (("pip-tools",), False),
    ],
)
def test_a_repair_installs_nothing_but_what_mends_pip_userctl(requested: tuple[str, ...], repair: bool) -> None:
    request = asked("none", *requested)
    assert request.is_repair == repair
    strict = testing.policy(on_error="refuse")
    assert judging.stops_on_error(strict, request) == (not repair)
    assert not judging.stops_on_error(strict, request._replace(dry_run=True, report=True))
    assert not judging.stops_on_error(testing.policy(), request)
    assert not asked(requested=()).is_repair


def test_a_repair_is_not_exempt_from_the_rules_about_user_installs() -> None:
    assert judge(asked("typed", "pip"), testing.environment("isolated")).verdict == "refuse"


# What plugins say


class Asks:
    """A plugin that says ignore to every configured setting, by what the request says of its origin."""

    @hookimpl
    def userctl_evaluate(self, request: Request) -> Verdict | None:
        return Verdict("acme-ignore", "ignore", "not today") if request.user_install == "configured" else None


class Late:
    """A plugin that judges the resolved set."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = verdicts

    @hookimpl
    def userctl_evaluate_distributions(self, distributions: tuple[Distribution, ...]) -> Iterator[Verdict]:
        assert distributions
        yield from self.verdicts


class Keyed(Late):
    """The same with keys, one of them that of its rule."""

    @hookimpl
    def userctl_policy_keys(self) -> list[PolicyKey]:
        return [PolicyKey("keyed-late"), PolicyKey("keyed-names", "list", defaults=((), (), ()))]


class Raises:
    """A plugin whose rules raise."""

    @hookimpl
    def userctl_evaluate(self) -> None:
        raise ValueError("no")

    @hookimpl
    def userctl_evaluate_distributions(self) -> None:
        raise LookupError("lost")


@pytest.mark.parametrize("given", [each for size in range(4) for each in permutations(ACTIONS, size)])
def test_the_strictest_verdict_wins_whatever_the_order(given: tuple[str, ...]) -> None:
    verdicts = [Verdict(f"acme-{action}", action) for action in given]
    decision = judge(plugin=Says(*verdicts), built_in=False)
    assert decision.verdict == max(given, key=ACTIONS.index, default="allow")
    assert actions(decision.verdicts) == {f"acme-{action}": action for action in given}


def test_a_plugin_can_add_strictness_and_take_none_away() -> None:
    refusing, allowing = Says(Verdict("acme-freeze", "refuse", "so")), Says(Verdict("base-typed", "allow", "so"))
    assert judge(asked("typed"), None, testing.policy(base_typed="allow"), refusing).verdict == "refuse"
    assert judge(asked("typed"), None, testing.policy(base_typed="refuse"), allowing).verdict == "refuse"


def test_a_verdict_carries_its_plugin_and_its_own_source_and_cannot_waive_itself() -> None:
    source = Source("global", "/etc/acme.conf", 3)
    says = Verdict("acme-freeze", "refuse", "so", source=source, plugin="pip_userctl", waived_by="override")
    (verdict,) = judge(plugin=Says(says), built_in=False).verdicts
    assert (verdict.plugin, verdict.source, verdict.effect) == ("acme", source, "refuse")


def test_what_is_said_twice_counts_once() -> None:
    verdict = Verdict("acme-freeze", "warn", "so")
    decision = judge(plugin=Says(verdict, verdict, verdict._replace(reason="other")), built_in=False)
    assert [each.reason for each in decision.verdicts] == ["so", "other"]


def test_a_plugin_may_drop_a_configured_setting_and_pip_is_asked_again() -> None:
    decision = judge(asked("configured", unwritable=UNWRITABLE), None, testing.policy(base_configured="warn"), Asks())
    assert actions(decision.verdicts) == {"acme-ignore": "ignore", "base-fallback": "log"}
    assert (decision.verdict, decision.request.dropped, decision.request.user_install) == ("log", True, "fallback")


def test_a_refusal_stands_against_a_plugin_that_would_drop_the_setting() -> None:
    decision = judge(asked("configured"), None, testing.policy(base_configured="refuse"), Asks())
    assert (decision.verdict, decision.request.dropped) == ("refuse", False)


@pytest.mark.parametrize("origin", ["none", "typed", "fallback"])
def test_to_ignore_anything_but_a_configured_setting_is_a_failure(origin: str) -> None:
    decision = judge(asked(origin), plugin=Says(Verdict("acme-ignore", "ignore")), failures=True)
    assert "acme-ignore" not in named(decision)
    (failure,) = decision.failures
    assert (failure.part, failure.name) == ("rule", "acme")
    assert "only a configured setting can be ignored" in failure.error


def test_to_ignore_a_configured_setting_that_is_dropped_already_is_none() -> None:
    decision = judge(
        asked("configured"), testing.environment("isolated"), plugin=Says(Verdict("acme-ignore", "ignore"))
    )
    assert (decision.verdict, decision.failures, decision.request.dropped) == ("allow", (), True)
    assert actions(decision.verdicts)["isolated-configured"] == "ignore"


def test_once_pip_has_resolved_nothing_can_be_ignored() -> None:
    late = Late(Verdict("acme-late", "ignore"))
    decision = judge(asked("configured"), plugin=late, distributions=[testing.distribution()], failures=True)
    assert "before pip has resolved" in decision.failures[0].error


@pytest.mark.parametrize(
    "says",
    [
        ("acme-freeze", "refuse"),
        Verdict("acme-freeze", "deny"),
        Verdict("acme-freeze", "REFUSE"),
        Verdict("", "refuse"),
        Verdict(None, "refuse"),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", reason=None),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", hint=["pip"]),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", source="/etc/pip.conf"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_verdict_is_a_failure_and_the_others_stand(says: object) -> None:
    rules = testing.policy(base_typed="refuse")
    decision = judge(asked("typed"), None, rules, Says(says, Verdict("acme-fine", "log")), failures=True)
    assert actions(decision.verdicts) == {"base-typed": "refuse", "acme-fine": "log"}
    assert [(each.part, each.name) for each in decision.failures] == [("rule", "acme")]


def test_a_rule_that_raises_is_a_failure_in_either_step() -> None:
    decision = judge(asked("typed"), plugin=Raises(), distributions=[testing.distribution()], failures=True)
    assert decision.failures == (
        Failure("rule", "acme", "ValueError: no"),
        Failure("rule", "acme", "LookupError: lost"),
    )
    assert decision.phase == 2


def test_judging_again_forgets_what_rules_raised_and_keeps_what_could_not_be_loaded() -> None:
    session = judging.load_session(testing.environment(), configuration(file(plugins="absent")), [], "id")
    session.hooks.add(Plugin("acme", Raises()))
    for _ in range(2):
        decision = judging.evaluate(asked("typed"), (), session, lambda request: request)
        assert [each.name for each in decision.failures] == ["absent", "acme"]


def test_the_second_step_adds_to_the_first() -> None:
    late, resolved = Late(Verdict("acme-late", "refuse", "so")), [testing.distribution()]
    decision = judge(asked("typed"), None, testing.policy(base_typed="warn"), late, distributions=resolved)
    assert (decision.phase, decision.verdict, decision.distributions) == (2, "refuse", tuple(resolved))
    assert actions(decision.verdicts) == {"base-typed": "warn", "acme-late": "refuse"}
    assert judge(asked("typed"), plugin=Late(), distributions=resolved).phase == 1


@pytest.mark.parametrize(("action", "effect"), [("warn", "log"), ("refuse", "log"), ("log", "log"), ("allow", "allow")])
def test_under_audit_the_opinion_of_a_plugin_neither_warns_nor_refuses(action: str, effect: str) -> None:
    decision = judge(None, None, testing.policy(profile="audit"), Says(Verdict("acme-x", action)), built_in=False)
    (verdict,) = decision.verdicts
    assert (decision.verdict, verdict.effect) == (effect, effect)
    assert verdict.waived_by == ("audit" if action == "refuse" else None)
    outright = Says(Verdict("acme-x", action, source=Source("global", "/etc/acme.conf")))
    assert judge(None, None, testing.policy(profile="audit"), outright, built_in=False).verdict == action
    key = PolicyKey("acme-x")
    for given, expected in ({}, effect), ({"acme_x": action}, action):
        rules = resolve(configuration(file(profile="audit", **given)), [key])
        assert judge(None, None, rules, Says(Verdict("acme-x", action)), built_in=False).verdict == expected


def test_under_audit_the_opinion_of_a_plugin_drops_no_setting() -> None:
    decision = judge(asked("configured"), None, testing.policy(profile="audit"), Asks())
    assert (decision.verdict, decision.request.dropped) == ("log", False)


def test_under_audit_only_a_key_that_is_set_outright_refuses() -> None:
    rules = testing.policy(profile="audit", protect_packages="demo", isolated_typed="refuse")
    assert judge(asked("typed"), None, rules).verdict == "log"
    assert judge(asked("typed"), testing.environment("isolated"), rules).verdict == "refuse"


# The session


def test_a_session_loads_the_plugins_that_the_policy_names_and_none_where_it_is_switched_off() -> None:
    def failed(**values: str) -> list[str]:
        session = judging.load_session(testing.environment(), configuration(file(**values)), [], "id")
        return [each.name for each in session.hooks.failures]

    assert failed(plugins="one, two") == ["one", "two"]
    assert failed(plugins="one", enabled="no") == []
    assert failed(plugins="none", base_typed="x", nonsense="1") == []
    made = judging.load_session(testing.environment(agent="acme"), configuration(agent_profile="strict"), [], "id")
    assert (made.policy.value("base-typed"), made.id) == ("refuse", "id")


def test_an_observer_that_raises_is_a_failure_and_is_not_called_again() -> None:
    calls: list[str] = []

    class Observer:
        @hookimpl
        def userctl_decided(self, decision: Decision) -> None:
            calls.append(decision.verdict)
            raise OSError("full")

    session = judging.Session(testing.environment(), testing.policy(), judging.load_hooks(testing.policy(), []), "id")
    session.hooks.add(Plugin("acme", Observer()))
    decision = testing.decision()
    assert judging.observe("userctl_decided", session, decision=decision) == [
        Failure("observer", "acme", "OSError: full")
    ]
    assert judging.observe("userctl_decided", session, decision=decision) == []
    assert calls == ["allow"]


def test_what_only_the_resolved_set_shows_is_named() -> None:
    session = judging.Session(testing.environment(), testing.policy(), judging.load_hooks(testing.policy(), []), "id")
    session.hooks.add(Plugin("acme", Late(), "acme", "1.0"))
    session.hooks.add(Plugin("keyed", Keyed(), "keyed", "1.0"))
    late = ["acme", "keyed-late"]
    assert judging.not_judged(testing.decision(), session) == ["shadowing", "protected-package", *late]
    refused_by_name = testing.decision(Verdict("protected-package", "refuse"))
    assert judging.not_judged(refused_by_name, session) == ["shadowing", *late]


def test_only_what_is_more_than_allowed_is_said() -> None:
    quiet = testing.decision(Verdict("base-typed", "allow"), Verdict("base-site", "refuse", waived_by="dry-run"))
    assert not judging.has_something_to_say(quiet)
    assert judging.has_something_to_say(testing.decision(Verdict("base-typed", "log")))
    assert judging.has_something_to_say(quiet._replace(failures=(Failure("rule", "acme", "x"),)))
    for rules in (policy(base_typed="x"), policy(administrator(locked="yes"), message="mine")):
        assert judging.has_something_to_say(testing.decision(policy=rules))


def test_the_facts_of_a_decision_are_those_that_were_judged() -> None:
    facts: Environment = testing.environment(cwd="/srv")
    rules = testing.policy(base_typed="warn")
    decision = judge(asked("typed"), facts, rules)
    assert (decision.environment, decision.policy.given) == (facts, rules.given)
    assert decision.id
