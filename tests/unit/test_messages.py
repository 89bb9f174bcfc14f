"""What is said: the texts of every rule as golden text, their limits, and how places, origins and errors are written."""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import Distribution, Environment, Request, Source, Verdict, messages, testing
from pip_userctl.keys import KEYS, RULES
from pip_userctl.messages import Message
from pip_userctl.mistakes import Mistake
from pip_userctl.models import Failure, redact
from tests.unit.values import KINDS, ORIGINS, administrator, file, judge, policy

GOLDEN = Path(__file__).with_name("golden.txt")
BASE = "/home/root/.local"
ROOT: dict[str, Any] = {"uid": 0, "euid": 0, "account": "root", "home": "/home/root", "user_base_owner": 0}
ROOT.update(user_base=BASE, default_user_base=BASE, user_site=f"{BASE}/lib/python3.13/site-packages")
HIDDEN: dict[str, Any] = {"user_site_enabled": False, "user_site_hidden": True, "user_site_reason": "PYTHONNOUSERSITE"}
TYPED, CONFIGURED = testing.request(origin="typed"), testing.request(origin="configured")
BREAKING = Source("configured", "/home/ada/.config/pip/pip.conf", 3, "break-system-packages")
BELOW = "/home/ada/.local/lib/python3.9/site-packages"
#: Rule → a request and an environment in which it applies.
EXAMPLES: dict[str, tuple[Request, Environment]] = {
    **{
        f"{kind}-{origin}": (testing.request(origin=origin), testing.environment(kind))
        for kind in KINDS
        for origin in ORIGINS
        if (kind, origin) != ("isolated", "fallback")
    },
    "location-configured": (
        testing.request(origin="configured", target="/srv", arguments=("install", "-t", "/srv", "demo")),
        testing.environment(),
    ),
    "hidden-user-site-configured": (CONFIGURED, testing.environment(**HIDDEN)),
    "hidden-user-site": (TYPED, testing.environment(**HIDDEN)),
    "root-user": (TYPED, testing.environment(**ROOT)),
    "foreign-user-base": (
        TYPED,
        testing.environment(**{**ROOT, "user_base": "/home/root/x/.local", "user_base_owner": 4_000_000}),
    ),
    "container-home": (TYPED, testing.environment(container="apptainer", user_base_mounted=True)),
    "user-site-by-path": (
        testing.request(target=BELOW, arguments=("install", "--target", BELOW, "demo")),
        testing.environment(),
    ),
    "base-site": (testing.request(), testing.environment()),
    "break-system-packages": (
        testing.request(break_system_packages=BREAKING, arguments=("install", "demo")),
        testing.environment(externally_managed=True),
    ),
    "conda-frozen": (testing.request(), testing.environment("conda")),
    "shadowing": (testing.request(), testing.environment()),
    "protected-package": (testing.request("numpy", "six", "demo", "more", origin="typed"), testing.environment()),
}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, no programs on PATH, pip started as ``/opt/python/bin/pip``, a setting of line 2 or 3."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["/opt/python/bin/pip", "install"])
    monkeypatch.setattr("pip_userctl.environment.has_ensurepip", lambda: True)
    lines = {2: "user = true", 3: "break-system-packages = yes"}
    monkeypatch.setattr(messages, "line_text", lambda path, line: lines[line])


def example(rule: str, action: str, folder: Path) -> Verdict:
    """The verdict of a rule on its example; the source of the action is left out."""
    request, facts = EXAMPLES[rule]
    resolved: list[Distribution] | None = None
    if rule == "conda-frozen":
        (folder / "conda-meta").mkdir(exist_ok=True)
        (folder / "conda-meta" / "frozen").write_text('{"message": "managed by the institute"}')
        facts = facts._replace(prefix=str(folder))
    if rule == "shadowing":
        for version in ("demo-0.9", "six-1.16.0"):
            (folder / "front" / f"{version}.dist-info").mkdir(parents=True, exist_ok=True)
        facts = facts._replace(home=str(folder), user_site=f"{folder}/front", search_path=(f"{folder}/front", "/site"))
        resolved = [testing.distribution(location="/site"), testing.distribution("six", "1.17.0", location="/site")]
    quiet = {name.replace("-", "_"): "allow" for name in RULES if name != rule}
    rules = testing.policy(**{**quiet, rule.replace("-", "_"): action, "protect_packages": "numpy, six, demo, more"})
    decision = judge(request, facts, rules, distributions=resolved)
    (verdict,) = (each for each in decision.verdicts if each.name == rule)
    return verdict._replace(source=None)


def rendered(folder: Path) -> str:
    """Every rule: one line where it warns or ignores, and the block where it refuses."""
    parts = []
    for rule in RULES:
        facts = EXAMPLES[rule][1]
        mild = example(rule, "ignore" if "ignore" in KEYS[rule].values else "warn", folder)
        parts.append(messages.line(mild, testing.policy(), facts))
        refused = messages.refusal([example(rule, "refuse", folder)], testing.policy(), facts, [])
        parts.append(messages.block(refused, unicode=True))
    return "\n\n".join(parts) + "\n"


def test_every_rule_says_what_the_golden_file_has(tmp_path: Path) -> None:
    said, golden = rendered(tmp_path), GOLDEN.read_text(encoding="utf-8")
    assert said == golden, "\n".join(
        unified_diff(golden.splitlines(), said.splitlines(), "golden", "said", lineterm="")
    )


# Limits

EMPTY: dict[str, Any] = dict.fromkeys(
    ("user_site", "user_base", "base_prefix", "python", "user_site_reason", "home"), ""
)
FACTS = dict.fromkeys(
    ("option", "owner", "dir", "cause", "purelib", "text", "what", "names", "other", "editable", "quarantine"), ""
)


@pytest.mark.parametrize("rule", RULES)
def test_the_fixed_words_of_a_rule_are_at_most_120_characters(rule: str) -> None:
    request = testing.request(origin=Source("configured", name=""))
    for action in KEYS[rule].values:
        what, why, _ = messages.describe(rule, action, request, testing.environment(**EMPTY), FACTS)
        assert len(what + why) <= 120
        assert not (what + why).endswith(".")
        assert (what + why).isascii()


def test_text_from_elsewhere_is_one_line_of_at_most_200_characters() -> None:
    assert messages.foreign("a\nb\x1b[2J\u202e") == "a\\nb\\x1b[2J\\u202e"
    assert messages.foreign("x" * 200) == "x" * 200
    assert len(messages.foreign("x" * 201)) == 200
    assert messages.foreign("https://ada:secret@host/" + "x" * 999).startswith("https://ada:****@host/xx")
    facts = testing.environment(user_site="/x" * 999)
    for rule in ("isolated-typed", "base-typed"):
        assert all(len(text) <= 320 for text in messages.describe(rule, "warn", TYPED, facts, {})[:2])


SECRETS = [
    ("https://user:secret@host/simple", "https://user:****@host/simple"),
    ("https://token@host/simple", "https://****@host/simple"),
    ("https://user:sec@ret@host/simple", "https://user:****@host/simple"),
    ("git+ssh://git@host/repo.git@v1", "git+ssh://****@host/repo.git@v1"),
    ("demo @ https://user:secret@host/demo.whl", "demo @ https://user:****@host/demo.whl"),
    ("--index-url=https://a:b@host http://c:d@host", "--index-url=https://a:****@host http://c:****@host"),
    ("user:secret@proxy:3128", "user:****@proxy:3128"),
    ("https://user:sec ret@host/simple", "https://user:****@host/simple"),
    ("//user:secret@host/simple", "//user:****@host/simple"),
    ("ValueError: netloc 'user:secret@host' has", "ValueError: netloc 'user:****@host' has"),
    ("--proxy=user:secret@proxy:3128", "--proxy=user:****@proxy:3128"),
]
OPEN = """requests[socks]>=2,<3  https://host/a?mail=ada@example.org  ./folder@2  https://host/path/user:x@y  :name:
git+https://host/repo@v1#egg=demo  git@host:repo.git  demo@https://host/demo.whl  C:\\wheels@2\\demo.whl"""


@pytest.mark.parametrize(("text", "shown"), [*SECRETS, *((text, text) for text in OPEN.split())])
def test_secrets_are_redacted_and_nothing_else(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(shown) == shown


# Places

ADA = testing.environment()
CONFIG = "/home/ada/.config/pip/pip.conf"


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Source("typed", name="--user"), "--user"),
        (Source("configured", CONFIG, 2, "user"), "user = true (~/.config/pip/pip.conf:2)"),
        (Source("configured", "/etc/pip.conf", 2, "user"), "user = true (/etc/pip.conf:2)"),
        (Source("configured", name="PIP_USER"), "PIP_USER=1"),
        (Source("configured"), "--user"),
    ],
)
def test_who_asked_is_written_as_the_user_wrote_it(monkeypatch: pytest.MonkeyPatch, origin: Source, said: str) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    assert messages.describe_origin(origin, ADA) == said


def test_only_the_home_itself_is_shortened() -> None:
    shown = [messages.shorten(path, ADA) for path in ("/home/ada", "/home/ada/x", "/home/adam", "/home")]
    assert shown == ["~", "~/x", "/home/adam", "/home"]
    assert messages.shorten("/srv", ADA._replace(home="/")) == "/srv"


@pytest.mark.parametrize(
    ("files", "variables", "rule", "said"),
    [
        ([], {}, "isolated-typed", ""),
        ([file(base_typed="warn")], {}, "base-typed", " [/user/pip.conf]"),
        ([file(path=CONFIG, base_typed="warn")], {}, "base-typed", " [~/.config/pip/pip.conf]"),
        ([], {"base_typed": "warn"}, "base-typed", " [PIP_USERCTL_BASE_TYPED]"),
        ([], {"profile": "strict"}, "base-typed", " [profile strict, PIP_USERCTL_PROFILE]"),
        ([file(profile="strict")], {}, "base-typed", " [profile strict, /user/pip.conf]"),
        ([file(agent_profile="strict")], {}, "base-typed", " [agent-profile strict, /user/pip.conf]"),
        ([], {"agent_profile": "strict"}, "base-typed", " [agent-profile strict, PIP_USERCTL_AGENT_PROFILE]"),
        # Where somebody else chose a stricter profile, the place alone is named.
        ([administrator(locked="yes", profile="default")], {"profile": "strict"}, "isolated-typed", " [/etc/pip.conf]"),
    ],
)  # fmt: skip
def test_where_an_action_is_set_is_named_unless_it_is_a_default(
    files: list[Any], variables: dict[str, str], rule: str, said: str
) -> None:
    made = policy(*files, agent="acme", **variables)
    assert messages.describe_setting(Verdict(rule, "warn", source=made.source(rule)), made, ADA) == said


def test_the_opinion_of_a_plugin_has_its_own_source() -> None:
    source = Source("global", "/etc/acme.conf", 3)
    assert messages.describe_setting(Verdict("acme", "warn", source=source), policy(), ADA) == " [/etc/acme.conf:3]"


# Errors

WHOLE = Message("userctl-x", "what", "why\nalso userctl-y: more", "ask\nhttps://host", "pip install demo")
BLOCK = """error: userctl-x

× what
╰─> why
    also userctl-y: more

note: ask
      https://host
hint: pip install demo"""


def test_an_error_is_a_block_or_one_fact_a_line() -> None:
    assert messages.block(WHOLE, unicode=True) == BLOCK
    assert messages.block(WHOLE, unicode=False).isascii()
    assert messages.block(Message("userctl-x", "what"), unicode=False) == "error: userctl-x\n\nx what"
    plain = "userctl-x: what: why\nalso userctl-y: more\nnote: ask\nhttps://host\nhint: pip install demo"
    assert messages.plain(WHOLE) == plain
    assert messages.plain(Message("userctl-x", "what")) == "userctl-x: what"


def test_several_refusals_are_one_error_with_the_first_in_front_and_the_administrators_words_in_the_note() -> None:
    rules = policy(message="ask the\nhelp desk", help_url="https://host/pip")
    first = Verdict("base-typed", "refuse", "why", "what", "do this", rules.source("message"))
    other = Verdict("acme-freeze", "refuse", "it freezes")
    made = messages.refusal([first, other], rules, ADA, ["pip-userctl rules base-typed"])
    why = "why [PIP_USERCTL_MESSAGE]\nalso userctl-acme-freeze: it freezes"
    note = "ask the\nhelp desk\nhttps://host/pip\npip-userctl rules base-typed"
    assert made == Message("userctl-base-typed", "what", why, note, "do this")
    alone = messages.refusal([other], policy(), ADA, [])
    assert alone == Message("userctl-acme-freeze", "it freezes")


def test_mistakes_are_counted_and_the_first_is_told() -> None:
    first = Mistake(CONFIG, 3, "unknown key base-tpyed (did you mean base-typed?)")
    said = messages.mistakes_line([first, first], ADA)
    place = "~/.config/pip/pip.conf:3: unknown key base-tpyed (did you mean base-typed?)"
    command = "/opt/python/bin/python -m pip_userctl check"
    assert said == f"userctl-policy: 2 mistakes in the policy: {place}. Run: {command}"
    assert messages.mistakes_line([first], ADA).startswith("userctl-policy: 1 mistake in the policy: ~/")
    assert messages.mistakes_refusal([first], ADA) == Message(
        "userctl-policy", "the policy has 1 mistake, and on-error = refuse", place, hint=command
    )


def test_a_failure_is_one_line_and_says_that_pip_goes_on_only_where_it_does() -> None:
    failures = [Failure("rule", "acme", "KeyError: 'x'"), Failure("plugin", "b", "OSError")]
    assert messages.failure_line(failures[:1]) == "userctl-failure: rule acme raised KeyError: 'x'; pip goes on"
    refused = messages.failure_refusal(failures)
    assert refused.what == "rule acme raised KeyError: 'x' (and 1 more)"
    assert "goes on" not in refused.what + refused.why


def test_control_characters_in_the_words_of_plugins_and_administrators_are_escaped() -> None:
    verdict = Verdict("acme", "refuse", "a\x1b[2Jb", "c\rd", "e\x07")
    made = messages.refusal([verdict, verdict], policy(message="f\x1b]0;x\ng"), ADA, [])
    texts = [messages.line(verdict, policy(), ADA), *made._asdict().values()]
    assert all(each.isprintable() for text in texts for each in text.split("\n")), texts
    assert made.note == "f\\x1b]0;x\ng"
    assert os.linesep not in messages.line(verdict, policy(), ADA)
