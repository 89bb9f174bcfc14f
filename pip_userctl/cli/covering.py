"""Which environments this installation covers, how it comes to cover others, and why one is not covered.

``activate ENV`` puts a ``.pth`` file into the site-packages of the environment, ``activate --all-environments`` a package
``sitecustomize`` into the directory of the standard library: isolated environments read that directory of their
interpreter and no other, and Python prefers a package to a module, so that an existing ``sitecustomize.py`` stays as it
is. Each appears and disappears by one rename, and nothing that exists is ever changed.
"""

from __future__ import annotations

import os
import py_compile
import re
import stat
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES
from importlib.util import cache_from_source
from typing import NamedTuple, Optional

from pip_userctl import environment as process, hints, hooks
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
    module = loader.startup_module
    if not module:
        found = process.startup_module()
        what = f"pip-userctl in {process.package_folder()} cannot cover environments"
        if not found:
            raise _error("not-installed", what, "it has no start-up module")
        hint = _quote(sys.executable, "-I", "-m", "pip_userctl", *process.started_as()[1:])
        raise _error("not-installed", what, f"{found} was loaded instead of its start-up module", hint)
    return Installation(module, process.covered_by() or _command())


def _command() -> str:
    """The script that runs this interpreter; ``python -m pip_userctl`` if there is none."""
    name = "pip-userctl.exe" if process.WINDOWS else "pip-userctl"
    for folder in (os.path.dirname(sys.executable), sysconfig.get_path("scripts")):
        script = os.path.join(folder, name)
        # Several Pythons may share a directory of scripts.
        first = b"" if process.WINDOWS else startup_files.read(script)[:1024]
        if os.path.isfile(script) and (process.WINDOWS or os.fsencode(sys.executable) in first):
            return _quote(script)
    return _quote(sys.executable, "-m", "pip_userctl")


class Target:
    """What can be covered.

    Attributes:
        argument: what names it on the command line.
        environment: the prefix of the environment, or of the interpreter.
        folder: the directory that the start-up file is put into.
        path: the start-up file, or its package; file: what Python runs of it.
        in_the_way: the paths that must not be there before.
    """

    argument: str
    environment: str
    folder: str
    path: str
    file: str
    in_the_way: tuple[str, ...]
    _template: str

    def is_written(self) -> bool:
        """Whether pip-userctl has written the file."""
        return startup_files.parse(self.file) is not None

    def loads(self) -> str:
        """The start-up module that the file loads; empty if there is none, or if it was copied with its interpreter."""
        written = startup_files.parse(self.file) or {}
        place = written.get("written_for", self.folder)
        is_copy = place != self.folder and os.path.realpath(place) != os.path.realpath(self.folder)
        return "" if is_copy else written.get("path", "")

    def check(self, installation: Installation) -> None:
        """Raise UserctlError if this account cannot cover it, or must not."""
        self._check_folder(f"{installation.command} activate")
        self._check_owner(installation)
        strange = next(filter(os.path.lexists, self.in_the_way), None)
        if strange is not None and not self.is_written():
            raise _error("occupied", f"{strange} is there already", "it is not from pip-userctl")
        if self.loads() != installation.startup_module and os.path.exists(self.loads()):
            why = f"{self.file} loads {self.loads()}"
            hint = f"{installation.command} deactivate {_quote(self.argument)}"
            raise _error("occupied", f"another pip-userctl covers {self.argument}", why, hint)

    def check_removable(self, installation: Installation) -> None:
        """Raise UserctlError if the file is there and this account cannot remove it, or must not."""
        if self.is_written() or os.path.lexists(startup_files.prepared(self.path)):
            self._check_folder(f"{installation.command} deactivate")

    def activate(self, installation: Installation) -> bool:
        """Write the file; returns False if it is there already."""
        content = startup_files.fill(
            self._template,
            **installation._asdict(),
            end=f"{installation.command} deactivate {_quote(self.argument)}",
            library=self.folder,
        )
        if startup_files.read(self.file) == content:
            return False
        self._write(content)
        return True

    def deactivate(self, installation: Installation) -> bool:
        """Remove the file; returns False if there is none from pip-userctl."""
        startup_files.clear(startup_files.prepared(self.path))
        if not self.is_written():
            return False
        startup_files.remove(self.path)
        return True

    def _write(self, content: bytes) -> None:
        startup_files.write(self.file, content)

    def _check_folder(self, command: str) -> None:
        unwritable = process.find_unwritable((self.folder,))
        if unwritable is not None:
            hint = f"as {_owner(unwritable.path)}: {command} {_quote(self.argument)}"
            raise _error("not-writable", f"{unwritable.path} is not writable for this account", unwritable.cause, hint)
        link = startup_files.find_foreign_link(self.folder) if process.effective_uid() == 0 else None
        if link is not None:
            why = f"{link} is a link to {os.path.realpath(link)} that {_owner(link)} has made"
            hint = f"as {_owner(link)}: {command} {_quote(self.argument)}"
            raise _error("foreign-link", f"root does not write into {self.folder}", why, hint)

    def _check_owner(self, installation: Installation) -> None:
        """Raise UserctlError if root would make others run code of a third account."""
        if process.effective_uid() != 0:
            return
        trusted = {0, os.stat(self.folder).st_uid}
        for part in map(os.path.realpath, installation.parts):
            for place in startup_files.upwards(part):
                if os.stat(place).st_uid not in trusted:
                    why = f"{place} belongs to {_owner(place)}, who could then run code in every Python there"
                    hint = "install pip-userctl as root, and activate with that"
                    raise _error("foreign-installation", f"root does not cover {self.argument} from here", why, hint)


class VirtualEnvironment(Target):
    """One environment; name: its directory, or an interpreter in it. Raises UserctlError if it cannot be covered from here."""

    _template = startup_files.PTH

    def __init__(self, name: str) -> None:
        prefix = os.path.abspath(name)
        if os.path.isfile(prefix):
            prefix = os.path.dirname(os.path.dirname(prefix))
        config = os.path.join(prefix, "pyvenv.cfg")
        if not os.path.isfile(config) and not os.path.isdir(os.path.join(prefix, "conda-meta")):
            why = "it has neither pyvenv.cfg nor conda-meta" if os.path.isdir(prefix) else "there is no such directory"
            hint = f"for a base interpreter, run activate {ALL} with a pip-userctl that is installed in it"
            raise _error("no-environment", f"{name} is not an environment", why, hint)
        self.argument = self.environment = prefix
        scheme = "nt" if process.WINDOWS else "posix_prefix"
        self.folder = sysconfig.get_path("purelib", scheme, {"base": prefix, "platbase": prefix})
        self.path = self.file = os.path.join(self.folder, "pip_userctl_covered.pth")
        self.in_the_way = (self.path,)
        own = "{}.{}".format(*sys.version_info)
        found = re.search(rb"(?im)^version(?:_info)?\s*=\s*(\d+\.\d+)", startup_files.read(config))
        other = found[1].decode() if found else own
        if other != own or not os.path.isdir(self.folder):
            why = f"it has {f'Python {other}' if other != own else f'no {self.folder}'}, and this is Python {own}"
            hint = f"run activate with a pip-userctl that is installed for the Python of {name}"
            raise _error("other-python", f"{name} cannot be covered from here", why, hint)


class Interpreter(Target):
    """The interpreter that runs this, with every environment that is made from it."""

    argument = ALL
    _template = startup_files.SITECUSTOMIZE

    def __init__(self) -> None:
        self.environment = sys.base_prefix
        self.folder = sysconfig.get_path("stdlib")
        self.path = os.path.join(self.folder, "sitecustomize")
        self.file = os.path.join(self.path, "__init__.py")
        # Python prefers an extension module to sitecustomize.py; a .pyc without source would be hidden.
        self.in_the_way = (self.path, *(self.path + each for each in (*EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)))

    def _write(self, content: bytes) -> None:
        """Write the package with its bytecode: accounts that cannot write there would compile it at each start."""
        new = not os.path.isdir(self.path)
        folder = startup_files.prepared(self.path) if new else self.path
        if new:
            startup_files.clear(folder)
            os.mkdir(folder)
        source = os.path.join(folder, "__init__.py")
        startup_files.write(source, content)
        mode = py_compile.PycInvalidationMode.TIMESTAMP  # whatever SOURCE_DATE_EPOCH says
        py_compile.compile(source, cache_from_source(source, optimization=""), self.file, True, invalidation_mode=mode)
        if new:
            os.rename(folder, self.path)
            startup_files.sync(self.folder)


def find_unreadable(targets: Sequence[Target], installation: Installation) -> Message | None:
    """Why other accounts that can use one of root's targets are not covered: they cannot read the installation."""
    if process.effective_uid() != 0 or all(startup_files.find_closed(target.folder) for target in targets):
        return None
    closed = next(filter(None, map(startup_files.find_closed, installation.parts)), None)
    if closed is None:
        return None
    folder = os.path.dirname(installation.startup_module)
    why = f"{closed} is not readable for them (owner {_owner(closed)}, mode {stat.filemode(os.stat(closed).st_mode)})"
    hint = f"chmod -R go+rX {_quote(folder)}" if os.path.join(closed, "").startswith(os.path.join(folder, "")) else ""
    return Message("userctl-unreadable", "other accounts are not covered", why, hint=hint)


def find_unreadable_here(environment: Environment) -> Message | None:
    """Why other accounts that use this environment are not covered, such as after an installation with ``umask 077``."""
    module = loader.startup_module
    by = coverage(environment).by if module and not process.is_user_site(os.path.dirname(module)) else None
    if by is None:
        return None
    is_interpreter = by == "all-environments" or environment.kind in ("base", "conda")
    return find_unreadable(
        [Interpreter() if is_interpreter else VirtualEnvironment(environment.prefix)], installation()
    )


class Coverage(NamedTuple):
    """What brings the policy into this environment.

    Attributes:
        by: ``installation``, ``activate``, ``all-environments``, or None if nothing does.
        file: the start-up file that ``activate`` has written; None for ``installation``.
        text: which environments that covers, in words.
    """

    by: Optional[str]
    file: Optional[str]
    text: str


def coverage(environment: Environment) -> Coverage:
    """What brings the policy here, by what this interpreter has loaded, not by which files there are."""
    module, interpreter = process.startup_module(), Interpreter()
    if not module or module != _own_startup_module():
        return Coverage(None, None, f"not this environment; to cover it: pip-userctl activate {environment.prefix}")
    everywhere = f"every environment of {environment.base_prefix}, isolated virtual environments included"
    if process.covered_by() is None:
        if interpreter.loads() == module:
            return Coverage("all-environments", interpreter.file, everywhere)
        return Coverage("installation", None, _where_installed(environment, os.path.dirname(module)))
    for target in _targets(environment.prefix):
        if target.argument != ALL and target.loads() == module:
            return Coverage("activate", target.file, f"this environment, by {module}")
    return Coverage("all-environments", interpreter.file, f"{everywhere}, by {module}")


def _where_installed(environment: Environment, folder: str) -> str:
    """Which interpreters read a start-up file in this directory."""
    if process.is_user_site(folder):
        python = "Python {}.{}".format(*environment.python.split("."))
        return (
            f"every {python} of this account that reads the user site; not isolated virtual environments, and not under"
            " -s, -I or PYTHONNOUSERSITE"
        )
    if environment.kind in ("isolated", "system-site"):
        if os.path.realpath(folder).startswith(os.path.join(os.path.realpath(environment.prefix), "")):
            return f"this virtual environment only: {environment.prefix}"
        return f"every environment that sees the system site-packages of {environment.base_prefix}"
    return (
        f"this interpreter, {environment.prefix}, and its --system-site-packages environments; not its isolated virtual"
        " environments"
    )


def not_active_reason() -> str:
    """Why no start-up file of this pip-userctl is in force in this interpreter; empty if one is."""
    module, own = process.startup_module(), _own_startup_module()
    if module:
        return "" if module == own else f"{module} is loaded instead of {own}"
    if sys.flags.no_site:
        return "python -S runs no start-up file"
    for target in filter(Target.is_written, _targets(sys.prefix)):
        path, hiding = target.loads(), _hiding(target)
        if not path:
            return f"{target.file} was copied here from another interpreter, and does nothing"
        if hiding:
            return f"{hiding} is loaded instead of {target.file}, because it comes first on the path"
        if not os.access(path, os.R_OK):
            what = "is not readable for this account" if os.path.exists(path) else "is gone"
            return f"{target.file} loads {path}, which {what}"
    return "pip-userctl is not installed in this environment, and no other installation covers it"


def _own_startup_module() -> str:
    """The start-up module of the pip-userctl that runs."""
    return loader.startup_module or os.path.join(process.package_folder(), "_pip_userctl.py")


def _targets(prefix: str) -> Iterator[Target]:
    """What may cover this environment, the environment itself first."""
    try:
        yield VirtualEnvironment(prefix)
    except UserctlError:  # a base interpreter
        pass
    yield Interpreter()


def _hiding(target: Target) -> str:
    """The ``sitecustomize`` that Python has loaded instead of the target's, such as one on PYTHONPATH; empty if none."""
    found = str(getattr(sys.modules.get("sitecustomize"), "__file__", None) or "")
    path = process.search_path()
    if target.argument != ALL or target.folder not in path:
        return ""
    before = filter(None, path[: path.index(target.folder)])
    return found if any(found.startswith(os.path.join(entry, "")) for entry in before) else ""


def _owner(path: str) -> str:
    return process.owner_name(os.lstat(path).st_uid)


def _error(reference: str, what: str, why: str, hint: str = "") -> UserctlError:
    return UserctlError(Message(f"userctl-{reference}", what, why, hint=hint))


def _quote(*words: str) -> str:
    """A command for a shell."""
    return hints.quote(words, process.detect())
