"""Errors as data: one object for the screen, the JSON output and the audit log."""

from __future__ import annotations

from pip_userctl.frozen import Frozen


class Report(Frozen):
    """What is shown of a refusal or of an error.

    reference: kebab-case, ``userctl-…``; what: one sentence; why: its reason, with file and line where there is one;
    note: what the administrator adds; hint: what to run instead.
    """

    reference: str
    what: str
    why: str = ""
    note: str = ""
    hint: str = ""


class Problem(Frozen):
    """One mistake in a policy.

    path: the file, or the variable; line: counted from 1, or None; text: the mistake in words, with the valid values.
    fatal: whether ``on-error = refuse`` stops pip for it.
    """

    path: str
    line: int | None
    text: str
    fatal: bool = True

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.text}"


class UserctlError(Exception):
    """An error of pip-userctl itself that has something to tell: its ``report``."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.what)
        self.report = report


class UnsupportedPip(UserctlError):
    """This pip's internals do not fit; nothing has been patched."""

    def __init__(self, version: str, misfits: tuple[str, ...]) -> None:
        super().__init__(
            Report(
                "userctl-unsupported-pip",
                f"pip {version} does not fit pip-userctl: the user-install policy is not enforced",
                f"this pip has no {', no '.join(misfits)}",
                hint="upgrade pip-userctl, or use a pip that it supports",
            )
        )
