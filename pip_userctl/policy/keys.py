"""Every key of the ``[userctl]`` section: what it accepts, and its default in each profile.

The table is the single source for validation, for ``pip-userctl status`` and for the documentation's test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pip_userctl.frozen import Frozen

PROFILES = ("audit", "default", "strict")
_VALUES = ("allow", "log", "warn", "refuse")
_WITH_IGNORE = ("allow", "log", "warn", "ignore", "refuse")
#: pip's own words for a boolean (``strtobool``).
BOOLEANS = {
    **dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "f", "false", "off", "0"), False),
}
_SYSLOG = r"local|(udp|tcp)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})|/.+"


class PolicyKey(Frozen):
    """One key of the policy.

    name: ``[a-z0-9-]+``; a plugin's keys start with the plugin's name and a dash.
    kind: ``action``, ``choice``, ``boolean``, ``seconds``, ``text``, ``list`` (separated by white space or commas),
    ``lines`` (one entry a line or comma), ``requirements`` (the same, specifiers), ``paths`` (of one file) or ``address``.
    values: what an ``action`` or ``choice`` accepts.
    defaults: the value in the profiles audit, default, strict; already parsed.
    summary: one sentence for people.
    """

    name: str
    kind: str = "action"
    values: tuple[str, ...] = _VALUES
    defaults: tuple[object, object, object] = ("log", "warn", "refuse")
    summary: str = ""

    def default(self, profile: str) -> object:
        """The value where nobody sets the key."""
        return self.defaults[PROFILES.index(profile)]

    def expects(self) -> str:
        """The valid values, in words."""
        if self.kind in ("action", "choice"):
            return ", ".join(self.values)
        return _EXPECTS[self.kind]

    def parse(self, text: str) -> object:
        """The value that text stands for; ValueError where the key does not accept it."""
        if self.kind in ("action", "choice"):
            if text.lower() not in self.values:
                raise ValueError(text)
            return text.lower()
        return _PARSERS[self.kind](text)


_EXPECTS = {
    "boolean": "yes or no",
    "seconds": "a number of seconds above 0, such as 2",
    "text": "any text",
    "list": "names, separated by white space or commas",
    "lines": "one entry a line, or separated by commas",
    "requirements": "requirement specifiers such as numpy or numpy<2, one a line, or separated by commas",
    "paths": "the path of a file",
    "address": "local, udp://host:port, tcp://host:port or the path of a socket",
}


def _boolean(text: str) -> bool:
    try:
        return BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError(text) from None


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 1e6:
        raise ValueError(text)
    return seconds


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _lines(text: str) -> tuple[str, ...]:
    # A comma inside a specifier ("pkg>=1,<2") is no separator: what follows one must start like a name.
    entries = re.split(r"\n|,(?=\s*[A-Za-z~/$*.])", text)
    return tuple(entry for entry in (entry.strip().strip(",").strip() for entry in entries) if entry)


def _requirements(text: str) -> tuple[str, ...]:
    # Costs 28 to 61 million instructions (CPython 3.13, 3.11), so only a policy that has such a key pays for it.
    from packaging.requirements import InvalidRequirement, Requirement

    entries = _lines(text)
    for entry in entries:
        try:
            requirement = Requirement(entry)
        except InvalidRequirement:
            raise ValueError(entry) from None
        if requirement.url or requirement.marker or requirement.extras:
            raise ValueError(entry)
    return entries


def _paths(text: str) -> tuple[str, ...]:
    return (text,)


def _address(text: str) -> str:
    found = re.fullmatch(_SYSLOG, text)
    if not found or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(text)
    return text


_PARSERS: Mapping[str, Callable[[str], object]] = {
    "boolean": _boolean,
    "seconds": _seconds,
    "text": str,
    "list": _list,
    "lines": _lines,
    "requirements": _requirements,
    "paths": _paths,
    "address": _address,
}


def _action(name: str, audit: str, default: str, strict: str, summary: str) -> PolicyKey:
    values = _WITH_IGNORE if name.endswith("-configured") else _VALUES
    return PolicyKey(name, "action", values, (audit, default, strict), summary)


def _other(name: str, kind: str, default: object, summary: str, values: tuple[str, ...] = ()) -> PolicyKey:
    return PolicyKey(name, kind, values, (default, default, default), summary)


#: One key a situation, in the order in which situations are listed everywhere.
SITUATIONS = (
    _action("isolated-typed", "log", "refuse", "refuse", "--user typed in an isolated virtual environment"),
    _action("isolated-configured", "log", "ignore", "ignore", "a configured user install in one"),
    _action("system-site-typed", "log", "warn", "refuse", "--user typed in a --system-site-packages environment"),
    _action("system-site-configured", "log", "warn", "refuse", "a configured user install in one"),
    _action("system-site-fallback", "log", "warn", "refuse", "pip falls back to a user install in one"),
    _action("conda-typed", "log", "warn", "refuse", "--user typed in a conda environment"),
    _action("conda-configured", "log", "log", "refuse", "a configured user install in one"),
    _action("conda-fallback", "log", "warn", "refuse", "pip falls back to a user install in one"),
    _action("base-typed", "log", "allow", "refuse", "--user typed, base interpreter"),
    _action("base-configured", "log", "allow", "refuse", "a configured user install, base interpreter"),
    _action("base-fallback", "log", "log", "refuse", "pip falls back to a user install, base interpreter"),
    _action("location-configured", "log", "ignore", "ignore", "a configured user install meets --target or --prefix"),
    _action(
        "hidden-user-site-configured",
        "log",
        "ignore",
        "refuse",
        "a configured user install that this interpreter could not import",
    ),
    _action("hidden-user-site", "log", "refuse", "refuse", "--user typed, but this interpreter could not import it"),
    _action("root-user", "log", "warn", "refuse", "a user install by root"),
    _action("foreign-user-base", "log", "refuse", "refuse", "a user install by root into another account's user base"),
    _action("container-home", "log", "warn", "refuse", "a user install out of a container into its host's home"),
    _action("user-site-by-path", "log", "warn", "refuse", "--prefix, --target or --root that is a user site"),
    _action("break-system-packages", "log", "allow", "refuse", "--break-system-packages where pip would have stopped"),
    _action(
        "shadowing", "log", "warn", "warn", "a user install hides another copy, or a copy in the user site hides it"
    ),
    _action("shadowing-other", "log", "allow", "log", "any other hiding of one copy by another"),
    _action("protected-package", "log", "refuse", "refuse", "a distribution of protect-packages in the user site"),
    _action("other-interpreter", "log", "warn", "refuse", "pip --python OTHER install where OTHER is not covered"),
)

_KEYS = (
    *SITUATIONS,
    PolicyKey("profile", "choice", PROFILES, PROFILES, "the defaults of all other keys"),
    _other("enabled", "boolean", True, "no switches the policy off"),
    _other("locked", "boolean", False, "others may only make the policy stricter; heard in an administrator file"),
    _other("message", "text", "", "text added to every refusal and warning"),
    _other("help-url", "text", "", "link added to every refusal and warning"),
    _other("allow-packages", "requirements", (), "refusals are lifted when all that was asked for matches"),
    _other("protect-packages", "requirements", (), "may never enter the user site, as a dependency either"),
    _other("allow-user-base", "lines", (), "path globs; a matching user base lifts refusals like allow-packages"),
    _other("override", "choice", "allow", "whether PIP_USERCTL_REASON turns refusals into warnings", ("allow", "deny")),
    _other("audit-log", "paths", (), "path of a JSON Lines file"),
    _other("syslog", "address", "", "local, udp://host:port, tcp://host:port or a socket path"),
    _other("plugins", "list", ("auto",), "auto, none, or names of entry points"),
    _other("plugin-timeout", "seconds", 2.0, "seconds for one plugin call"),
    _other("on-error", "choice", "warn", "what happens when pip-userctl itself fails", ("warn", "refuse")),
)

KEYS: dict[str, PolicyKey] = {key.name: key for key in _KEYS}
