"""Whatever is installed, edited, moved, stopped and moved back, in any order: no file of the user base is ever lost."""

from __future__ import annotations

import argparse
import errno
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pip_userctl.cli import quarantine, restore
from pip_userctl.cli.output import Result
from pip_userctl.messages import UserctlError
from tests.fuzz.targets import user_base
from tests.support.trees import Entry, tree
from tests.support.usersites import put

KEPT = "share/pip-userctl/quarantine"
NAMES = st.sampled_from(("one", "two", "three"))
#: What a distribution may have beside its module, relative to the user site; {} is its name, the last is shared by all.
FILES = ("{}/__init__.py", "{}/sub/data.bin", "../bin/{}", "../share/man/man1/{}.1", "{}.pth", "space/__init__.py")
#: Changes of the file system that come before a stop, and what the next one ends in.
STOPS = st.tuples(st.integers(0, 25), st.sampled_from(("KILL", "ENOSPC")))


class Killed(BaseException):
    """The process is gone: nothing of the package catches this."""


@contextmanager
def stopped(number: int, how: str) -> Iterator[None]:
    """Let the numbered change of the file system fail, or be the end."""
    numbers = itertools.count()

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def change(*args: Any, **more: Any) -> Any:
            done = next(numbers)
            if done >= number and how == "KILL":
                raise Killed
            if done == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return function(*args, **more)

        return change

    with pytest.MonkeyPatch.context() as patch:
        for name in ("rename", "mkdir", "rmdir", "unlink", "chmod"):
            patch.setattr(os, name, counting(getattr(os, name)))
        with suppress(Killed, UserctlError):
            yield


class UserBaseMachine(RuleBasedStateMachine):
    """files: the place and the content of each file that must be there, in the user base itself or in a quarantine."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.base, self.outside = self.top / "base", self.top / "outside"
        put(self.outside, "outside")
        self.before_outside = tree(self.outside)
        self.contents = itertools.count()
        self.files: Counter[tuple[str, str]] = Counter()
        self._patched = user_base(self.base)
        self.site = self._patched.__enter__()
        self.site.mkdir(parents=True)

    def teardown(self) -> None:
        self._patched.__exit__(None, None, None)
        shutil.rmtree(self.top)

    # what is there

    def ids(self) -> list[str]:
        folder = self.base / KEPT
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def is_whole(self) -> bool:
        """Whether no stopped run has left anything."""
        return all((self.base / KEPT / each / "complete").exists() for each in self.ids())

    def places(self) -> list[Path]:
        """The files in the user base that are not in quarantine."""
        found = [path for path in sorted(self.base.rglob("*")) if path.is_symlink() or not path.is_dir()]
        return [path for path in found if KEPT not in str(path)]

    def add(self, path: Path) -> None:
        self.files[str(path.relative_to(self.base)), _content(path)] += 1

    def remove(self, path: Path) -> None:
        self.files -= Counter([(str(path.relative_to(self.base)), _content(path))])
        path.unlink()

    def found(self) -> Counter[tuple[str, str]]:
        """Place and content of each file, wherever it is."""
        roots = [self.base, *(self.base / KEPT / each / "files" for each in self.ids())]
        paths = [(root, path) for root in roots for path in root.rglob("*") if path.is_symlink() or path.is_file()]
        own = [(root, path) for root, path in paths if root != self.base or KEPT not in str(path)]
        return Counter((str(path.relative_to(root)), _content(path)) for root, path in own)

    def some(self, names: set[str]) -> set[str]:
        """Those of the names that are there, if any is."""
        return set(filter(self.has, names)) or names

    def has(self, name: str) -> bool:
        return any(self.site.glob(f"{name}-*.dist-info/RECORD"))

    def put(self, name: str, version: str, files: set[str]) -> None:
        if self.has(name) or (self.site / name).is_symlink():
            return
        content = {each.format(name): f"{next(self.contents)}" for each in (*sorted(files), "{}.py")}
        for path in (Path(os.path.normpath(self.site / each)) for each in content):
            if os.path.lexists(path):  # pip overwrites it
                self.remove(path)
        known = self.places()
        put(self.site, name, version, content)
        for path in self.places():
            if path not in known:
                self.add(path)

    # what people and pip do

    @initialize()
    def install_all(self) -> None:
        for name in ("one", "two", "three"):
            self.put(name, "1.0", set(FILES))

    @rule(name=NAMES, version=st.sampled_from(("1.0", "2.0")), files=st.sets(st.sampled_from(FILES)))
    def install(self, name: str, version: str, files: set[str]) -> None:
        self.put(name, version, files)

    @rule(number=st.integers(0, 99), what=st.sampled_from(("edit", "remove", "mode", "beside", "bytecode", "link")))
    def change_a_file(self, number: int, what: str) -> None:
        paths = [path for path in self.places() if path.name != "RECORD"]
        if not paths:
            return
        path = paths[number % len(paths)]
        if what == "mode":
            if not path.is_symlink():
                path.chmod(0o640 + number % 8)
            return
        if what == "beside":
            path = path.with_name(f"foreign{number}")
        elif what == "bytecode":
            path = path.parent / "__pycache__" / f"{path.stem}.cpython-311.pyc"
            path.parent.mkdir(exist_ok=True)
        if os.path.lexists(path):
            self.remove(path)
        if what == "link":
            path.symlink_to(self.outside)
        elif what != "remove":
            path.write_text(f"{next(self.contents)}")
        if what != "remove":
            self.add(path)

    @rule(name=NAMES)
    def let_a_folder_lead_elsewhere(self, name: str) -> None:
        if not os.path.lexists(self.site / name):
            self.site.mkdir(parents=True, exist_ok=True)
            (self.site / name).symlink_to(self.outside)
            self.add(self.site / name)

    # what the command does

    @rule(names=st.sets(NAMES, min_size=1))
    def quarantine(self, names: set[str]) -> None:
        before, whole, names = tree(self.base), self.is_whole(), self.some(names)
        expected = whole and all(map(self.has, names))
        moved = _data(_quarantine, *sorted(names)).get("quarantined")
        if moved is None:
            assert not expected
            assert not whole or tree(self.base) == before
            return
        assert not any(map(self.has, names))
        assert self.is_whole()
        assert moved["id"] in self.ids()
        assert [path for path in moved["files"] if os.path.lexists(path)] == []

    @rule(names=st.sets(NAMES, min_size=1), stop=STOPS)
    def quarantine_until_it_is_stopped(self, names: set[str], stop: tuple[int, str]) -> None:
        with stopped(*stop):
            _quarantine(*sorted(self.some(names)))

    @precondition(lambda self: self.ids())
    @rule(number=st.integers(0, 9))
    def restore(self, number: int) -> None:
        id_ = self.ids()[number % len(self.ids())]
        before = tree(self.base)
        top = self.base / KEPT / id_ / "files"
        taken = [path for path in top.rglob("*") if _is_taken(path, self.base / path.relative_to(top))]
        moved = _data(_restore, id_).get("restored")
        if moved is None:
            assert taken
            assert tree(self.base) == before
            return
        assert taken == []
        assert id_ not in self.ids()
        assert [path for path in moved["files"] if not os.path.lexists(path)] == []
        assert _data(_restore, id_) == {}

    @precondition(lambda self: self.ids())
    @rule(number=st.integers(0, 9), stop=STOPS)
    def restore_until_it_is_stopped(self, number: int, stop: tuple[int, str]) -> None:
        with stopped(*stop):
            _restore(self.ids()[number % len(self.ids())])

    @precondition(lambda self: self.is_whole())
    @rule(names=st.sets(NAMES, min_size=1))
    def there_and_back(self, names: set[str]) -> None:
        if any(map(self.has, names)):
            before = tree(self.base)
            _restore(_quarantine(*sorted(self.some(names))).data["quarantined"]["id"])
            assert _without_own(tree(self.base)) == _without_own(before)

    # what always holds

    @invariant()
    def nothing_is_lost_doubled_or_elsewhere(self) -> None:
        assert self.found() == self.files

    @invariant()
    def nothing_outside_is_touched(self) -> None:
        assert tree(self.outside) == self.before_outside
        assert sorted(os.listdir(self.top)) == ["base", "outside"]


def _content(path: Path) -> str:
    return f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text()


def _is_taken(stored: Path, target: Path) -> bool:
    """Whether something stands where the file belongs, or in the way there."""
    if stored.is_dir() and not stored.is_symlink():
        return target.is_symlink() or target.is_file()
    return os.path.lexists(target)


def _quarantine(*names: str) -> Result:
    return quarantine.run(argparse.Namespace(names=list(names), shadowing=False, list=False))


def _restore(id_: str) -> Result:
    return restore.run(argparse.Namespace(id=id_))


def _data(verb: Callable[..., Result], *words: str) -> dict[str, Any]:
    """What a verb answers; nothing if it is refused."""
    try:
        return verb(*words).data
    except UserctlError:
        return {}


def _without_own(found: dict[str, Entry]) -> dict[str, Entry]:
    """The tree without the folders of quarantines, which may be made anew."""
    return {path: entry for path, entry in found.items() if path not in ("share", "share/pip-userctl", KEPT)}


UserBaseMachine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
TestUserBase = UserBaseMachine.TestCase
