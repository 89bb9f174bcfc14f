"""Fixtures of the tests that drive a real pip."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Protocol

import pytest

from pip_userctl.testing import PipEnvironment
from pip_userctl.testing.environments import Account
from tests.support import cache, debian, extras, needs, pythons
from tests.support.cache import Built
from tests.support.pythons import NEWEST, OLDEST
from tests.support.scenes import Stage

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in the background of a script ignores Ctrl-C, and so would every pip that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Make(Protocol):
    """Makes environments: see `make`."""

    def __call__(
        self,
        kind: str = "isolated",
        python: str | PipEnvironment | None = None,
        pip: str | None = None,
        *,
        userctl: bool = True,
        creator: tuple[str, ...] = (),
    ) -> PipEnvironment: ...


def pytest_configure(config: pytest.Config) -> None:
    """Let the set-up say what it does, although pytest captures what tests print."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        cache.uncaptured = capture.global_and_fixture_disabled


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run: ``@pytest.mark.needs("root")``, see tests/support/needs.py."""
    reason = needs.reason_to_skip(tuple(str(name) for mark in item.iter_markers("needs") for name in mark.args))
    if reason:
        pytest.skip(reason)


def pytest_report_header() -> str:
    """Tell which interpreters and pips this run covers."""
    found = ", ".join(f"{each.version} ({each.path})" for each in pythons.discover().values())
    return f"interpreters: {found}; pips: {', '.join(pythons.PIPS)}"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Built:
    """The wheels of this checkout."""
    top = tmp_path_factory.getbasetemp()
    return cache.build((top if worker_id == "master" else top.parent) / "built")


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """A home without any configuration; its pip finds ``demo``, and ``depends``, which requires it."""
    return cache.new_account(tmp_path)


@pytest.fixture
def make(tmp_path: Path, account: Account, request: pytest.FixtureRequest) -> Make:
    """Make environments with pip-userctl installed: ``make("base", "3.11", "26.3")``.

    python: a version, or an environment of kind ``base`` that the new one is made from; pip: by default the newest that
    starts on it; userctl: whether pip-userctl is installed; creator: as for `PipEnvironment`.
    """

    def make(
        kind: str = "isolated",
        python: str | PipEnvironment | None = None,
        pip: str | None = None,
        *,
        userctl: bool = True,
        creator: tuple[str, ...] = (),
    ) -> PipEnvironment:
        folder = tmp_path / f"{kind}-{len(list(tmp_path.iterdir()))}"
        # The wheel is built for the first test that asks for it.
        built: Built = request.getfixturevalue("built")
        return built.environment(folder, kind, python, pip, account, userctl=userctl, creator=creator)

    return make


class Shared(Protocol):
    """Gives environments that many tests share: see `shared`."""

    def __call__(self, kind: str = "isolated", python: str | None = None, pip: str | None = None) -> PipEnvironment: ...


@pytest.fixture(scope="session")
def standing() -> dict[str, tuple[PipEnvironment, frozenset[Path]]]:
    """The environments that tests share, each with the paths that it had at first."""
    return {}


@pytest.fixture
def shared(
    standing: dict[str, tuple[PipEnvironment, frozenset[Path]]],
    tmp_path_factory: pytest.TempPathFactory,
    built: Built,
) -> Shared:
    """As `make`, but made once in a session: whatever a test before has added is removed, with its account.

    For tests that change no file that was there before, and install no pip.
    """

    def shared(kind: str = "isolated", python: str | None = None, pip: str | None = None) -> PipEnvironment:
        python = python or pythons.python_for(pip or NEWEST)
        pip = pip or pythons.pip_for(python)
        name = f"{kind}-{python}-{pip}"
        if name not in standing:
            folder = tmp_path_factory.mktemp(name, numbered=False)
            environment = built.environment(folder, kind, python, pip, cache.new_account(folder / "account"))
            standing[name] = environment, frozenset(environment.prefix.rglob("*"))
        environment, paths = standing[name]
        environment.site_packages.chmod(0o755)
        for path in sorted(set(environment.prefix.rglob("*")) - paths, reverse=True):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.rmtree(environment.account.folder)
        environment.account, environment.audit_log = cache.new_account(environment.account.folder), True
        return environment

    return shared


@pytest.fixture(params=[OLDEST, NEWEST])
def each_pip(request: pytest.FixtureRequest) -> str:
    """The oldest and the newest supported pip."""
    return str(request.param)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, built: Built) -> Stage:
    """Environments that the tests of this module share."""
    return Stage(tmp_path_factory.mktemp("stage"), built)


@pytest.fixture
def isolated(stage: Stage, each_pip: str) -> PipEnvironment:
    """An isolated environment with the oldest and the newest pip, without anything of another test."""
    return stage.set("isolated-typed", each_pip)


@pytest.fixture
def base(stage: Stage, each_pip: str) -> PipEnvironment:
    """The same of a base interpreter."""
    return stage.set("base-typed", each_pip)


@pytest.fixture
def debian_system(request: pytest.FixtureRequest, tmp_path: Path, built: Built) -> debian.System:
    """A Debian, named by indirect parametrization; the test needs root, overlay and ``debian-<name>``."""
    name = str(request.param)
    return debian.System(name, extras.folder(f"debian-{name}"), tmp_path, built)
