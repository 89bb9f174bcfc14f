"""What pip would do with these arguments, as far as it can be told without network and without installing anything."""

from __future__ import annotations

from optparse import Values
from typing import Any, NamedTuple, Sequence

from pip._internal.commands import create_command
from pip._internal.exceptions import PipError

import pip
from pip_userctl import environment
from pip_userctl._pip import request as requests
from pip_userctl._pip.case import Case
from pip_userctl._pip.seams import misfits
from pip_userctl.decision import Decision
from pip_userctl.errors import UnsupportedPip
from pip_userctl.policy import Policy

_NOTHING = "You must give at least one requirement to install"
_EXTERNALLY_MANAGED = "This environment is externally managed (PEP 668)"


class Preview(NamedTuple):
    """decision: None where nothing is judged; then reason says why. pip_refusal: pip's own words, or empty.

    unread: requirement files that are URLs, which are not fetched here.
    """

    decision: Decision | None
    policy: Policy
    reason: str
    pip_refusal: str
    unread: tuple[str, ...]


def preview(arguments: Sequence[str]) -> Preview:
    """The decision on ``pip install <arguments>``. SystemExit (2) comes from pip's own parser."""
    import pip._internal.commands.install as module

    missing = misfits(module)
    if missing:
        raise UnsupportedPip(pip.__version__, missing)
    command: Any = create_command("install", isolated="--isolated" in arguments)
    options, args = command.parse_args(list(arguments))
    case = Case(module, options, arguments, args)
    unread = _without_urls(options)

    def result(reason: str = "", refusal: str = "", decision: Decision | None = None) -> Preview:
        return Preview(decision, case.session.policy, reason, refusal, unread)

    if not requests.has_something_to_install(options, args):
        return result("pip has nothing to install", _NOTHING)
    if not case.is_ours:
        return result("the policy is switched off (enabled = no)" if not case.session.policy.enabled else "pip's own")
    case.settle()
    if options.use_user_site and options.target_dir is not None:
        refusal = "Can not combine '--user' and '--target'"
        return result("", refusal, None if case.is_pips_business() else case.judge())
    if _is_stopped_by_pep_668(options, case):
        return result("pip refuses by itself", _EXTERNALLY_MANAGED)
    choice = {
        "prefix_path": options.prefix_path,
        "target_dir": options.target_dir,
        "root_path": options.root_path,
        "isolated_mode": options.isolated_mode,
    }
    try:
        user = module.decide_user_install(options.use_user_site, **choice)
    except PipError as error:
        return result("", _one_line(error), None if case.is_pips_business() else case.judge())
    case.pip_chose(user, lambda wish: bool(module.decide_user_install(wish, **choice)))
    try:
        found = _requirements(command, options, args)
    except (PipError, OSError) as error:
        return result("pip refuses by itself", _one_line(error))
    if not case.pip_read(found):
        return result("pip has nothing to install: no requirement, or none whose marker holds here")
    return result(decision=case.judge())


def _is_stopped_by_pep_668(options: Values, case: Case) -> bool:
    if not hasattr(options, "override_externally_managed") or options.override_externally_managed:
        return False
    elsewhere = any(each is not None for each in (options.root_path, options.target_dir, options.prefix_path))
    only_report = options.dry_run and options.json_report_file
    return case.session.environment.externally_managed and not elsewhere and not only_report


def _without_urls(options: Values) -> tuple[str, ...]:
    """Take the requirement and constraint files that would have to be fetched out of the options."""
    unread = []
    for name in ("requirements", "constraints"):
        files = getattr(options, name, None) or []
        urls = [each for each in files if "://" in each and not each.startswith("file:")]
        unread += urls
        setattr(options, name, [each for each in files if each not in urls])
    return tuple(unread)


def _requirements(command: Any, options: Values, args: list[str]) -> Any:
    if not requests.has_something_to_install(options, args):
        return ()  # only files that are not fetched here
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options=options, session=session)
        return command.get_requirements(args, options, finder, session)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


class Installed(NamedTuple):
    """The pip of this interpreter. problem: why it is not under the policy; empty where it is."""

    version: str
    location: str
    problem: str


def installed() -> Installed:
    """Which pip this is, and whether its install command has been patched by the start-up hook."""
    import pip._internal.commands.install as module

    location = str(pip.__file__)
    missing = misfits(module)
    if missing:
        problem = f"this pip has no {', no '.join(missing)}: it is not supported"
    elif not getattr(module.InstallCommand.run, "_userctl", False):
        problem = environment.inactive_because()
    elif module.InstallCommand.run.__module__.endswith("failsafe"):
        problem = "pip-userctl could not be loaded inside pip"
    else:
        problem = ""
    return Installed(pip.__version__, location, problem)
