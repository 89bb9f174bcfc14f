"""The facts about this interpreter and this account, read once."""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig

from pip_userctl import borrowing
from pip_userctl.environment.process import import_path
from pip_userctl.models import Blocked, Environment

WINDOWS = os.name == "nt"

_FLAGS = (
    ("isolated", "-I"),
    ("ignore_environment", "-E"),
    ("no_user_site", "-s"),
    ("safe_path", "-P"),
    ("no_site", "-S"),
)
# pip's own reading of pyvenv.cfg (pip._internal.utils.virtualenv), which is case-sensitive, unlike CPython's.
_SYSTEM_SITE = "include-system-site-packages"
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
    inside = container()
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
        user_base_owner=owner_uid(nearest_existing(user_base)),
        externally_managed=_externally_managed(),
        uid=None if WINDOWS else os.getuid(),
        euid=None if WINDOWS else os.geteuid(),
        account=_account(),
        search_path=import_path(),
        container=inside,
        user_base_mounted=bool(inside) and is_mounted(user_base),  # asked for nowhere else
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


def _says_isolated(line: str) -> bool:
    # As pip's pattern, ``include-system-site-packages\s*=\s*false``, which takes anything behind it; compiling one costs more.
    value = line[len(_SYSTEM_SITE) :].lstrip()
    return line.startswith(_SYSTEM_SITE) and value[:1] == "=" and value[1:].lstrip().startswith("false")


def _no_global() -> bool:
    try:
        with open(os.path.join(sys.prefix, "pyvenv.cfg"), encoding="utf-8") as file:
            return any(_says_isolated(line) for line in file.read().splitlines())
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


def owner_uid(path: str) -> int | None:
    """Whose it is; None on Windows, or where it cannot be asked."""
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


def is_mounted(path: str, mounts: str = "/proc/self/mountinfo") -> bool:
    """Whether the path is on another mount than ``/``: another device, or (Linux) a directory of the same one."""
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


def _is_on_path(directory: str) -> bool:
    entries = os.environ.get("PATH", "").split(os.pathsep)
    return os.path.normcase(os.path.normpath(directory)) in {
        os.path.normcase(os.path.normpath(each)) for each in entries
    }


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
