"""The facts about this process: the only module that looks at ``sys``, ``site``, ``os.environ`` and the account."""

from __future__ import annotations

import os
import re
import site
import socket
import stat
import sys
import sysconfig
from collections.abc import Mapping
from typing import NamedTuple

from pip_userctl import borrowing
from pip_userctl.models import Blocked, Environment
from pip_userctl.policy import administrator

WINDOWS = os.name == "nt"

# pip sets one of these for the installs that it starts for build isolation (the second before pip 22).
_BUILD_TRACKERS = ("PIP_BUILD_TRACKER", "PIP_REQ_TRACKER")
# PIP_USERCTL_REASON is no key: it is heard for one run only, from the environment only.
_NO_KEYS = ("reason",)
_FLAGS = (
    ("isolated", "-I"),
    ("ignore_environment", "-E"),
    ("no_user_site", "-s"),
    ("safe_path", "-P"),
    ("no_site", "-S"),
)
# pip's own reading of pyvenv.cfg (pip._internal.utils.virtualenv), which is case-sensitive, unlike CPython's.
_NO_SYSTEM_SITE = re.compile(r"include-system-site-packages\s*=\s*false")
# name, its variables, its files. The first five share the home with their host by default, the others do not.
_CONTAINERS = (
    ("apptainer", ("APPTAINER_CONTAINER", "APPTAINER_NAME"), ()),
    ("singularity", ("SINGULARITY_CONTAINER", "SINGULARITY_NAME"), ("/.singularity.d",)),
    ("charliecloud", ("CH_RUNNING",), ()),
    ("shifter", ("SHIFTER_RUNTIME", "SHIFTER_IMAGE"), ()),
    ("enroot", ("ENROOT_ROOTFS", "ENROOT_RUNTIME_PATH"), ("/etc/enroot",)),
    ("docker", (), ("/.dockerenv",)),
    ("podman", (), ("/run/.containerenv",)),
)


def collect() -> Environment:
    """Read every fact once. Costs a handful of ``stat`` calls and no import that pip has not made."""
    user_base = site.getuserbase()
    user_site = site.getusersitepackages()
    return Environment(
        kind=kind(),
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        executable=sys.executable or "",
        base_executable=getattr(sys, "_base_executable", None) or sys.executable or "",
        python=".".join(map(str, sys.version_info[:3])),
        python_flags=_python_flags(),
        user_base=user_base,
        user_site=user_site,
        user_site_enabled=bool(site.ENABLE_USER_SITE),
        user_site_reason=_user_site_reason(),
        default_user_base=_default_user_base(),
        user_base_owner=_owner_uid(nearest_existing(user_base)),
        externally_managed=_externally_managed(),
        uid=None if WINDOWS else os.getuid(),
        euid=None if WINDOWS else os.geteuid(),
        account=_account(),
        search_path=import_path(),
        container=container(),
        user_base_mounted=_is_mounted(user_base),
        scripts_on_path=_is_on_path(
            os.path.join(os.path.dirname(user_site), "Scripts") if WINDOWS else f"{user_base}/bin"
        ),
        windows=WINDOWS,
        userctl=(borrowing.cover() or ("pip-userctl",))[0],
    )


def kind() -> str:
    """``isolated``, ``system-site``, ``conda`` or ``base``."""
    if sys.prefix != sys.base_prefix:
        return "isolated" if _no_global() else "system-site"
    return "conda" if os.path.isdir(os.path.join(sys.prefix, "conda-meta")) else "base"


def _no_global() -> bool:
    try:
        with open(os.path.join(sys.prefix, "pyvenv.cfg"), encoding="utf-8") as file:
            return any(_NO_SYSTEM_SITE.match(line) for line in file)
    except (OSError, UnicodeDecodeError):
        return True  # as pip: what cannot be read is taken for isolated, PEP 405's default


def _python_flags() -> tuple[str, ...]:
    flags = tuple(flag for name, flag in _FLAGS if getattr(sys.flags, name, 0))
    return ("-I",) if "-I" in flags else flags  # -I implies the others


def _user_site_reason() -> str:
    if site.ENABLE_USER_SITE:
        return ""
    if sys.flags.no_site:
        return "Python runs with -S"
    if site.ENABLE_USER_SITE is None:
        return "the real and the effective user or group differ"
    if sys.flags.isolated:
        return "Python runs with -I"
    if os.environ.get("PYTHONNOUSERSITE") and not sys.flags.ignore_environment:
        return "PYTHONNOUSERSITE is set"
    if sys.flags.no_user_site:
        return "Python runs with -s"
    if sys.prefix != sys.base_prefix:
        return "this virtual environment does not include the system site-packages"
    return "this Python has it switched off"


def _default_user_base() -> str:
    """The user base without PYTHONUSERBASE, as ``site`` and ``sysconfig`` define it."""
    if WINDOWS:
        return os.path.join(os.environ.get("APPDATA") or "~", "Python")
    framework = sysconfig.get_config_var("PYTHONFRAMEWORK") if sys.platform == "darwin" else None
    if framework:
        return os.path.join(_home(), "Library", framework, "{}.{}".format(*sys.version_info))
    return os.path.join(_home(), ".local")


def _home() -> str:
    return os.path.expanduser("~")


def nearest_existing(path: str) -> str:
    """The path, or the nearest directory above it that exists."""
    while not os.path.exists(path):
        parent = os.path.dirname(path)
        if parent == path:
            break
        path = parent
    return path


def _owner_uid(path: str) -> int | None:
    if WINDOWS:
        return None
    try:
        return os.stat(path).st_uid
    except OSError:
        return None


def _externally_managed() -> bool:
    """PEP 668, as pip checks it: never in a virtual environment."""
    if sys.prefix != sys.base_prefix:
        return False
    return os.path.isfile(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))


def container() -> str | None:
    """The container that this process runs in, or None."""
    for name, variables, files in _CONTAINERS:
        if any(os.environ.get(each) for each in variables) or any(os.path.exists(each) for each in files):
            return name
    return None


def _is_mounted(path: str) -> bool:
    """Whether the path is on another mount than ``/``."""
    try:
        return os.stat(nearest_existing(path)).st_dev != os.stat(os.path.abspath(os.sep)).st_dev
    except OSError:
        return False


def _is_on_path(directory: str) -> bool:
    entries = os.environ.get("PATH", "").split(os.pathsep)
    return os.path.normcase(os.path.normpath(directory)) in {
        os.path.normcase(os.path.normpath(each)) for each in entries
    }


def override_reason() -> str | None:
    """Why the rules shall not stop this one run; blank does not count."""
    return os.environ.get("PIP_USERCTL_REASON", "").strip() or None


def expand(path: str) -> str:
    """The path with ``~`` and ``$VARS`` replaced."""
    return os.path.expanduser(os.path.expandvars(path))


def _account() -> str:
    return "" if WINDOWS else owner_name(os.geteuid())


def owner_name(uid: int) -> str:
    """The account's name, or its number where it has none."""
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return str(uid)


def blocked(directories: tuple[str, ...]) -> Blocked | None:
    """The first of the directories that this account may not write to, and why; None where it may write to all."""
    for directory in dict.fromkeys(directories):
        place = directory
        while not os.path.isdir(place) and os.path.dirname(place) != place:
            place = os.path.dirname(place)
        if os.access(place, os.W_OK):
            continue
        try:
            status = os.stat(place)
        except OSError:
            return Blocked(place, "unknown", "unknown", "mode")
        return Blocked(place, owner_name(status.st_uid), stat.filemode(status.st_mode), _cause(place, status))
    return None


def _cause(place: str, status: os.stat_result) -> str:
    if WINDOWS:
        return "mode"
    read_only = getattr(os, "ST_RDONLY", 1)
    if os.statvfs(place).f_flag & read_only:
        return "read-only file system"
    return "mode" if status.st_uid == os.geteuid() else "owner"


def pip_variables() -> Mapping[str, tuple[str, str]]:
    """The variables that pip reads: normalised option name → (value, name of the variable), as pip orders them."""
    return {
        name[4:].lower().replace("_", "-"): (value, name)
        for name, value in os.environ.items()
        if name.startswith("PIP_") and name[4:].lower() not in ("version", "help")
    }


def userctl_variables() -> Mapping[str, tuple[str, str]]:
    """The variables ``PIP_USERCTL_…`` that are keys: key → (value, name of the variable)."""
    prefix = "userctl-"
    return {
        name[len(prefix) :]: value
        for name, value in pip_variables().items()
        if name.startswith(prefix) and name[len(prefix) :] not in _NO_KEYS
    }


def has_build_tracker() -> bool:
    """Whether a pip above this process is building something."""
    return any(os.environ.get(name) for name in _BUILD_TRACKERS)


def config_is_off() -> bool:
    """Whether PIP_CONFIG_FILE switches pip's configuration files off."""
    return os.environ.get("PIP_CONFIG_FILE") == os.devnull


def config_file_variable() -> str | None:
    """The file that PIP_CONFIG_FILE names."""
    return os.environ.get("PIP_CONFIG_FILE") or None


def config_encoding() -> str:
    """The encoding in which pip reads its configuration files."""
    if sys.flags.utf8_mode:
        return "utf-8"
    import locale

    return locale.getpreferredencoding(False)


def search_path() -> tuple[str, ...]:
    """Where this interpreter looks for distributions."""
    return tuple(entry for entry in sys.path if isinstance(entry, str))


def plugin_path() -> tuple[str, ...]:
    """Where plugins are looked for: there, and where an installation that covers this interpreter has its own."""
    return (*search_path(), *borrowing.folders())


def import_path() -> tuple[str, ...]:
    """``sys.path`` with the user site in its place, although ``site`` leaves it out until its directory exists.

    Its place is before the system's site-packages, behind those of a virtual environment. The first entry of ``sys.path``
    is where pip itself was started from, not where a program would be.
    """
    path = list(search_path())
    if path and os.path.realpath(path[0]) in (
        os.path.realpath(os.curdir),
        os.path.dirname(os.path.realpath(sys.argv[0])),
    ):
        del path[0]
    user_site = site.getusersitepackages()
    if not site.ENABLE_USER_SITE or user_site in path:
        return tuple(path)
    system = site.getsitepackages([sys.base_prefix])
    position = next((index for index, entry in enumerate(path) if entry in system), len(path))
    return (*path[:position], user_site, *path[position:])


def stderr_is_unicode() -> bool:
    """Whether box-drawing characters can be written."""
    return (getattr(sys.stderr, "encoding", None) or "").lower().startswith("utf")


def pip_runs_from(directory: str) -> bool:
    """Whether the running pip comes from a wheel in this directory, not unpacked."""
    pip = sys.modules.get("pip")
    origin = os.path.realpath(getattr(pip, "__file__", None) or "")
    start = os.path.join(os.path.realpath(directory), "")
    return origin.startswith(start) and origin[len(start) :].split(os.sep)[0].endswith(".whl")


def exists(path: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(path)


def administrator_files() -> tuple[tuple[str, str], ...]:
    """(kind, path) of the administrator files that exist and that this account cannot change, weakest first."""
    euid = None if WINDOWS else os.geteuid()
    program_data = os.environ.get("PROGRAMDATA", r"C:\ProgramData") if WINDOWS else None
    base_owner = _owner_uid(sys.base_prefix)
    return tuple(
        (kind, path)
        for kind, path in administrator.places(sys.platform, sys.prefix, sys.base_prefix, program_data)
        if os.path.exists(path) and administrator.is_out_of_reach(path, euid, base_owner)
    )


def inactive_because() -> str:
    """Why the start-up hook did not run in this interpreter."""
    if sys.flags.no_site:
        return "Python runs with -S, which reads no start-up files"
    if "_pip_userctl" not in sys.modules:
        return "the start-up file pip_userctl.pth was not read: it is not in a site-packages folder of this interpreter"
    return "pip's install command was imported before the start-up hook, or another hook took it"


def new_id() -> str:
    """A name for one run of pip that no other run has."""
    return os.urandom(16).hex()


class Process(NamedTuple):
    """Where and for whom pip runs. parent: the name of the process above; sudo_uid: who called sudo."""

    host: str
    pid: int
    parent: str | None
    cwd: str | None
    sudo_uid: int | None


def process() -> Process:
    """The process around this interpreter."""
    sudo = os.environ.get("SUDO_UID", "")
    try:
        cwd = os.getcwd()
    except OSError:  # the directory is gone
        cwd = None
    return Process(socket.gethostname(), os.getpid(), _parent(), cwd, int(sudo) if sudo.isdigit() else None)


def _parent() -> str | None:
    try:
        with open(f"/proc/{os.getppid()}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def package_location() -> str:
    """The folder that this package was installed into."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
