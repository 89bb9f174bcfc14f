"""A machine of its own for one command: an /etc that the test writes, and an ordinary account. Needs root and unshare.

Each command runs in a new mount namespace, so that nothing of the real machine is changed: /etc is a folder of links to the
real files, and each folder above what the test needs that an ordinary account could not pass, or could write to, is replaced
by an empty one with only that in it.
"""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from shutil import chown
from typing import Any

from pip_userctl.testing import PipEnvironment, PipResult
from tests.support import cache
from tests.support.answers import data

#: An account that exists nowhere: nothing belongs to it that a test has not given to it.
UID = 12345
#: The administrator files of Linux, weakest first.
ETC = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf")
#: A folder that every system has and that nothing here needs.
_STASH = "/mnt"
_REAL_ETC = f"{_STASH}/etc"


class Machine:
    """The machine around an environment. uid: who runs pip; its home and working directory belong to it."""

    def __init__(self, environment: PipEnvironment, uid: int = UID) -> None:
        self.environment, self.account, self.uid = environment, environment.account, uid
        self.before: tuple[str, ...] = ()  # what runs Python
        self._etc = self.account.folder / "etc"
        (self._etc / "xdg" / "pip").mkdir(parents=True)
        for each in Path("/etc").iterdir():
            if each.name not in ("xdg", "pip.conf"):
                (self._etc / each.name).symlink_to(f"{_REAL_ETC}/{each.name}")
        (self.account.home / "tmp").mkdir()
        self.account.folder.chmod(0o755)
        self.give(self.account.home, self.account.cwd)

    def path(self, path: str) -> Path:
        """Where the file is that the command will see under this path in /etc."""
        return self._etc / Path(path).relative_to("/etc")

    def write(self, path: str | Path, *lines: str) -> Path:
        """Write a ``[userctl]`` section into a file under /etc, or anywhere; it belongs to root, its mode is 0644."""
        place = self.path(path) if isinstance(path, str) else path
        place.write_text("".join(f"{line}\n" for line in ("[userctl]", *lines)))
        return place

    def lock(self, *lines: str, path: str = ETC[1]) -> Path:
        """Write the same with ``locked = yes`` in line 2."""
        return self.write(path, "locked = yes", *lines)

    def give(self, *paths: Path) -> None:
        """Make everything below these paths the account's own."""
        for top in paths:
            for each in (top, *top.rglob("*")):
                if not each.is_symlink():
                    chown(each, self.uid, self.uid)

    def run(self, *command: str, **variables: str) -> PipResult:
        """Run ``python -m <command>`` there, as the account. Its records are those of PIP_USERCTL_AUDIT_LOG, if set."""
        become = ["setpriv", "--reuid", str(self.uid), "--regid", str(self.uid), "--clear-groups"] if self.uid else []
        words = [*become, *self.before, str(self.environment.python), "-m", *command]
        script = self.account.folder / "machine.sh"
        script.write_text(self._script())
        temporary = {"TMPDIR": str(self.account.home / "tmp")}
        return self.account.run(["unshare", "--mount", "sh", str(script), *words], {**temporary, **variables})

    def pip(self, *arguments: str, **variables: str) -> PipResult:
        """Run ``python -m pip install`` with an audit log in the account's home."""
        log = str(self.account.home / "records.jsonl")
        return self.run("pip", "install", *arguments, **{"PIP_USERCTL_AUDIT_LOG": log, **variables})

    def userctl(self, *arguments: str, **variables: str) -> PipResult:
        """Run ``python -m pip_userctl``."""
        return self.run("pip_userctl", *arguments, **variables)

    def policy(self, **variables: str) -> Any:
        """The policy that ``status --all`` shows."""
        return data(self.userctl("status", "--all", "--json", **variables))["policy"]

    def _script(self) -> str:
        """Prepare the namespace, then become the command."""
        base = Path(self.environment.base).resolve().parents[1]
        needed = [self.account.folder, cache.folder().resolve(), base]
        covered = {each: above for each in needed for above in [_unfit_ancestor(each)] if above is not None}
        lines = [f"mount -t tmpfs -o mode=755 none {_STASH}", f"mkdir {_REAL_ETC}", f"mount --bind /etc {_REAL_ETC}"]
        for number, path in enumerate(covered):
            lines += [f"mkdir {_STASH}/{number}", f"mount --bind {quote(str(path))} {_STASH}/{number}"]
        lines += [f"mount -t tmpfs -o mode=755 none {quote(str(above))}" for above in dict.fromkeys(covered.values())]
        for number, path in enumerate(covered):
            lines += [f"mkdir -p {quote(str(path))}", f"mount --bind {_STASH}/{number} {quote(str(path))}"]
        return "\n".join(["set -e", *lines, f"mount --bind {quote(str(self._etc))} /etc", 'exec "$@"'])


def _unfit_ancestor(path: Path) -> Path | None:
    """The topmost folder above the path that not everybody may pass, or that others than its owner may write to."""
    for above in reversed(path.parents):
        mode = above.stat().st_mode
        if not mode & 0o001 or mode & 0o022:
            return above
    return None


def values(policy: Any, *keys: str) -> list[object]:
    """The values of some keys of a policy that ``status`` shows."""
    return [policy["values"][key]["value"] for key in keys]
