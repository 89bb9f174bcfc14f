"""What belongs to a distribution in the user site: everything that importing or running it could touch.

By RECORD: modules, scripts, data outside the package, ``.pth`` files, the finders of editable installs. Besides: the whole
metadata folder, and bytecode of its modules, recorded or not. What another distribution records too, stays.
"""

from __future__ import annotations

import glob
import os
from typing import Iterable, NamedTuple, Sequence

from pip_userctl import distributions
from pip_userctl.distributions import Copy
from pip_userctl.errors import Report, UserctlError


class Site(NamedTuple):
    """The user site and the user base around it."""

    packages: str
    base: str


class Belongings(NamedTuple):
    """files: absolute, links not followed; shared: those that stay because another distribution has them, too."""

    copies: tuple[Copy, ...]
    files: tuple[str, ...]
    shared: tuple[str, ...]


class Refused(UserctlError):
    """Something cannot be moved whole, so nothing is."""

    def __init__(self, what: str, why: str, hint: str = "") -> None:
        super().__init__(Report("userctl-quarantine", what, why, hint=hint))


def gather(names: Iterable[str], site: Site) -> Belongings:
    """What belongs to these distributions. Refused where one is not there or cannot be moved whole."""
    installed = list(distributions.entries(site.packages))
    wanted = dict.fromkeys(map(distributions.canonical, names))
    chosen = [each for each in installed if distributions.canonical(each.name) in wanted]
    for name in wanted:
        if name not in {distributions.canonical(each.name) for each in chosen}:
            raise Refused(f"{name} is not in the user site", f"{site.packages} has no metadata of it")
    files: dict[str, None] = {}
    for copy in chosen:
        files.update(dict.fromkeys(_recorded(copy, site)))
    shared = _of_others([each for each in installed if each not in chosen]) & files.keys()
    kept = [path for path in files if path not in shared]
    everything = dict.fromkeys([*kept, *_bytecode(kept), *_metadata(chosen)])
    return Belongings(tuple(chosen), tuple(sorted(everything)), tuple(sorted(shared)))


def _recorded(copy: Copy, site: Site) -> list[str]:
    paths = distributions.recorded(copy)
    if paths is None:
        raise Refused(
            f"{copy.name} cannot be moved whole",
            f"{copy.metadata} has no RECORD, so nobody knows which files belong to it",
            f"pip uninstall {copy.name}",
        )
    found = [path for path in paths if os.path.lexists(path) and not _is_folder(path)]
    for path in found:
        if not _is_inside(path, site):
            raise Refused(
                f"{copy.name} cannot be moved whole", f"its RECORD names {path}, which lies outside the user base"
            )
    return found


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _is_inside(path: str, site: Site) -> bool:
    """As it is written, and with the links above it resolved."""
    above = os.path.realpath(os.path.dirname(path))
    real = any(_below(above, os.path.realpath(place), or_equal=True) for place in site)
    return real and any(_below(path, place) for place in site)


def _below(path: str, folder: str, *, or_equal: bool = False) -> bool:
    return path.startswith(os.path.join(folder, "")) or (or_equal and path == folder)


def _of_others(others: Sequence[Copy]) -> set[str]:
    return {path for copy in others for path in distributions.recorded(copy) or ()}


def _bytecode(files: Iterable[str]) -> list[str]:
    """What importing left beside these modules, by any interpreter and at any level of optimisation."""
    found: list[str] = []
    for path in files:
        stem, extension = os.path.splitext(path)
        if extension == ".py":
            folder, name = os.path.split(stem)
            found += glob.glob(os.path.join(glob.escape(folder), "__pycache__", f"{glob.escape(name)}.*.pyc"))
    return found


def _metadata(copies: Iterable[Copy]) -> list[str]:
    return [
        os.path.join(folder, name) for copy in copies for folder, _, names in os.walk(copy.metadata) for name in names
    ]
