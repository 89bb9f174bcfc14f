"""The quarantines of one user base: make one, bring one back, list them, and finish what was stopped."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Iterator

from pip_userctl.quarantine import journal, moves
from pip_userctl.quarantine.belongings import Belongings, Refused, Site
from pip_userctl.quarantine.journal import MOVING, QUARANTINED, File, Manifest

_FILES = "files"


@contextlib.contextmanager
def alone(site: Site) -> Iterator[None]:
    """Keep other runs out while this one moves files."""
    try:
        import fcntl
    except ImportError:  # Windows: a file that is in use cannot be moved there anyway
        yield
        return
    if not os.path.isdir(site.base):  # then there is nothing to move either
        yield
        return
    handle = os.open(site.base, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Refused("another quarantine or restore is at work", site.base, "try again when it is done") from None
    finally:
        os.close(handle)


def recover(site: Site) -> list[Manifest]:
    """Bring back what a stopped run has left half-way; what was brought back."""
    found = [moves.finish(folder) for folder in list(journal.folders(site.base))]
    if os.path.isdir(journal.root(site.base)):
        moves.remove_empty(journal.root(site.base))
    return [each for each in found if each]


def put(belongings: Belongings, site: Site) -> Manifest:
    """Move everything out of the user site, or nothing."""
    folder = _new_folder(site)
    manifest = Manifest(
        id=os.path.basename(folder),
        state=MOVING,
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        user_base=site.base,
        user_site=site.packages,
        distributions=tuple((each.name, each.version) for each in belongings.copies),
        folders=moves.folders_of(belongings.files, site.base) or moves.folders_of(belongings.files, site.packages),
        files=tuple(File(path, _stored(path, site)) for path in belongings.files),
    )
    try:
        os.makedirs(folder, mode=0o700)
        journal.write(folder, manifest)
        moves.take_away(folder, manifest)
    except OSError as error:
        with contextlib.suppress(OSError):
            moves.finish(folder)
        raise _stopped(error, folder) from error
    return manifest._replace(state=QUARANTINED)


def take_back(id_: str, site: Site) -> Manifest:
    """Restore one quarantine. Refused where there is none, or where something else has taken a place."""
    folder = os.path.join(journal.root(site.base), id_)
    manifest = journal.read(folder) if id_ == os.path.basename(id_) else None
    if manifest is None:
        raise Refused(f"there is no quarantine {id_}", journal.root(site.base), "pip-userctl quarantine --list")
    taken = moves.conflicts(folder, manifest)
    if taken:
        names = " ".join(name for name, _ in manifest.distributions)
        raise Refused(
            f"{id_} cannot be restored",
            f"something else has taken the place of {len(taken)} of its files; the first: {taken[0]}",
            f"pip-userctl quarantine {names}, then restore again",
        )
    try:
        moves.bring_back(folder, manifest)
    except OSError as error:
        raise _stopped(error, folder) from error
    return manifest


def listed(site: Site) -> list[Manifest]:
    """Every quarantine, oldest first."""
    return [found for folder in journal.folders(site.base) for found in [journal.read(folder)] if found]


def _new_folder(site: Site) -> str:
    place = os.path.join(journal.root(site.base), time.strftime("%Y%m%d-%H%M%S", time.gmtime()))
    number, folder = 2, place
    while os.path.exists(folder):
        folder, number = f"{place}-{number}", number + 1
    return folder


def _stored(path: str, site: Site) -> str:
    """Where a file is kept: at its place below the user base, or below the user site where that is elsewhere."""
    within = path.startswith(os.path.join(site.base, ""))
    below = os.path.relpath(path, site.base) if within else os.path.join("site", os.path.relpath(path, site.packages))
    return os.path.join(_FILES, below)


def _stopped(error: OSError, folder: str) -> Refused:
    what = "stopped half-way; nothing is lost" if os.path.exists(folder) else "stopped; everything is where it was"
    again = "make room or get the right to write there, then run it again: it brings everything back first"
    return Refused(f"the move was {what}", str(error), again)
