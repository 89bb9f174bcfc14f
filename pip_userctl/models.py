"""The values that travel through the package: all frozen, all plain data.

They are named tuples rather than dataclasses because they are created in every ``pip install``: making one class of ten
fields costs about 0.9 million instructions as a named tuple and 5.6 million as a frozen dataclass (CPython 3.11).
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

#: What a rule may say, from the mildest to the strictest. ``ignore`` (drop a configured wish) stands outside the order.
ACTIONS = ("allow", "log", "warn", "refuse")
IGNORE = "ignore"

#: Every situation's error reference, and the start of every line on the screen, is this prefix and its name.
REFERENCE_PREFIX = "userctl-"


class Source(NamedTuple):
    """Where a setting comes from.

    kind: ``default``, ``profile``, ``global``, ``base``, ``user``, ``site``, ``env`` or ``env-var``.
    path, line: the file and its line, counted from 1; None where the kind has no file.
    name: the variable, for ``env-var``.
    """

    kind: str
    path: Optional[str] = None
    line: Optional[int] = None
    name: Optional[str] = None


class Origin(NamedTuple):
    """Who asked for a user install.

    kind: ``typed``, ``configured``, ``fallback`` or ``none``.
    name: the option or the variable; path, line: the file that says it.
    """

    kind: str
    name: Optional[str] = None
    path: Optional[str] = None
    line: Optional[int] = None


class Blocked(NamedTuple):
    """The directory that kept pip out of the site-packages, the cause of a fallback.

    path: the nearest directory that exists; owner: the account's name, or its number; mode: permission bits such as
    ``drwxr-xr-x``; cause: ``owner``, ``mode`` or ``read-only file system``.
    """

    path: str
    owner: str
    mode: str
    cause: str


class Destination(NamedTuple):
    """Directories that pip would write into. scheme: ``user``, ``site``, ``prefix``, ``target``; all paths absolute."""

    scheme: str
    purelib: str
    platlib: str
    scripts: str
    data: str
    root: Optional[str] = None


class Asked(NamedTuple):
    """One distribution that was asked for by name.

    name: canonical; version: where the request pins it (``==``, ``===``) or it is the file name of a local wheel.
    """

    name: str
    version: Optional[str] = None


class Request(NamedTuple):
    """One ``pip install``, as pip itself understood it.

    requirements, constraints, editable: as they were typed, secrets redacted.
    arguments: the command line from ``install`` on, secrets redacted.
    scheme: ``user`` where pip installs into the user site, else ``site``, ``prefix`` or ``target``.
    no_user: a user install was ruled out (``--no-user``, ``PIP_USER=0``), so that no fallback can follow.
    dropped: the configured wish was dropped by the policy; ``wish`` then still says where it came from.
    asked: what was asked for by name; None for what has no name or was asked for by path, URL or ``--only-deps``.
    """

    origin: Origin
    arguments: Tuple[str, ...] = ()
    requirements: Tuple[str, ...] = ()
    constraints: Tuple[str, ...] = ()
    editable: Tuple[str, ...] = ()
    scheme: str = "site"
    prefix: Optional[str] = None
    target: Optional[str] = None
    root: Optional[str] = None
    dry_run: bool = False
    report: bool = False
    no_user: bool = False
    break_system_packages: bool = False
    dropped: bool = False
    wish: Optional[Origin] = None
    blocked: Optional[Blocked] = None
    destination: Optional[Destination] = None
    asked: Tuple[Optional[Asked], ...] = ()


class Distribution(NamedTuple):
    """One distribution that pip is about to install, or has installed.

    location: the library directory that pip puts it into.
    requested: asked for, not a dependency.
    replaces, replaced_in: the version that pip removes for it, and the directory where that is; None where there is none.
    """

    name: str
    version: str
    requested: bool
    location: str
    replaces: Optional[str] = None
    replaced_in: Optional[str] = None


class Environment(NamedTuple):
    """The facts about this interpreter and account, read once.

    kind: ``isolated``, ``system-site``, ``conda`` or ``base``.
    user_site_enabled: whether this interpreter puts the user site on ``sys.path`` (PEP 370).
    user_site_reason: why it does not, in words; empty where it does.
    user_base_owner: uid of the user base or of its nearest parent that exists; None on Windows.
    euid: effective uid; None on Windows.
    userctl: how hints call pip-userctl: by its name, or by its path where another installation covers this environment.
    search_path: ``sys.path`` as it will be once the user site exists, links as they are.
    container: its name, or None; user_base_mounted: the user base is on another mount than ``/``.
    scripts_on_path: the user base's scripts directory is on PATH.
    """

    kind: str
    prefix: str
    base_prefix: str
    executable: str
    base_executable: str
    python: str
    python_flags: Tuple[str, ...]
    user_base: str
    user_site: str
    user_site_enabled: bool
    user_site_reason: str
    default_user_base: str
    user_base_owner: Optional[int]
    externally_managed: bool
    uid: Optional[int]
    euid: Optional[int]
    account: str
    search_path: Tuple[str, ...] = ()
    container: Optional[str] = None
    user_base_mounted: bool = False
    scripts_on_path: bool = True
    windows: bool = False
    userctl: str = "pip-userctl"


class Verdict(NamedTuple):
    """What one rule says about one situation.

    name: the situation, kebab-case. A plugin's own situations are best named ``<plugin>-…``.
    action: one of ACTIONS, or ``ignore`` to drop a configured wish.
    reason: why, as one sentence without the final full stop; it stands behind "╰─>".
    what: what is refused or noticed, as one sentence; filled in where it is empty.
    hint: what to run instead.
    source: where the rule comes from; None for a plugin's own opinion.
    plugin: filled in by the engine. lifted_by: what made a refusal milder, filled in by the decision.
    """

    name: str
    action: str
    reason: str = ""
    what: str = ""
    hint: str = ""
    source: Optional[Source] = None
    plugin: str = ""
    lifted_by: str = ""


class Failure(NamedTuple):
    """Something of ours, or of a plugin, that did not work. part: ``policy``, ``plugin``, ``rule``, ``observer`` …"""

    part: str
    name: str
    error: str


class Lifted(NamedTuple):
    """A refusal that became milder, and by what: ``allow-packages``, ``allow-user-base``, ``override`` …"""

    name: str
    by: str
