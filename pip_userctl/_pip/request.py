"""From pip's own options and requirements to a Request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from optparse import Values
from types import ModuleType
from typing import Any

from pip._internal.exceptions import PipError
from pip._internal.locations import get_scheme
from pip._internal.req.constructors import install_req_from_line

from pip_userctl import environment as process
from pip_userctl.config import Configuration
from pip_userctl.installed import find_installed, unique_directories
from pip_userctl.models import (
    BOOLEANS,
    Destination,
    Distribution,
    Environment,
    Request,
    RequestedName,
    Source,
    Unwritable,
    canonical,
    redact,
)
from pip_userctl.policy import Policy
from pip_userctl.rules.locations import user_site_of

_SOURCES = ("requirements", "editables", "dependency_groups", "requirements_from_scripts")
_BY_PIP = "an install that pip or ensurepip starts by itself"
#: What ensurepip asks for, and nothing else.
_BOOTSTRAPPED = ("pip", "setuptools", "wheel")


def configuration_files() -> Mapping[str, Sequence[str]]:
    """The paths of pip's configuration files by kind."""
    from pip._internal.configuration import get_configuration_files

    return {str(kind): paths for kind, paths in get_configuration_files().items()}


def from_options(
    options: Values, arguments: Sequence[str], configuration: Configuration, args: Sequence[str], module: ModuleType
) -> Request:
    """Build the request from what pip parsed.

    Args:
        arguments: the command line behind ``install``; args: the positional ones in it.
    """
    wanted = options.use_user_site
    # Both options store into the same place, so that ``no-user = yes`` asks for a user install, in every pip.
    found = None if wanted is None else configuration.find(("user", "no-user"))
    asking = found is not None and BOOLEANS.get(found[0].lower(), False)
    # pip stores True and False for what was typed, 1 and 0 for what was configured, None for neither.
    if wanted is None:
        origin = Source("none")
    elif isinstance(wanted, bool) and (not arguments or any(each in ("--user", "--no-user") for each in arguments)):
        origin = Source("typed", name="--user") if wanted else Source("none", name="--no-user")
    else:
        setting = found[1] if found and asking == bool(wanted) else Source("")
        origin = setting._replace(kind="configured" if wanted else "none")
    asks = origin.kind in ("typed", "configured")
    breaks: Source | None = None
    if getattr(options, "override_externally_managed", False):
        breaks = Source("typed", name="--break-system-packages")
        if not any(each.startswith("--break-system-packages") for each in arguments):
            configured = configuration.find(("break-system-packages",))
            breaks = configured[1] if configured else breaks
    return Request(
        origin,
        arguments=("install", *map(redact, arguments)),
        requirements=tuple(redact(each) for each in args if each.strip()),
        editable=tuple(map(redact, getattr(options, "editables", None) or ())),
        scheme=_scheme(options, user=asks),
        prefix=options.prefix_path,  # empty, it still is one to pip
        target=options.target_dir or None,
        root=options.root_path,
        dry_run=bool(getattr(options, "dry_run", False)),
        report=bool(getattr(options, "json_report_file", None)),
        no_user=wanted is not None and not wanted,
        break_system_packages=breaks,
        user_setting=found[1] if found and asking else None,
        root_user_action=str(getattr(options, "root_user_action", "warn")),
        unwritable=process.find_unwritable(_libraries(options, module)) if asks else None,
    )


def exemption(
    request: Request, options: Values, args: Sequence[str], module: ModuleType, policy: Policy, facts: Environment
) -> str:
    """Why this install is not judged; empty if it is."""
    others = any(getattr(options, name, None) for name in _SOURCES)
    if not args and not others:
        return "pip has nothing to install"  # and refuses that by itself
    if not policy.enabled:
        return "the policy is switched off (enabled = no)"
    builds = any(map(process.variables.get, ("PIP_BUILD_TRACKER", "PIP_REQ_TRACKER")))  # the second before pip 22
    overlay = request.prefix and "--no-user" in request.arguments
    if builds and overlay and user_site_of(destination(request, options, facts), facts) is None:
        return _BY_PIP
    here = request.scheme == "site" and request.root is None
    ensurepip = here and options.no_index and process.pip_is_in_wheel() and args and not others
    if ensurepip and all(canonical(each) in _BOOTSTRAPPED for each in args):
        return _BY_PIP if process.find_unwritable(_libraries(options, module)) is None else ""  # a fallback is judged
    return ""


def _libraries(options: Values, module: Any) -> Iterable[str]:
    """The directories that pip must be able to write to for an install into the environment."""
    found: Iterable[str] = module.get_lib_location_guesses(root=options.root_path, isolated=options.isolated_mode)
    return found


def _scheme(options: Values, *, user: bool) -> str:
    if user:
        return "user"
    return "target" if options.target_dir else "site" if options.prefix_path is None else "prefix"


def with_scheme(request: Request, options: Values, module: ModuleType, facts: Environment, *, user: bool) -> Request:
    """The request once pip has chosen: the scheme, the destination, and a fallback with its cause."""
    if user and request.user_install == "none":
        origin = request.origin if request.dropped else Source("fallback")
        libraries = list(_libraries(options, module))
        # On Windows pip tries to write: nothing else tells.
        unwritable = process.find_unwritable(libraries) or Unwritable(libraries[0], "access denied")
        request = request._replace(origin=origin, unwritable=unwritable)
    request = request._replace(scheme=_scheme(options, user=user))
    return request._replace(destination=destination(request, options, facts))


def destination(request: Request, options: Values, facts: Environment) -> Destination:
    """The directories that pip would write into."""
    if request.scheme == "target":
        target = os.path.abspath(options.target_dir)
        return Destination("target", target, target, os.path.join(target, "bin"), target)
    root = options.root_path
    if request.scheme == "user":  # pip's get_scheme would create its directories where it goes through distutils
        above, folder = (os.path.dirname(facts.user_site), "Scripts") if facts.windows else (facts.user_base, "bin")
        paths = [facts.user_site, facts.user_site, os.path.join(above, folder), facts.user_base]
        if root is not None:
            paths = [os.path.join(root, os.path.splitdrive(path)[1].lstrip(os.sep)) for path in paths]
    else:
        scheme = get_scheme("", root=root, isolated=options.isolated_mode, prefix=options.prefix_path)
        paths = [scheme.purelib, scheme.platlib, scheme.scripts, scheme.data]
    purelib, platlib, scripts, data = map(os.path.abspath, paths)
    return Destination(request.scheme, purelib, platlib, scripts, data, root)


def with_requirements(request: Request, found: Iterable[Any], args: Sequence[str], options: Values) -> Request:
    """The request with what pip has read from files, groups and scripts, after what was typed."""
    wanted = [each for each in found if not each.constraint]
    plain = [each for each in wanted if not each.editable]
    typed = [each for each in args if each.strip()]
    editables = list(options.editables)
    from_files = [each for each in wanted if each.editable][len(editables) :]
    return request._replace(
        requirements=tuple(map(redact, typed + [_text(each) for each in plain[len(typed) :]])),
        constraints=tuple(redact(_text(each)) for each in found if each.constraint),
        editable=tuple(map(redact, editables + [_text(each) for each in from_files])),
        requested=tuple(_requested(each, options) for each in wanted if each.match_markers()),
    )


def names(args: Sequence[str], options: Values) -> tuple[RequestedName | None, ...]:
    """What the arguments alone tell of the names; what is in files has none."""
    requested: list[RequestedName | None] = []
    for each in args:
        try:
            requested.append(_requested(install_req_from_line(each), options))
        except PipError:  # pip will say so itself
            requested.append(None)
    sources = (getattr(options, name, None) for name in _SOURCES)
    return (*requested, *(None for _ in filter(None, sources)))


def _requested(requirement: Any, options: Values) -> RequestedName | None:
    """What was asked for, if its name is known before anything is fetched."""
    if getattr(options, "only_dependencies", False):
        return None
    comes_from = str(requirement.comes_from or "")
    pylock = r"(^|[/\\])pylock(\.[^./\\]+)?\.toml(\[.*\])?$"
    from_lock = ".toml" in comes_from and bool(re.search(pylock, comes_from))
    link, extras = requirement.link, bool(requirement.extras)
    parts = link.filename.split("-") if link is not None and link.is_wheel else []
    if len(parts) > 1:
        is_local = link.scheme == "file" and not getattr(requirement.req, "url", None) and not from_lock
        return RequestedName(canonical(parts[0]), parts[1], not is_local, extras)
    if requirement.req is None:
        return None
    direct = link is not None or bool(requirement.editable) or from_lock
    pins = [each for each in requirement.req.specifier if each.operator in ("==", "===") and "*" not in each.version]
    return RequestedName(canonical(requirement.req.name), pins[0].version if pins else None, direct, extras)


def distributions(resolved: Any, request: Request, facts: Environment) -> tuple[Distribution, ...]:
    """What pip is about to install, from its requirement set."""
    location = request.destination.purelib if request.destination else ""
    found, replaced = [], []
    for each in resolved.requirements.values():
        if each.constraint or (each.satisfied_by is not None and not each.should_reinstall):
            continue
        is_wheel = each.link is not None and each.link.is_wheel  # whose file name costs nothing
        version = each.link.filename.split("-")[1] if is_wheel else str(each.get_dist().version)
        parent = getattr(each.comes_from, "name", None)
        link = each.original_link or each.link
        source = link.file_path if link is not None and link.is_existing_dir() else None
        requested = bool(each.user_supplied)
        found.append(
            Distribution(each.name, version, requested, location, None if requested else parent, source=source)
        )
        replaced += [each.name] if each.should_reinstall else []
    if not replaced:
        return tuple(found)
    # As pip: a user install removes what is in the user site, any other what is found first.
    path = [facts.user_site] if request.scheme == "user" else list(unique_directories(facts.search_path).values())
    installed = {name: each[0] for name, each in find_installed(replaced, path).items() if each}
    return tuple(
        each._replace(replaces=old.version, replaced_in=old.path)
        if each.name in replaced and (old := installed.get(canonical(each.name)))
        else each
        for each in found
    )


def applies(found: Iterable[Any]) -> bool:
    """Whether pip has anything to install: constraints and false markers do not count."""
    return any(not each.constraint and each.match_markers() for each in found)


def _text(requirement: Any) -> str:
    """A requirement from a file: as a specifier, or its URL."""
    if requirement.req is not None:
        text = str(requirement.req)
        if requirement.markers is not None and ";" not in text:
            text += f"; {requirement.markers}"
        return text
    return str(requirement.link.url) if requirement.link is not None else str(requirement)
