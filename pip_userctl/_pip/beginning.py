"""What a run of pip and every verb of the command begin with: facts, policy and plugins. One, so that they agree."""

from __future__ import annotations

from typing import Mapping

import pip

from pip_userctl import engine, environment
from pip_userctl._pip import settings
from pip_userctl.engine import Session
from pip_userctl.frozen import Frozen
from pip_userctl.policy import ConfigFile, Setting


class Beginning(Frozen):
    """The session, and what its policy was read from.

    files: every configuration file that is read, weakest first; variables: key → Setting.
    """

    session: Session
    files: tuple[ConfigFile, ...]
    variables: Mapping[str, Setting]


def begin(*, isolated: bool) -> Beginning:
    """Read everything once. isolated: pip runs with ``--isolated``."""
    files, variables = settings.files(isolated=isolated), settings.variables(isolated=isolated)
    session = engine.start(environment.collect(), files, variables, environment.plugin_path(), str(pip.__version__))
    return Beginning(session, files, variables)
