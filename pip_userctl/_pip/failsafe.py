"""When pip-userctl itself fails: ``on-error`` decides, and one line says what happened.

This module must work where the rest of the package does not, so it imports what it needs at the last moment.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from types import ModuleType
from typing import Any

logger = logging.getLogger("pip_userctl")
# Options that bring in more than what stands on the command line.
_INDIRECT = ("requirements", "dependency_groups", "requirements_from_scripts")


def guard(module: ModuleType, error: BaseException) -> bool:
    """pip-userctl could not be loaded: say so in each ``pip install``, or stop it.

    False where this pip has no place for that.
    """
    command: Any = getattr(module, "InstallCommand", None)
    original = getattr(command, "run", None)
    if original is None:
        return False

    @functools.wraps(original)
    def run(self: Any, options: Any, args: list[str]) -> int:
        failed(error, options, args)
        return int(original(self, options, args))

    run._userctl = True  # type: ignore[attr-defined]
    command.run = run
    return True


def failed(error: BaseException, options: Any, args: Sequence[str]) -> None:
    """Warn once, or raise pip's own error under ``on-error = refuse``."""
    if _refuses(options, args):
        from pip._internal.exceptions import InstallationError

        line = f"userctl-failure: pip-userctl failed ({_describe(error)})"

        refusal = InstallationError(
            f"{line}, and on-error = refuse stops pip install. "
            "Installing nothing but packaging, pip, pip-userctl, pluggy still works"
        )
        refusal.userctl_reference = "userctl-failure"
        raise refusal from error
    warn(error)


def failed_elsewhere(error: BaseException, parser: ModuleType, arguments: Sequence[str]) -> None:
    """The same for ``pip --python``, which has parsed its general options only; silent where it is no install."""
    import logging.config  # noqa: F401 - setup_logging needs it, and leaves it to others to import

    from pip._internal.utils.logging import setup_logging

    general, rest = parser.create_main_parser().parse_args(list(arguments))
    if rest[:1] == ["install"]:
        general.ensure_value("editables", [])  # "-e" itself stands among the words, and is no repair
        setup_logging(verbosity=general.verbose - general.quiet, no_color=general.no_color, user_log_file=general.log)
        failed(error, general, rest[1:])


def warn(error: BaseException) -> None:
    """One line; pip goes on."""
    logger.warning("userctl-failure: pip-userctl failed (%s); pip's own decision stands", _describe(error))
    logger.debug("pip-userctl failed", exc_info=error)


def _refuses(options: Any, args: Sequence[str]) -> bool:
    try:
        from pip_userctl._pip import settings
        from pip_userctl.models import Origin, Request
        from pip_userctl.on_error import is_repair
        from pip_userctl.policy import resolve

        isolated = bool(options.isolated_mode)
        files, variables = settings.files(isolated=isolated), settings.variables(isolated=isolated)
        policy = resolve(files, variables, plugins_loaded=False)
        request = Request(Origin("none"), requirements=tuple(args), editable=tuple(options.editables))
        only_named = is_repair(request) and not any(getattr(options, each, None) for each in _INDIRECT)
        return policy.enabled and policy.text("on-error") == "refuse" and not only_named
    except Exception:  # what reads the policy may be the very thing that is broken
        return False


def _describe(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
