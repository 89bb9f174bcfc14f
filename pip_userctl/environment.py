"""The only module that looks at the process: ``sys``, ``site``, ``os.environ``, the account."""

from __future__ import annotations

import os
import re
import site
import socket
import stat
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from contextlib import suppress

from pip_userctl.models import Environment, Unwritable

WINDOWS = os.name == "nt"
#: The effective uid; None on Windows.
EUID = None if WINDOWS else os.geteuid()
#: The environment variables.
variables: Mapping[str, str] = os.environ

_FLAGS = {"isolated": "-I", "ignore_environment": "-E", "no_user_site": "-s", "safe_path": "-P", "no_site": "-S"}
# Name, variables, files. The first five share the home with their host by default, the others do not.
_CONTAINERS = (
    ("apptainer", ("APPTAINER_CONTAINER", "APPTAINER_NAME"), ()),
    ("singularity", ("SINGULARITY_CONTAINER", "SINGULARITY_NAME"), ("/.singularity.d",)),
    ("charliecloud", ("CH_RUNNING",), ()),
    ("shifter", ("SHIFTER_RUNTIME", "SHIFTER_IMAGE"), ()),
    ("enroot", ("ENROOT_ROOTFS", "ENROOT_RUNTIME_PATH"), ("/etc/enroot",)),
    ("docker", (), ("/.dockerenv",)),
    ("podman", (), ("/run/.containerenv",)),
)
# Agent by the variable that it sets; from vercel/detect-agent's agents.json and, the last two, huggingface.co's
# agent-harnesses, both read in 2026-11. Left out: what people's own terminals, editors or settings have too (REPL_ID,
# CURSOR_TRACE_ID, GOOSE_PROVIDER, COPILOT_MODEL, TERM_PROGRAM).
AGENTS = {
    "CLAUDE_CODE_IS_COWORK": "cowork",
    **dict.fromkeys(("CLAUDECODE", "CLAUDE_CODE"), "claude-code"),
    **dict.fromkeys(("CODEX_SANDBOX", "CODEX_CI", "CODEX_THREAD_ID"), "codex"),
    "CURSOR_AGENT": "cursor-cli",
    "GEMINI_CLI": "gemini",
    "ANTIGRAVITY_AGENT": "antigravity",
    "AUGMENT_AGENT": "augment-cli",
    "OPENCODE_CLIENT": "opencode",
    "CLINE_ACTIVE": "cline",
    "ROO_ACTIVE": "roo-code",
}


def detect(pip: str = "", *, flags_hide: bool = True) -> Environment:
    """Read every fact once.

    Args:
        pip: the version of the running pip.
        flags_hide: whether ``-s`` and ``-I``, which hold for this run only, hide the user site from pip.
    """
    home = os.path.expanduser("~")
    account, account_home = _account()
    user_base, default_base = site.getuserbase(), _default_user_base(home)
    reason = _user_site_reason()
    flags = tuple(flag for name, flag in _FLAGS.items() if getattr(sys.flags, name, 0))
    found = (
        each for each, names, files in _CONTAINERS if any(map(variables.get, names)) or any(map(os.path.exists, files))
    )
    container = next(found, None)
    managed = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    sudo = variables.get("SUDO_UID", "")
    cwd = None
    with suppress(OSError):  # it was removed
        cwd = os.getcwd()
    return Environment(
        kind=_kind(),
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        executable=sys.executable or "",
        base_executable=getattr(sys, "_base_executable", None) or sys.executable or "",
        python=".".join(map(str, sys.version_info[:3])),
        python_flags=("-I",) if "-I" in flags else flags,  # -I implies the others
        home=home,
        user_base=user_base,
        user_site=site.getusersitepackages(),
        user_site_enabled=bool(site.ENABLE_USER_SITE),
        user_site_hidden=not site.ENABLE_USER_SITE and (flags_hide or reason not in ("python -I", "python -s")),
        user_site_reason=reason,
        default_user_base=default_base,
        user_bases=tuple(dict.fromkeys((user_base, default_base, _default_user_base(account_home)))),
        user_base_owner=owner_uid(nearest_existing(user_base)),
        # PEP 668, as pip checks it: never in a virtual environment.
        externally_managed=sys.prefix == sys.base_prefix and os.path.isfile(managed),
        uid=None if WINDOWS else os.getuid(),
        euid=EUID,
        account=account,
        pip=pip,
        search_path=import_path(),
        container=container,
        user_base_mounted=bool(container) and is_mounted(user_base),
        agent=_agent(),
        host=socket.gethostname(),
        pid=os.getpid(),
        parent=(_read(f"/proc/{os.getppid()}/comm") or "").strip() or None,
        cwd=cwd,
        sudo_uid=int(sudo) if sudo.isascii() and sudo.isdigit() and len(sudo) < 20 else None,
        windows=WINDOWS,
        userctl=covered_by() or "pip-userctl",
    )


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def _kind() -> str:
    """``isolated``, ``system-site``, ``conda`` or ``base``; ``pyvenv.cfg`` is read as pip does, which is case-sensitive."""
    if sys.prefix == sys.base_prefix:
        return "conda" if os.path.isdir(os.path.join(sys.prefix, "conda-meta")) else "base"
    text = _read(os.path.join(sys.prefix, "pyvenv.cfg"))
    if text is None:
        return "isolated"  # as pip: PEP 405's default
    pattern = r"include-system-site-packages\s*=\s*(?P<value>true|false)"  # pip's own, which is compiled by now
    found = (re.match(pattern, line) for line in text.splitlines())
    return "isolated" if any(match and match["value"] == "false" for match in found) else "system-site"


def _user_site_reason() -> str:
    """Why the user site is not enabled, in the order in which ``site`` decides; empty if it is."""
    reasons = (
        (site.ENABLE_USER_SITE, ""),
        (sys.flags.no_site, "python -S"),
        (site.ENABLE_USER_SITE is None, "uid and euid differ"),
        (sys.flags.isolated, "python -I"),
        (variables.get("PYTHONNOUSERSITE") and not sys.flags.ignore_environment, "PYTHONNOUSERSITE"),
        (sys.flags.no_user_site, "python -s"),
        (sys.prefix != sys.base_prefix, "isolated virtual environment"),
        (True, "disabled in site"),
    )
    return next(reason for applies, reason in reasons if applies)


def _default_user_base(home: str) -> str:
    """The user base without PYTHONUSERBASE, as ``site`` and ``sysconfig`` define it."""
    if WINDOWS:
        return os.path.join(variables.get("APPDATA") or "~", "Python")
    framework = sysconfig.get_config_var("PYTHONFRAMEWORK") if sys.platform == "darwin" else None
    if framework:
        return os.path.join(home, "Library", framework, "{}.{}".format(*sys.version_info))
    return os.path.join(home, ".local")


def _account() -> tuple[str, str]:
    """The effective account's name, and the home that the password database has: HOME can be set to anything."""
    try:
        import pwd

        entry = pwd.getpwuid(os.geteuid())
    except (ImportError, KeyError):
        return "" if WINDOWS else str(os.geteuid()), os.path.expanduser("~")
    return entry.pw_name, entry.pw_dir


def _agent() -> str | None:
    """The coding agent of this run: the value of AI_AGENT, or the first marker of the table."""
    given = "".join(each for each in variables.get("AI_AGENT", "") if each.isprintable()).strip()[:64]
    if given.lower() not in (off := ("", "0", "false")):
        return given
    return next((agent for name, agent in AGENTS.items() if variables.get(name, "").lower() not in off), None)


def inactive_because() -> str:
    """Why the start-up module did not act in this interpreter."""
    if sys.flags.no_site:
        return "Python runs with -S, which reads no start-up files"
    if "_pip_userctl" not in sys.modules:
        return "the start-up file pip_userctl.pth was not read: it is not in a site-packages folder of this interpreter"
    return "pip's install command was imported before the start-up module, or something else took its place"


def search_path() -> tuple[str, ...]:
    """Where this interpreter looks for modules: ``sys.path`` without what is not text."""
    return tuple(entry for entry in sys.path if isinstance(entry, str))


def import_path() -> tuple[str, ...]:
    """``sys.path`` as a program would have it: with the user site, which ``site`` leaves out until it exists.

    The user site stands before the system's site-packages and after those of a virtual environment. The first entry of
    ``sys.path`` is left out if it is where pip itself was started from.
    """
    path = list(search_path())
    with suppress(OSError):  # the working directory was removed
        started = (os.path.realpath(os.curdir), os.path.dirname(os.path.realpath(sys.argv[0])))
        if path and os.path.realpath(path[0]) in started:
            del path[0]
    user_site = site.getusersitepackages()
    if not site.ENABLE_USER_SITE or user_site in path:
        return tuple(path)
    system = site.getsitepackages([sys.base_prefix])
    position = next((index for index, entry in enumerate(path) if entry in system), len(path))
    return (*path[:position], user_site, *path[position:])


def plugin_path() -> tuple[str, ...]:
    """Where plugins are looked for: on ``sys.path``, and in the folder of the installation that covers this one."""
    path, folder = search_path(), os.path.dirname(startup_module())
    return (*path, folder) if folder and folder not in path else path


def startup_module() -> str:
    """The path of the start-up module that this interpreter loaded; empty in a bare checkout."""
    return str(getattr(sys.modules.get("_pip_userctl"), "__file__", None) or "")


def covered_by() -> str | None:
    """The command of the installation that covers this environment; None if it has its own."""
    command = getattr(sys.modules.get("_pip_userctl"), "command", None)
    return command if isinstance(command, str) else None


def package_folder() -> str:
    """The folder that holds this package."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def pip_is_in_wheel() -> bool:
    """Whether the running pip comes from a wheel that is not unpacked, as under ``ensurepip``."""
    origin = getattr(sys.modules.get("pip"), "__file__", None) or ""
    return any(part.endswith(".whl") for part in os.path.dirname(os.path.abspath(origin)).split(os.sep))


def expand(path: str) -> str:
    """Replace ``~`` and ``$VARS`` in a path."""
    return os.path.expanduser(os.path.expandvars(path))


def config_encoding() -> str:
    """The encoding in which pip reads its configuration files."""
    if sys.flags.utf8_mode:
        return "utf-8"
    import locale

    return locale.getpreferredencoding(False)


def output_encoding() -> str:
    """The encoding of standard output."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def administrator_places() -> list[tuple[str, str]]:
    """(kind, path) of every file that could be an administrator file, weakest first."""
    if WINDOWS:
        return [("global", os.path.join(variables.get("PROGRAMDATA", r"C:\ProgramData"), "pip", "pip.ini"))]
    mac = sys.platform == "darwin"
    etc = ("/Library/Application Support/pip/pip.conf",) if mac else ("/etc/xdg/pip/pip.conf", "/etc/pip.conf")
    in_base = "site" if sys.prefix == sys.base_prefix else "base"
    return [*(("global", path) for path in etc), (in_base, os.path.join(sys.base_prefix, "pip.conf"))]


def uids() -> tuple[int | None, int | None]:
    """The effective uid, and that of the base interpreter's owner; None on Windows."""
    return EUID, owner_uid(sys.base_prefix)


def library_folders(*, with_user_site: bool = False) -> tuple[str, ...]:
    """The site-packages of this interpreter and of its base, Debian's ``dist-packages`` among them."""
    found = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    found += site.getsitepackages([sys.prefix, sys.base_prefix])
    if with_user_site:
        found.append(site.getusersitepackages())
    return tuple(dict.fromkeys(found))


def is_user_site(folder: str) -> bool:
    """Whether the folder is this account's user site."""
    return os.path.realpath(folder) == os.path.realpath(site.getusersitepackages())


def nearest_existing(path: str) -> str:
    """The path, or the nearest directory above it that exists."""
    while not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def owner_uid(path: str) -> int | None:
    """The owner's uid; None on Windows, or if it cannot be read."""
    try:
        return None if WINDOWS else os.stat(path).st_uid
    except OSError:
        return None


def has_mapped_uid() -> bool:
    """Whether uids tell accounts apart: in a user namespace without a mapping each file seems to be this account's."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as file:
            return bool(file.read().strip())
    except OSError:
        return True


def owner_name(uid: int) -> str:
    """The account's name, or its number if it has none."""
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return str(uid)


def is_mounted(path: str, mounts: str = "/proc/self/mountinfo") -> bool:
    """Whether the path is on another mount than ``/``: another device, or a bind mount of the same one (Linux)."""
    place = os.path.realpath(nearest_existing(path))
    try:
        if os.stat(place).st_dev != os.stat(os.path.abspath(os.sep)).st_dev:
            return True
        with open(mounts, encoding="utf-8", errors="surrogateescape") as lines:
            points = {line.split()[4] for line in lines}
    except (OSError, IndexError):
        return False
    while place not in points and place != os.path.dirname(place):
        place = os.path.dirname(place)
    return place != os.path.dirname(place)


def find_unwritable(directories: Iterable[str]) -> Unwritable | None:
    """The first of the directories that this account may not write to; None if it may write to all."""
    for directory in dict.fromkeys(directories):
        place = nearest_existing(directory)
        if os.access(place, os.W_OK):
            continue
        try:
            status = os.stat(place)
            cause = f"owner {owner_name(status.st_uid)}, mode {stat.filemode(status.st_mode)}"
            if not WINDOWS and os.statvfs(place).f_flag & os.ST_RDONLY:
                cause = "read-only file system"
        except OSError as error:
            cause = str(error.strerror)
        return Unwritable(place or directory, cause)
    return None


def has_ensurepip() -> bool:
    """Whether ``python -m venv`` can put pip into a new environment; not so on Debian without python3-venv."""
    return os.path.isdir(os.path.join(sysconfig.get_path("stdlib"), "ensurepip"))
