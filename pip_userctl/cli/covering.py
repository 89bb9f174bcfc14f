"""Which environments this installation covers, how it comes to cover others, and why one is not covered.

``activate ENV`` puts a ``.pth`` file into the site-packages of the environment, ``activate --all-environments`` a package
``sitecustomize`` into the directory of the standard library: isolated environments read that directory of their
interpreter and no other, and Python prefers a package to a module, so that an existing ``sitecustomize.py`` stays as it
is. Each appears and disappears by one rename, and nothing that exists is ever changed.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES
from typing import NamedTuple

from pip_userctl import config, environment as process, hooks, messages
from pip_userctl.cli import startup_files
from pip_userctl.messages import Message, UserctlError
from pip_userctl.models import Environment
from pip_userctl.startup import loader

ALL = "--all-environments"


class Installation(NamedTuple):
    """The installation that covers. startup_module: its path; command: how a shell calls it."""

    startup_module: str
    command: str

    @property
    def parts(self) -> tuple[str, ...]:
        """What a covered pip loads first."""
        package = os.path.join(process.package_folder(), "pip_userctl", "__init__.py")
        return self.startup_module, package, str(vars(hooks)["pluggy"].__file__)


def installation() -> Installation:
    """This installation. Raises UserctlError if its start-up module is not in force here."""
    if loader.startup_module:
        return Installation(loader.startup_module, process.covered_by() or _command())
    why, hint = "it has no start-up module", ""
    if process.startup_module():
        why = f"{process.startup_module()} was loaded instead of its start-up module"
        hint = _quote(sys.executable, "-I", "-m", "pip_userctl", *sys.argv[1:])
    raise _error("not-installed", f"pip-userctl in {process.package_folder()} cannot cover environments", why, hint)


def _command() -> str:
    """The script that runs this interpreter; ``python -m pip_userctl`` if there is none."""
    name = "pip-userctl.exe" if process.WINDOWS else "pip-userctl"
    for folder in (os.path.dirname(sys.executable), sysconfig.get_path("scripts")):
        script = os.path.join(folder, name)
        # Several Pythons may share a directory of scripts.
        if os.fsencode(sys.executable) in startup_files.read(script):
            return _quote(script)
    return _quote(sys.executable, "-m", "pip_userctl")


class Target(NamedTuple):
    """What can be covered.

    Attributes:
        argument: what names it on the command line.
        environment: the prefix of the environment, or of the interpreter.
        folder: the directory that the start-up file is put into.
        path: the start-up file, or its package; file: what Python runs of it.
    """

    argument: str
    environment: str
    folder: str
    path: str
    file: str

    def is_written(self) -> bool:
        """Whether pip-userctl has written the file."""
        return startup_files.parse(self.file) is not None

    def loads(self) -> str:
        """The start-up module that the file loads; empty if there is none, or if it was copied with its interpreter."""
        written = startup_files.parse(self.file) or {}
        place = written.get("written_for", self.folder)
        return written.get("path", "") if os.path.realpath(place) == os.path.realpath(self.folder) else ""

    def check(self, installation: Installation, verb: str) -> None:
        """Raise UserctlError if this account cannot ``activate`` or ``deactivate`` it, or must not."""
        if verb == "deactivate" and not self.is_written() and not os.path.lexists(startup_files.prepared(self.path)):
            return
        command = f"{installation.command} {verb} {_quote(self.argument)}"
        found = process.find_unwritable((self.folder,))
        if found is not None:
            hint = f"as {_owner(found.path)}: {command}"
            raise _error("not-writable", f"{found.path} is not writable for this account", found.cause, hint)
        is_root = process.EUID == 0
        for link in filter(os.path.islink, config.chain(self.folder)) if is_root else ():
            if os.lstat(link).st_uid != 0:
                why = f"{link} is a link to {os.path.realpath(link)} that {_owner(link)} has made"
                hint = f"as {_owner(link)}: {command}"
                raise _error("foreign-link", f"root does not write into {self.folder}", why, hint)
        if verb == "deactivate":
            return
        if is_root:  # or root would make others run code of a third account
            trusted = {0, os.stat(self.folder).st_uid}
            for place in (place for part in installation.parts for place in config.chain(part)):
                if os.stat(place).st_uid not in trusted:
                    why = f"{place} belongs to {_owner(place)}, who could then run code in every Python there"
                    hint = "install pip-userctl as root, and activate with that"
                    raise _error("foreign-installation", f"root does not cover {self.argument} from here", why, hint)
        # Python prefers an extension module to sitecustomize.py; a .pyc without source would be hidden.
        in_the_way = (self.path + suffix for suffix in ("", *EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES))
        strange = next(filter(os.path.lexists, in_the_way), None)
        if strange is not None and not self.is_written():
            raise _error("occupied", f"{strange} is there already", "it is not from pip-userctl")
        if self.loads() != installation.startup_module and os.path.exists(self.loads()):
            why = f"{self.file} loads {self.loads()}"
            hint = f"{installation.command} deactivate {_quote(self.argument)}"
            raise _error("occupied", f"another pip-userctl covers {self.argument}", why, hint)

    def activate(self, installation: Installation) -> bool:
        """Write the file; returns False if it is there already."""
        end = f"{installation.command} deactivate {_quote(self.argument)}"
        everywhere = self.argument == ALL
        template = startup_files.SITECUSTOMIZE if everywhere else startup_files.PTH
        content = startup_files.fill(template, *installation, end, self.folder)
        return (startup_files.write_package if everywhere else startup_files.write)(self.path, content)

    def deactivate(self) -> bool:
        """Remove the file; returns False if there is none from pip-userctl."""
        aside = startup_files.prepared(self.path)
        startup_files.clear(aside)
        if not self.is_written():
            return False
        os.rename(self.path, aside)
        startup_files.clear(aside)
        return True


def virtual_environment(name: str) -> Target:
    """One environment; name: its directory, or an interpreter in it. Raises UserctlError if it cannot be covered from here."""
    prefix = os.path.abspath(name)
    if os.path.isfile(prefix):
        prefix = os.path.dirname(os.path.dirname(prefix))
    settings = os.path.join(prefix, "pyvenv.cfg")
    if not os.path.isfile(settings) and not os.path.isdir(os.path.join(prefix, "conda-meta")):
        why = "it has neither pyvenv.cfg nor conda-meta" if os.path.isdir(prefix) else "there is no such directory"
        hint = f"for a base interpreter, run activate {ALL} with a pip-userctl that is installed in it"
        raise _error("no-environment", f"{name} is not an environment", why, hint)
    scheme = "nt" if process.WINDOWS else "posix_prefix"
    folder = sysconfig.get_path("purelib", scheme, {"base": prefix, "platbase": prefix})
    own = "{}.{}".format(*sys.version_info)
    found = re.search(rb"(?im)^version(?:_info)?\s*=\s*(\d+\.\d+)", startup_files.read(settings))
    other = found[1].decode() if found else own
    if other != own or not os.path.isdir(folder):
        why = f"it has {f'Python {other}' if other != own else f'no {folder}'}, and this is Python {own}"
        hint = f"run activate with a pip-userctl that is installed for the Python of {name}"
        raise _error("other-python", f"{name} cannot be covered from here", why, hint)
    path = os.path.join(folder, "pip_userctl_covered.pth")
    return Target(prefix, prefix, folder, path, path)


def interpreter() -> Target:
    """The interpreter that runs this, with every environment that is made from it."""
    folder = sysconfig.get_path("stdlib")
    path = os.path.join(folder, "sitecustomize")
    return Target(ALL, sys.base_prefix, folder, path, os.path.join(path, "__init__.py"))


def find_unreadable(prefixes: Iterable[str], installation: Installation) -> Message | None:
    """Why other accounts that can use one of these environments are not covered: they cannot read root's installation."""
    if process.EUID != 0 or all(map(_find_closed, prefixes)):
        return None
    closed = next(filter(None, map(_find_closed, installation.parts)), None)
    if closed is None:
        return None
    folder = os.path.dirname(installation.startup_module)
    why = f"{closed} is not readable for them (owner {_owner(closed)}, mode {stat.filemode(os.stat(closed).st_mode)})"
    hint = f"chmod -R go+rX {_quote(folder)}" if os.path.join(closed, "").startswith(os.path.join(folder, "")) else ""
    return Message("userctl-unreadable", "other accounts are not covered", why, hint=hint)


def _find_closed(path: str) -> str | None:
    """The path, or a directory above it, that accounts other than its owner and group cannot read or enter."""
    wanted = stat.S_IROTH
    for place in config.chain(os.path.realpath(path)):
        if not os.stat(place).st_mode & wanted:
            return place
        wanted = stat.S_IXOTH
    return None


def find_unreadable_here(environment: Environment) -> Message | None:
    """Why other accounts that use this environment are not covered, such as after an installation with ``umask 077``."""
    by, module = coverage(environment)["by"], loader.startup_module
    if by is None or not module or process.is_user_site(os.path.dirname(module)):
        return None
    prefix = environment.base_prefix if by == "all-environments" else environment.prefix
    return find_unreadable([prefix], installation())


def coverage(environment: Environment) -> dict[str, str | None]:
    """What brings the policy here, by what this interpreter has loaded, not by which files there are.

    Returns:
        by: ``installation``, ``activate``, ``all-environments``, or None if nothing does; file: the start-up file that
        ``activate`` has written, None for ``installation``; text: which environments that covers, in words.
    """
    module, is_covered = process.startup_module(), process.covered_by() is not None
    if _is_unread_here():
        return {"by": None, "file": None, "text": "nothing, until its start-up file is read"}
    if not module or module != _own_startup_module():
        text = f"not this environment; to cover it: pip-userctl activate {environment.prefix}"
        return {"by": None, "file": None, "text": text}
    for target in _targets(environment.prefix) if is_covered else ():
        if target.argument != ALL and target.loads() == module:
            return {"by": "activate", "file": target.file, "text": f"this environment, by {module}"}
    if is_covered or interpreter().loads() == module:
        text = f"every environment of {environment.base_prefix}, isolated virtual environments included"
        text += f", by {module}" if is_covered else ""
        return {"by": "all-environments", "file": interpreter().file, "text": text}
    folder = os.path.dirname(module)
    if process.is_user_site(folder):
        python = "Python {}.{}".format(*environment.python.split("."))
        text = (
            f"every {python} of this account that reads the user site; not isolated virtual environments, and not under"
            " -s, -I or PYTHONNOUSERSITE"
        )
    elif environment.kind in ("base", "conda"):
        text = (
            f"this interpreter, {environment.prefix}, and its --system-site-packages environments; not its isolated"
            " virtual environments"
        )
    elif os.path.realpath(folder).startswith(os.path.join(os.path.realpath(environment.prefix), "")):
        text = f"this virtual environment only: {environment.prefix}"
    else:
        text = f"every environment that sees the system site-packages of {environment.base_prefix}"
    return {"by": "installation", "file": None, "text": text}


def not_active_reason(problem: str) -> str:
    """Why pip is not under the policy here; problem: what is wrong with its patches, empty if nothing is."""
    module, own = process.startup_module(), _own_startup_module()
    if not problem or module == own or sys.flags.no_site or _is_unread_here():
        return problem
    if module:
        return f"{module} is loaded instead of {own}"
    entries = process.search_path()
    custom = str(getattr(sys.modules.get("sitecustomize"), "__file__", None) or "")
    for target in filter(Target.is_written, _targets(sys.prefix)):
        path = target.loads()
        if not path:
            return f"{target.file} was copied here from another interpreter, and does nothing"
        before = entries[: entries.index(target.folder)] if target.argument == ALL and target.folder in entries else ()
        if any(custom.startswith(os.path.join(entry, "")) for entry in before if entry):
            return f"{custom} is loaded instead of {target.file}, because it comes first on the path"
        if not os.access(path, os.R_OK):
            what = "is not readable for this account" if os.path.exists(path) else "is gone"
            return f"{target.file} loads {path}, which {what}"
    return "pip-userctl is not installed in this environment, and no other installation covers it"


def _is_unread_here() -> bool:
    """Whether pip-userctl is installed in this environment, and its start-up file was not read."""
    return not process.startup_module() and process.package_folder() in process.search_path()


def _own_startup_module() -> str:
    """The start-up module of the pip-userctl that runs."""
    return loader.startup_module or os.path.join(process.package_folder(), "_pip_userctl.py")


def _targets(prefix: str) -> Iterator[Target]:
    """What may cover this environment, the environment itself first."""
    try:
        yield virtual_environment(prefix)
    except UserctlError:  # a base interpreter
        pass
    yield interpreter()


def _owner(path: str) -> str:
    return process.owner_name(os.lstat(path).st_uid)


def _error(reference: str, what: str, why: str, hint: str = "") -> UserctlError:
    return UserctlError(Message(f"userctl-{reference}", what, why, hint=hint))


def _quote(*words: str) -> str:
    """A command for a shell."""
    return messages.quote(words, process.detect())
