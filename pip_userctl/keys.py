"""The table of keys: what each key of the ``[userctl]`` section accepts, and its default in each profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pip_userctl.frozen import Frozen
from pip_userctl.models import BOOLEANS, Source

PROFILES = ("audit", "default", "strict")
#: Rule → its action in the profiles audit, default, strict; the order in which rules are listed everywhere.
RULES = {
    "isolated-typed": ("log", "refuse", "refuse"),
    "isolated-configured": ("log", "ignore", "ignore"),
    "system-site-typed": ("log", "warn", "refuse"),
    "system-site-configured": ("log", "warn", "refuse"),
    "system-site-fallback": ("log", "warn", "refuse"),
    "conda-typed": ("log", "warn", "refuse"),
    "conda-configured": ("log", "log", "refuse"),
    "conda-fallback": ("log", "warn", "refuse"),
    "base-typed": ("log", "allow", "refuse"),
    "base-configured": ("log", "allow", "refuse"),
    "base-fallback": ("log", "log", "refuse"),
    "location-configured": ("log", "ignore", "ignore"),
    "hidden-user-site-configured": ("log", "ignore", "refuse"),
    "hidden-user-site": ("log", "refuse", "refuse"),
    "root-user": ("log", "warn", "refuse"),
    "foreign-user-base": ("log", "refuse", "refuse"),
    "container-home": ("log", "warn", "refuse"),
    "user-site-by-path": ("log", "warn", "refuse"),
    "base-site": ("log", "allow", "refuse"),
    "break-system-packages": ("log", "allow", "refuse"),
    "conda-frozen": ("log", "warn", "refuse"),
    "shadowing": ("log", "warn", "warn"),
    "protected-package": ("log", "refuse", "refuse"),
}
_ACTIONS = ("allow", "log", "warn", "refuse")


class PolicyKey(Frozen):
    """One key of the ``[userctl]`` section.

    Attributes:
        name: ``[a-z0-9-]+``; the keys of a plugin start with the plugin's name and a dash.
        kind: ``action``, ``choice``, ``boolean``, ``text``, ``list`` (separated by white space or commas), ``lines`` (one
            entry a line or comma), ``requirements`` (the same, specifiers), ``path`` (of one file) or ``address`` (of syslog).
        values: what an ``action`` or ``choice`` accepts.
        defaults: the value in the profiles audit, default, strict; already parsed.
        summary: one sentence for people.
        page: of an ``action``, what ``pip-userctl rules NAME`` shows, Markdown; without one, the summary.
    """

    name: str
    kind: str = "action"
    values: tuple[str, ...] = _ACTIONS
    defaults: tuple[object, object, object] = ("log", "warn", "refuse")
    summary: str = ""
    page: str = ""

    def default(self, profile: str) -> object:
        """The value if nobody sets the key."""
        return self.defaults[PROFILES.index(profile)]

    def expects(self) -> str:
        """The valid values, in words."""
        return ", ".join(self.values) if self.kind in ("action", "choice") else _KINDS[self.kind][1]

    def parse(self, text: str) -> object:
        """The value that the text stands for.

        Raises:
            ValueError: if the key does not accept it.
        """
        if self.kind in ("action", "choice"):
            if text.lower() not in self.values:
                raise ValueError(text)
            return text.lower()
        return _KINDS[self.kind][0](text)


class Value(Frozen):
    """A key's value, parsed; None takes back what weaker places say. rank: a stronger place has a higher one."""

    value: Any
    source: Source
    rank: int = 0


def merge(said: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    """What places add up to, weakest first."""
    merged = {name: value for given in said for name, value in given.items()}
    return {name: value for name, value in merged.items() if value.value is not None}


def _boolean(text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise ValueError(text)
    return BOOLEANS[text.lower()]


def _lines(text: str) -> tuple[str, ...]:
    # A comma inside a specifier ("pkg>=1,<2") is no separator: what follows one must start like a name or a path.
    entries = re.split(r"\n|,(?=\s*[A-Za-z~/$*.])", text)
    return tuple(filter(None, (entry.strip().strip(",").strip() for entry in entries)))


def _requirements(text: str) -> tuple[str, ...]:
    from pip_userctl.specifiers import parse_requirement

    for entry in _lines(text):
        found = parse_requirement(entry)
        if found.url or found.marker or found.extras:
            raise ValueError(entry)
    return _lines(text)


def _address(text: str) -> str:
    found = re.fullmatch(r"local|udp://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})|[/~$].*", text)
    if not found or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(text)
    return text


_KINDS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "boolean": (_boolean, "yes or no"),
    "text": (str, "any text"),
    "list": (lambda text: tuple(text.replace(",", " ").split()), "names, separated by white space or commas"),
    "lines": (_lines, "one entry a line, or separated by commas"),
    "requirements": (
        _requirements,
        "requirement specifiers such as numpy or numpy<2, one a line or separated by commas",
    ),
    "path": (lambda text: (text,), "the path of a file"),
    "address": (_address, "local, udp://host:port or the path of a datagram socket"),
}


#: Name, kind, default in every profile, summary, values.
_OTHERS = (
    ("agent-profile", "choice", "", "a profile for installs that a coding agent runs", PROFILES),
    ("enabled", "boolean", True, "no switches the policy off", ()),
    ("locked", "boolean", False, "others can only make the policy stricter; for administrator files", ()),
    ("message", "text", "", "text shown after a refusal or warning", ()),
    ("help-url", "text", "", "link shown after a refusal or warning", ()),
    ("allow-packages", "requirements", (), "refusals are waived if all that was asked for matches", ()),
    ("protect-packages", "requirements", (), "these never enter a user site, as a dependency either", ()),
    ("allow-user-base", "lines", (), "path globs; a matching user base waives refusals", ()),
    ("override", "choice", "allow", "whether PIP_USERCTL_REASON turns refusals into warnings", ("allow", "deny")),
    ("audit-log", "path", (), "the path of a JSON Lines file", ()),
    ("syslog", "address", "", "local, udp://host:port or the path of a datagram socket", ()),
    ("plugins", "list", ("auto",), "auto, none, or names of entry points", ()),
    ("on-error", "choice", "warn", "what happens if pip-userctl itself fails", ("warn", "refuse")),
)
_WITH_IGNORE = ("allow", "log", "warn", "ignore", "refuse")

KEYS: dict[str, PolicyKey] = {
    **{
        name: PolicyKey(name, "action", _WITH_IGNORE if name.endswith("-configured") else _ACTIONS, defaults)
        for name, defaults in RULES.items()
    },
    "profile": PolicyKey("profile", "choice", PROFILES, PROFILES, "the defaults of all rules"),
    **{
        name: PolicyKey(name, kind, values, (default, default, default), summary)
        for name, kind, default, summary, values in _OTHERS
    },
}
