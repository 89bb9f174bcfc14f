"""``pip --python OTHER install``: pip starts itself again with another interpreter; is the policy there too?

Where OTHER is covered, the pip in it judges like any other. Where it is not, ``other-interpreter`` is judged here.
"""

from __future__ import annotations

import json
import logging
import logging.config  # setup_logging needs it, and leaves it to others to import
import os
import re
import subprocess
from types import ModuleType
from typing import Any, Sequence

import pip
from pip._internal.exceptions import InstallationError
from pip._internal.utils.logging import setup_logging

from pip_userctl import environment, wording
from pip_userctl._pip import beginning, diagnostics
from pip_userctl._pip.diagnostics import VERBOSE, logger
from pip_userctl.models import Origin, Request
from pip_userctl.rules import other_interpreter

# What pip's own runner does, up to the command: only then has the start-up hook of that interpreter been asked.
_PROBE = """\
import json, sys
from importlib.machinery import PathFinder
class Redirect:
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [sys.argv[1]], target) if name == "pip" else None
sys.meta_path.insert(0, Redirect)
try:
    from pip._internal.commands.install import InstallCommand as command
    run = command.run
    covered = bool(getattr(run, "_userctl", False)) and not run.__module__.endswith("failsafe")
except Exception:
    covered = False
print(json.dumps([covered, sys.prefix]))
"""


def judge(parser: ModuleType, interpreter: str, arguments: Sequence[str]) -> Exception | None:
    """The exception that stops pip, or None. parser: the module of pip that knows the general options."""
    general, rest = parser.create_main_parser().parse_args(list(arguments))
    if not rest or rest[0] != "install":
        return None
    session = beginning.begin(isolated=bool(general.isolated_mode)).session
    if not session.policy.enabled or session.policy.text(other_interpreter.NAME) == "allow":
        return None
    covered, prefix = _look(interpreter)
    if covered:
        return None
    request = Request(Origin("none"), arguments=tuple(map(wording.redact, rest)))
    verdict = other_interpreter.judge(request, session.environment, session.policy, interpreter, prefix)
    report = wording.report(verdict, session.policy)
    if verdict.action == "refuse":
        error: Exception = InstallationError(diagnostics.block(report, unicode=environment.stderr_is_unicode()))
        return error
    _set_up_logging(general, rest)
    quiet = VERBOSE if session.policy.profile == "audit" else logging.INFO
    level = logging.WARNING if verdict.action == "warn" else quiet
    logger.log(level, "%s", wording.line(report, verdict.action))
    return None


def _look(interpreter: str) -> tuple[bool, str]:
    """(covered, prefix) of that interpreter, by having it load this pip's install command. An older pip is no fault."""
    sources = os.path.dirname(os.path.dirname(os.path.abspath(str(pip.__file__))))
    done = subprocess.run(
        [interpreter, "-c", _PROBE, sources], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    try:
        covered, prefix = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return False, interpreter
    return covered, prefix


def _set_up_logging(general: Any, rest: Sequence[str]) -> None:
    """As the command would do it, which is not run in this process: its options may stand behind ``install``."""
    letters = "".join(each[1:] for each in rest if re.fullmatch("-(q+|v+)", each))
    quiet = general.quiet + letters.count("q") + list(rest).count("--quiet")
    verbose = general.verbose + letters.count("v") + list(rest).count("--verbose")
    setup_logging(verbosity=verbose - quiet, no_color=general.no_color, user_log_file=general.log)
