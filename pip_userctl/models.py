"""The values that travel through the package: all frozen, all plain data."""

from __future__ import annotations

from pip_userctl.frozen import Frozen

#: What a rule may say, from the mildest to the strictest. ``ignore`` (drop a configured wish) stands outside the order.
ACTIONS = ("allow", "log", "warn", "refuse")
IGNORE = "ignore"

#: Every situation's error reference, and the start of every line on the screen, is this prefix and its name.
REFERENCE_PREFIX = "userctl-"


class Source(Frozen):
    """Where a setting comes from.

    kind: ``default``, ``profile``, ``global``, ``base``, ``user``, ``site``, ``env`` or ``env-var``.
    path, line: the file and its line, counted from 1; None where the kind has no file.
    name: the variable, for ``env-var``.
    """

    kind: str
    path: str | None = None
    line: int | None = None
    name: str | None = None


class Origin(Frozen):
    """Who asked for a user install.

    kind: ``typed``, ``configured``, ``fallback`` or ``none``.
    name: the option or the variable; path, line: the file that says it.
    """

    kind: str
    name: str | None = None
    path: str | None = None
    line: int | None = None


class Blocked(Frozen):
    """The directory that kept pip out of the site-packages, the cause of a fallback.

    path: the nearest directory that exists; owner: the account's name, or its number; mode: permission bits such as
    ``drwxr-xr-x``; cause: ``owner``, ``mode`` or ``read-only file system``.
    """

    path: str
    owner: str
    mode: str
    cause: str


class Destination(Frozen):
    """Directories that pip would write into. scheme: ``user``, ``site``, ``prefix``, ``target``; all paths absolute."""

    scheme: str
    purelib: str
    platlib: str
    scripts: str
    data: str
    root: str | None = None


class Asked(Frozen):
    """One distribution whose name the request tells.

    name: canonical; version: where the request pins it (``==``, ``===``) or it is the file name of a wheel; direct: it comes
    from a URL, a repository, a folder or a lock file, so that the name says nothing of what it is.
    """

    name: str
    version: str | None = None
    direct: bool = False


class Request(Frozen):
    """One ``pip install``, as pip itself understood it.

    requirements, constraints, editable: as they were typed, secrets redacted.
    arguments: the command line from ``install`` on, secrets redacted.
    scheme: ``user`` where pip installs into the user site, else ``site``, ``prefix`` or ``target``.
    no_user: a user install was ruled out (``--no-user``, ``PIP_USER=0``), so that no fallback can follow.
    dropped: the configured wish was dropped by the policy; ``wish`` then still says where it came from.
    asked: what was asked for; None for what has no name yet, and for ``--only-deps``.
    """

    origin: Origin
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
    break_system_packages: bool = False
    dropped: bool = False
    wish: Origin | None = None
    blocked: Blocked | None = None
    destination: Destination | None = None
    asked: tuple[Asked | None, ...] = ()


class Distribution(Frozen):
    """One distribution that pip is about to install, or has installed.

    location: the library directory that pip puts it into.
    requested: asked for, not a dependency.
    replaces, replaced_in: the version that pip removes for it, and the directory where that is; None where there is none.
    """

    name: str
    version: str
    requested: bool
    location: str
    replaces: str | None = None
    replaced_in: str | None = None


class Environment(Frozen):
    """The facts about this interpreter and account, read once.

    kind: ``isolated``, ``system-site``, ``conda`` or ``base``.
    user_site_enabled: whether this interpreter puts the user site on ``sys.path`` (PEP 370).
    user_site_reason: why it does not, in words; empty where it does.
    user_base_owner: uid of the user base or of its nearest parent that exists; None on Windows.
    euid: effective uid; None on Windows.
    userctl: how hints call pip-userctl: by its name, or by its path where another installation covers this environment.
    search_path: ``sys.path`` as it will be once the user site exists, links as they are.
    container: its name, or None; user_base_mounted: inside one, and the user base is on another mount than ``/``.
    scripts_on_path: the user base's scripts directory is on PATH.
    """

    kind: str
    prefix: str
    base_prefix: str
    executable: str
    base_executable: str
    python: str
    python_flags: tuple[str, ...]
    user_base: str
    user_site: str
    user_site_enabled: bool
    user_site_reason: str
    default_user_base: str
    user_base_owner: int | None
    externally_managed: bool
    uid: int | None
    euid: int | None
    account: str
    search_path: tuple[str, ...] = ()
    container: str | None = None
    user_base_mounted: bool = False
    scripts_on_path: bool = True
    windows: bool = False
    userctl: str = "pip-userctl"


class Verdict(Frozen):
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
    source: Source | None = None
    plugin: str = ""
    lifted_by: str = ""


class Failure(Frozen):
    """Something of ours, or of a plugin, that did not work. part: ``policy``, ``plugin``, ``rule``, ``observer`` …"""

    part: str
    name: str
    error: str


class Lifted(Frozen):
    """A refusal that became milder, and by what: ``allow-packages``, ``allow-user-base``, ``override`` …"""

    name: str
    by: str
