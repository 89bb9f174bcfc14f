"""The moves themselves. Each file is renamed, which keeps everything about it and cannot be done by half.

One direction only is ever resumed: whatever stops a quarantine or a restore, ``bring_back`` takes it to the end, so every
file is in its own place again. All steps can be repeated.
"""

from __future__ import annotations

import contextlib
import errno
import filecmp
import os
import shutil
import stat
from typing import Iterable, Sequence

from pip_userctl.quarantine.journal import CHANGED, NAME, QUARANTINED, RESTORING, File, Folder, Manifest, read, write

_PART = ".pip-userctl-part"


def folders_of(paths: Iterable[str], top: str) -> tuple[Folder, ...]:
    """The directories above these paths and below the top, outermost first, as they are now."""
    found: dict[str, Folder] = {}
    for path in paths:
        place = os.path.dirname(path)
        while place not in found and place.startswith(os.path.join(top, "")):
            status = os.stat(place)
            found[place] = Folder(place, stat.S_IMODE(status.st_mode), status.st_mtime_ns)
            place = os.path.dirname(place)
    return tuple(sorted(found.values()))


def take_away(folder: str, manifest: Manifest) -> None:
    """Move every file into the folder, then remove the directories that are empty now. OSError stops it half-way."""
    for each in manifest.files:
        stored = os.path.join(folder, each.stored)
        os.makedirs(os.path.dirname(stored), mode=0o700, exist_ok=True)
        _move(each.path, stored)
    removed = set()
    for place in reversed(manifest.folders):
        if _is_removable(place.path, manifest) and _rmdir(place.path):
            removed.add(place.path)
    after = [(each.path, os.stat(each.path).st_mtime_ns) for each in manifest.folders if each.path not in removed]
    write(folder, manifest._replace(state=QUARANTINED, after=tuple(after)))


def conflicts(folder: str, manifest: Manifest) -> list[str]:
    """The places that something else has taken meanwhile."""
    return [
        each.path
        for each in manifest.files
        if os.path.lexists(each.path)
        and os.path.lexists(os.path.join(folder, each.stored))
        and not _same(each.path, os.path.join(folder, each.stored))
    ]


def bring_back(folder: str, manifest: Manifest) -> None:
    """Move everything to where it belongs, and remove the folder. OSError stops it; another call goes on from there."""
    if manifest.state == QUARANTINED:
        manifest = manifest._replace(
            state=RESTORING, folders=tuple(_as_left(each, manifest) for each in manifest.folders)
        )
        write(folder, manifest)
    for place in manifest.folders:
        if not os.path.isdir(place.path):
            os.mkdir(place.path)
    for each in manifest.files:
        _return(folder, each)
    _reset(manifest.folders)
    _clear(folder)
    _reset(manifest.folders)  # the quarantine itself may have stood in one of them


def _as_left(folder: Folder, manifest: Manifest) -> Folder:
    """A directory that somebody has changed since keeps what it has then."""
    if not os.path.isdir(folder.path) or dict(manifest.after).get(folder.path) == os.stat(folder.path).st_mtime_ns:
        return folder
    return folder._replace(time=CHANGED)


def _return(folder: str, file: File) -> None:
    stored = os.path.join(folder, file.stored)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file.path + _PART)
    if not os.path.lexists(stored):
        return  # it has never been moved, or is back already
    if os.path.lexists(file.path):
        if not _same(file.path, stored):
            raise FileExistsError(errno.EEXIST, "something else has taken its place", file.path)
        os.unlink(stored)  # it was copied, and the run stopped before the other copy could go
    else:
        _move(stored, file.path)


def _move(source: str, target: str) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target + _PART
        shutil.copy2(source, part, follow_symlinks=False)
        status = os.lstat(source)
        if hasattr(os, "lchown") and os.lstat(part).st_uid != status.st_uid:
            os.lchown(part, status.st_uid, status.st_gid)
        os.rename(part, target)
        os.unlink(source)


def _same(one: str, other: str) -> bool:
    if os.path.islink(one) or os.path.islink(other):
        return os.path.islink(one) and os.path.islink(other) and os.readlink(one) == os.readlink(other)
    return os.path.isfile(one) and os.path.isfile(other) and filecmp.cmp(one, other, shallow=False)


def _is_removable(path: str, manifest: Manifest) -> bool:
    """A package's own directory; never the user site, ``bin`` and the like."""
    if path.startswith(os.path.join(manifest.user_site, "")):
        return True
    if manifest.user_site.startswith(os.path.join(path, "")) or path == manifest.user_site:
        return False
    return os.sep in os.path.relpath(path, manifest.user_base)


def _rmdir(path: str) -> bool:
    try:
        os.rmdir(path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def _reset(folders: Sequence[Folder]) -> None:
    """Give the directories their modes and times again."""
    for each in reversed(folders):
        if each.time == CHANGED:
            continue
        status = os.stat(each.path)
        if stat.S_IMODE(status.st_mode) != each.mode:
            os.chmod(each.path, each.mode)
        if status.st_mtime_ns != each.time:
            os.utime(each.path, ns=(status.st_atime_ns, each.time))


def _clear(folder: str) -> None:
    """Remove the folder, the manifest last; and the directories above it that nobody needs any more."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            if name.endswith(_PART) or (place == folder and name == f"{NAME}.new"):
                os.unlink(os.path.join(place, name))
        if place != folder:
            _rmdir(place)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, NAME))
    remove_empty(folder)


def remove_empty(folder: str) -> None:
    """Remove a quarantine's folder and those above it up to ``share``, as far as nothing is in them."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            if not _rmdir(folder):
                return
        if os.path.basename(folder) == "share":
            return
        folder = os.path.dirname(folder)


def finish(folder: str) -> Manifest | None:
    """Take a run that was stopped here to its end; the manifest where there was one to finish."""
    manifest = read(folder)
    if manifest is None:
        _clear(folder)
        return None
    if manifest.state == QUARANTINED:
        return None
    bring_back(folder, manifest)
    return manifest
