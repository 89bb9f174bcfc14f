"""The values that travel through the package: all frozen, all plain data, secrets in URLs redacted."""

from __future__ import annotations

import re
from functools import lru_cache

from pip_userctl.frozen import Frozen

#: What a rule may answer, from the mildest to the strictest. ``ignore`` (drop a configured setting) is outside this order.
ACTIONS = ("allow", "log", "warn", "refuse")
IGNORE = "ignore"
#: The order for two values of one key under ``locked``, and for ``agent-profile``.
STRICTNESS = ("allow", "log", "warn", "ignore", "refuse")
#: The section of pip's configuration files that has the policy.
SECTION = "userctl"
#: pip's own words for a boolean (``strtobool``).
BOOLEANS = {
    **dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "f", "false", "off", "0"), False),
}
#: What may be installed under ``on-error = refuse``, so that a fault can be mended.
REPAIR = ("packaging", "pip", "pip-userctl", "pluggy")
#: What a waived refusal still does, by what waived it.
WAIVED = {"allow-packages": "log", "allow-user-base": "log", "audit": "log", "override": "warn", "dry-run": "allow"}


class Source(Frozen):
    """Where a setting or a request for a user install comes from.

    Attributes:
        kind: of a setting ``default``, ``profile``, ``global``, ``base``, ``user``, ``site``, ``env`` or ``env-var``;
            of a user install ``typed``, ``configured``, ``fallback`` or ``none``.
        path: the file; None where the kind has none.
        line: its line, counted from 1.
        name: the option, the key or the variable.
    """

    kind: str
    path: str | None = None
    line: int | None = None
    name: str | None = None


class Unwritable(Frozen):
    """A directory that this account may not write to.

    Attributes:
        path: the nearest directory that exists.
        cause: ``owner root, mode drwxr-xr-x`` or ``read-only file system``.
    """

    path: str
    cause: str


class Destination(Frozen):
    """The directories that pip would write into; all paths absolute.

    Attributes:
        scheme: ``user``, ``site``, ``prefix`` or ``target``.
        root: the ``--root`` that the paths already contain.
    """

    scheme: str
    purelib: str
    platlib: str
    scripts: str
    data: str
    root: str | None = None


class RequestedName(Frozen):
    """One distribution whose name the request tells.

    Attributes:
        name: canonical (PEP 503).
        version: if the request pins it (``==``, ``===``), or from the file name of a local wheel.
        is_direct_reference: from a URL, a repository, a folder or a lock file: the name does not tell what it is.
        extras: whether extras are asked for.
    """

    name: str
    version: str | None = None
    is_direct_reference: bool = False
    extras: bool = False


class Request(Frozen):
    """One ``pip install``, as pip itself read it.

    Attributes:
        origin: who asked for a user install; the kind is ``typed``, ``configured``, ``fallback`` or ``none``.
        arguments: the command line from ``install`` on, secrets redacted.
        requirements, constraints, editable: as they were typed or read from files, secrets redacted.
        scheme: ``user`` if pip installs into the user site, else ``site``, ``prefix`` or ``target``.
        no_user: a user install was ruled out (``--no-user``, ``PIP_USER=0``), so that no fallback can follow.
        break_system_packages: where that option was set; None if it was not.
        user_setting: the setting that asks for a user install, also if ``--user`` was typed; None if there is none.
        root_user_action: pip's ``--root-user-action``.
        dropped: the policy ignores the configured setting; ``origin`` still says where it came from.
        unwritable: why pip cannot write into site-packages; None if it can, or if that was not looked at.
        requested: what was asked for; None for what has no name yet, and for ``--only-deps``.
    """

    origin: Source
    arguments: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    editable: tuple[str, ...] = ()
    scheme: str = "site"
    prefix: str | None = None
    target: str | None = None
    root: str | None = None
    dry_run: bool = False
    report: bool = False
    no_user: bool = False
    break_system_packages: Source | None = None
    user_setting: Source | None = None
    root_user_action: str = "warn"
    dropped: bool = False
    unwritable: Unwritable | None = None
    destination: Destination | None = None
    requested: tuple[RequestedName | None, ...] = ()

    @property
    def user_install(self) -> str:
        """Why this is a user install: ``typed``, ``configured`` or ``fallback``; ``none`` if it is not one."""
        if self.dropped:
            return "fallback" if self.scheme == "user" else "none"
        return self.origin.kind

    @property
    def is_repair(self) -> bool:
        """Whether nothing but pip, pluggy, packaging and pip-userctl is asked for, by name or local wheel."""
        plain = [each for each in self.requested if each and not each.is_direct_reference and not each.extras]
        return bool(plain) and len(plain) == len(self.requested) and all(each.name in REPAIR for each in plain)


class Distribution(Frozen):
    """One distribution that pip is about to install, or has installed.

    Attributes:
        requested: asked for, not a dependency.
        location: the library directory that pip puts it into.
        parent: the name of the distribution that requires it; None if it was asked for.
        replaces, replaced_in: the version that pip removes for it, and the directory that holds that version.
        source: the local directory that it is built from; None for everything else.
    """

    name: str
    version: str
    requested: bool
    location: str
    parent: str | None = None
    replaces: str | None = None
    replaced_in: str | None = None
    source: str | None = None


class Environment(Frozen):
    """The facts about this interpreter, its process and its account, read once.

    Attributes:
        kind: a virtual environment (``isolated``, or ``system-site`` if it sees the base's packages), ``conda``, or ``base``.
        pip: the version of the running pip.
        python: the interpreter's version, ``3.13.0``; python_flags: such as ``-I``.
        user_site_enabled: whether this interpreter puts the user site on ``sys.path`` (PEP 370).
        user_site_hidden: whether the result of a user install could not be imported. False under ``-s`` and ``-I`` with pip
            before 25.3, although the user site is not enabled: plain Python would import it.
        user_site_reason: why the user site is not enabled: ``PYTHONNOUSERSITE``, ``python -I`` …; empty if it is.
        default_user_base: the user base without PYTHONUSERBASE.
        user_bases: every user base of this account: that of HOME, of the password database, of PYTHONUSERBASE.
        user_base_owner: uid of the user base or of its nearest parent that exists; None on Windows.
        uid, euid: real and effective user id; None on Windows.
        search_path: ``sys.path`` as a program would have it once the user site exists.
        container: the container that the process runs in, or None.
        user_base_mounted: whether it runs in a container and the user base is on another mount than ``/``.
        agent: the coding agent that runs pip, or None.
        host, pid, parent, cwd, sudo_uid: where and for whom the process runs; parent is the name of the process above.
        userctl: how hints call pip-userctl: by name, or by path if another installation covers this environment.
    """

    kind: str
    prefix: str
    base_prefix: str
    executable: str
    base_executable: str
    python: str
    python_flags: tuple[str, ...]
    home: str
    user_base: str
    user_site: str
    user_site_enabled: bool
    user_site_hidden: bool
    user_site_reason: str
    default_user_base: str
    user_bases: tuple[str, ...]
    user_base_owner: int | None
    externally_managed: bool
    uid: int | None
    euid: int | None
    account: str
    pip: str = ""
    search_path: tuple[str, ...] = ()
    container: str | None = None
    user_base_mounted: bool = False
    agent: str | None = None
    host: str = ""
    pid: int = 0
    parent: str | None = None
    cwd: str | None = None
    sudo_uid: int | None = None
    windows: bool = False
    userctl: str = "pip-userctl"


class Verdict(Frozen):
    """What one rule says about one install.

    Attributes:
        name: the rule, kebab-case. A plugin's own rules are best named ``<plugin>-…``.
        action: one of ``allow``, ``log``, ``warn``, ``refuse``, or ``ignore`` to drop a configured setting.
        reason: why, as one clause; it stands behind ``╰─>``.
        what: what happens, as one clause; it stands behind ``×``.
        hint: the command to run instead.
        source: where the action is set; None for a plugin's own opinion.
        plugin: filled in by pip-userctl.
        waived_by: what keeps a refusal from stopping pip: ``allow-packages``, ``allow-user-base``, ``override``,
            ``audit`` or ``dry-run``; filled in by pip-userctl.
    """

    name: str
    action: str
    reason: str = ""
    what: str = ""
    hint: str = ""
    source: Source | None = None
    plugin: str = ""
    waived_by: str | None = None

    @property
    def effect(self) -> str:
        """What the verdict does: its action, or what a waiver leaves of it."""
        return self.action if self.waived_by is None else WAIVED[self.waived_by]


class Failure(Frozen):
    """Something that did not work. part: ``rule``, ``plugin``, ``observer`` or ``pip-userctl``; error: in one line."""

    part: str
    name: str
    error: str


def normalise(name: str) -> str:
    """A key as pip reads it: lower case, dashes, no leading ``--``."""
    name = name.lower().replace("_", "-")
    return name[2:] if name.startswith("--") else name


@lru_cache(1 << 12)  # a log has the same names again and again
def canonical(name: str) -> str:
    """The name under which a distribution is known, whatever its spelling (PEP 503)."""
    # Not with a pattern: compiling one costs more than all the names of an install.
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def redact(text: str) -> str:
    """Replace the passwords and tokens in URLs, as pip does."""
    if "@" not in text:  # so that the patterns are compiled only if they are needed
        return text

    def hide(match: re.Match[str]) -> str:
        user, colon, _ = match["auth"].partition(":")
        return f"{match['scheme']}{user}:****@" if colon else f"{match['scheme']}****@"

    # scheme://user:password@host, greedy, as a password may hold an unquoted at-sign; and user:password@host of --proxy
    text = re.sub(r"(?P<scheme>(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)(?P<auth>[^/?#]*)@", hide, text)
    return re.sub(r"(?P<start>(?:^|[=\'\"])[^\s/\\:@=]+:)[^\s/\\@]+@", r"\g<start>****@", text)
