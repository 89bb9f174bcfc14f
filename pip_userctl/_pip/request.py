"""From pip's own options and requirements to a Request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from optparse import Values
from types import ModuleType
from typing import Any

from pip._internal.exceptions import PipError
from pip._internal.locations import get_scheme
from pip._internal.req.constructors import install_req_from_line

from pip_userctl import environment
from pip_userctl._pip.settings import configured_wish
from pip_userctl.distributions import canonical, copies_of, directories
from pip_userctl.models import Asked, Destination, Distribution, Environment, Origin, Request
from pip_userctl.policy import ConfigFile
from pip_userctl.wording import redact

_TYPED = ("--user", "--no-user")
_PYLOCK = r"(^|[/\\])pylock(\.[^./\\]+)?\.toml(\[.*\])?$"
_SOURCES = ("requirements", "editables", "dependency_groups", "requirements_from_scripts")


def has_something_to_install(options: Values, args: Sequence[str]) -> bool:
    """Whether anything was asked for at all; pip refuses an empty request by itself."""
    return bool(args) or any(getattr(options, name, None) for name in _SOURCES)


def from_options(
    options: Values, arguments: Sequence[str], files: Iterable[ConfigFile], args: Sequence[str]
) -> Request:
    """What the options say. arguments: the command line behind ``install``; args: the positional ones in it."""
    origin = _origin(options, arguments, files)
    return Request(
        origin=origin,
        arguments=("install", *map(redact, arguments)),
        requirements=tuple(redact(each) for each in args if each.strip()),
        editable=tuple(map(redact, getattr(options, "editables", None) or ())),
        scheme=_scheme(options, user=origin.kind in ("typed", "configured")),
        prefix=options.prefix_path or None,
        target=options.target_dir or None,
        root=options.root_path or None,
        dry_run=bool(getattr(options, "dry_run", False)),
        report=bool(getattr(options, "json_report_file", None)),
        no_user=options.use_user_site is not None and not options.use_user_site,
        break_system_packages=bool(getattr(options, "override_externally_managed", False)),
    )


def _origin(options: Values, arguments: Sequence[str], files: Iterable[ConfigFile]) -> Origin:
    """Who asked. pip stores True and False for what was typed, 1 and 0 for what was configured, None for neither."""
    wish = options.use_user_site
    if wish is None:
        return Origin("none")
    typed = isinstance(wish, bool) and (not arguments or any(option in arguments for option in _TYPED))
    if typed:
        return Origin("typed", "--user") if wish else Origin("none", "--no-user")
    configured = configured_wish(files, isolated=bool(options.isolated_mode))
    if configured is not None and (configured.kind == "configured") == bool(wish):
        return configured
    return Origin("configured" if wish else "none")


def _scheme(options: Values, *, user: bool) -> str:
    if user:
        return "user"
    if options.target_dir:
        return "target"
    return "prefix" if options.prefix_path else "site"


def with_scheme(request: Request, options: Values, module: ModuleType, facts: Environment, *, user: bool) -> Request:
    """The request once pip has chosen: the scheme, the destination, and a fallback with its cause."""
    request = request._replace(scheme=_scheme(options, user=user))
    if user and request.origin.kind == "none":
        directories = module.get_lib_location_guesses(root=options.root_path, isolated=options.isolated_mode)
        request = request._replace(origin=Origin("fallback"), blocked=environment.blocked(tuple(directories)))
    return request._replace(destination=_destination(request, options, facts))


def _destination(request: Request, options: Values, facts: Environment) -> Destination:
    if request.scheme == "target":
        target = os.path.abspath(options.target_dir)
        return Destination("target", target, target, os.path.join(target, "bin"), target)
    root = options.root_path or None
    if request.scheme == "user":
        paths = _user_paths(facts, root)
    else:
        scheme = get_scheme("", root=root, isolated=options.isolated_mode, prefix=options.prefix_path)
        paths = (scheme.purelib, scheme.platlib, scheme.scripts, scheme.data)
    purelib, platlib, scripts, data = map(os.path.abspath, paths)
    return Destination(request.scheme, purelib, platlib, scripts, data, root)


def _user_paths(facts: Environment, root: str | None) -> tuple[str, ...]:
    """The user scheme. pip's ``get_scheme`` would make its directories where it goes through distutils."""
    above, folder = (os.path.dirname(facts.user_site), "Scripts") if facts.windows else (facts.user_base, "bin")
    paths = (facts.user_site, facts.user_site, os.path.join(above, folder), facts.user_base)
    if root is None:
        return paths
    return tuple(os.path.join(root, os.path.splitdrive(path)[1].lstrip(os.sep)) for path in paths)


def with_requirements(request: Request, found: Iterable[Any], args: Sequence[str], options: Values) -> Request:
    """The request with what pip has read from files, groups and scripts, behind what was typed."""
    wanted = [each for each in found if not each.constraint]
    plain = [each for each in wanted if not each.editable]
    typed = [each for each in args if each.strip()]
    editables = list(options.editables)
    from_files = [each for each in wanted if each.editable][len(editables) :]
    return request._replace(
        requirements=tuple(map(redact, typed + [_text(each) for each in plain[len(typed) :]])),
        constraints=tuple(redact(_text(each)) for each in found if each.constraint),
        editable=tuple(map(redact, editables + [_text(each) for each in from_files])),
        asked=tuple(_asked(each, options) for each in wanted if each.match_markers()),
    )


def with_arguments(request: Request, args: Sequence[str], options: Values) -> Request:
    """The request with what the arguments alone tell of the names; what stands in files counts as having none."""
    asked: list[Asked | None] = []
    for each in args:
        try:
            asked.append(_asked(install_req_from_line(each), options))
        except PipError:  # pip will say so itself
            asked.append(None)
    sources = (getattr(options, name, None) for name in _SOURCES)
    return request._replace(asked=(*asked, *(None for _ in filter(None, sources))))


def _asked(requirement: Any, options: Values) -> Asked | None:
    """What was asked for, where its name is known before anything is fetched."""
    comes_from = str(requirement.comes_from or "")
    from_lock = ".toml" in comes_from and bool(re.search(_PYLOCK, comes_from))
    if getattr(options, "only_dependencies", False):
        return None
    link = requirement.link
    parts = link.filename.split("-") if link is not None and link.is_wheel else []
    if len(parts) > 1:
        is_local = link.scheme == "file" and not _has_url(requirement) and not from_lock
        return Asked(canonical(parts[0]), parts[1], not is_local)
    if requirement.req is None:
        return None
    direct = link is not None or bool(requirement.editable) or from_lock
    pins = [each for each in requirement.req.specifier if each.operator in ("==", "===") and "*" not in each.version]
    return Asked(canonical(requirement.req.name), pins[0].version if pins else None, direct)


def _has_url(requirement: Any) -> bool:
    """Whether it was written as ``name @ URL``."""
    return bool(getattr(requirement.req, "url", None))


def distributions(resolved: Any, request: Request, facts: Environment) -> tuple[Distribution, ...]:
    """What pip is about to install, from its requirement set."""
    location = request.destination.purelib if request.destination else ""
    found = []
    for each in resolved.requirements.values():
        if each.constraint or (each.satisfied_by is not None and not each.should_reinstall):
            continue
        name, version = _identity(each)
        found.append(Distribution(name, version, bool(each.user_supplied), location))
    replaced = [each.name for each in found if _requirement(resolved, each.name).should_reinstall]
    if not replaced:
        return tuple(found)
    # As pip: a user install takes away the copy in the user site, any other the one that is seen first.
    path = [facts.user_site] if request.scheme == "user" else list(directories(facts.search_path).values())
    copies = {name: found_there[0] for name, found_there in copies_of(replaced, path).items() if found_there}
    return tuple(
        each._replace(replaces=copy.version, replaced_in=copy.path)
        if (copy := copies.get(canonical(each.name))) and each.name in replaced
        else each
        for each in found
    )


def _requirement(resolved: Any, name: str) -> Any:
    wanted = canonical(name)
    return next(each for key, each in resolved.requirements.items() if canonical(key) == wanted)


def _identity(requirement: Any) -> tuple[str, str]:
    """Name and version; from the file name of a wheel, which costs nothing and is all that pip 20.3 knows by now."""
    if requirement.link is not None and requirement.link.is_wheel:
        name, version = requirement.link.filename.split("-")[:2]
        return requirement.name or name, version
    found = requirement.get_dist()
    return requirement.name or str(found.project_name), str(found.version)


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


def is_nested(request: Request, facts: Environment) -> bool:
    """Whether pip started this install itself, to prepare a build."""
    if not environment.has_build_tracker() or request.prefix is None or "--no-user" not in request.arguments:
        return False
    prefix = os.path.realpath(request.prefix)
    base = os.path.realpath(facts.user_base)
    return prefix != base and not prefix.startswith(os.path.join(base, ""))


def is_ensurepip(request: Request, options: Values) -> bool:
    """Whether this is ``ensurepip``: pip runs from a wheel in the only directory that it may look for wheels in."""
    if request.origin.kind == "typed" or not options.no_index:
        return False
    return any(environment.pip_runs_from(directory) for directory in options.find_links)
