"""``on-error``: what is said, and what is stopped, when pip-userctl, a plugin or the policy itself is at fault."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pip_userctl.errors import Problem, Report
from pip_userctl.models import Failure, Request

#: What may still be installed under ``on-error = refuse``, so that the fault can be mended.
REPAIR = frozenset({"pip", "pluggy", "packaging", "pip-userctl"})
_CHECK = "pip-userctl check"


def is_repair(request: Request) -> bool:
    """Whether nothing but pip, pluggy, packaging and pip-userctl was asked for."""
    return not request.editable and bool(request.requirements) and all(map(_repairs, request.requirements))


def _repairs(requirement: str) -> bool:
    head = re.split(r"[;@]", requirement, maxsplit=1)[0].strip()  # without the marker or the URL behind a name
    is_file = head.endswith(".whl") or any(separator in head for separator in "/\\")
    name = _wheel_name(requirement) if is_file else re.match(r"[A-Za-z0-9._-]+", head)
    return name is not None and re.sub(r"[-_.]+", "-", name[0]).lower() in REPAIR


def _wheel_name(place: str) -> re.Match[str] | None:
    """The distribution's name where the place is the path or URL of a wheel."""
    file = re.split(r"[\\/]", re.split(r"[?#]", place)[0])[-1]
    return re.match(r"[^-]+(?=-[^-]+-.*\.whl$)", file)


def policy_warning(problems: Sequence[Problem], check: str = _CHECK) -> str:
    """The one line about mistakes in the policy: how many, the first, and where to see all."""
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    first = "" if len(problems) == 1 else "the first: "
    return f"userctl-policy: {count} in the policy; {first}{problems[0]}. For all of it: {check}"


def policy_report(problems: Sequence[Problem], check: str = _CHECK) -> Report:
    """The refusal for mistakes in the policy: all of them."""
    return Report(
        "userctl-policy",
        "Refused: pip install, because the policy has mistakes and on-error = refuse",
        "\n".join(map(str, problems)),
        hint=f"mend the lines above; {check} shows what is left. "
        f"Installing nothing but {', '.join(sorted(REPAIR))} still works",
    )


def loosening_warning(loosening: Sequence[str]) -> str:
    """The one line about what a locked policy did not hear."""
    return f"userctl-locked: the policy is locked by the administrator; not heard: {', '.join(loosening)}"


def failure_warning(failures: Sequence[Failure]) -> str:
    """The one line about what failed; what pip itself decided stands."""
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"userctl-failure: {_sentence(failures[0])}{more}; pip's own decision stands"


def failure_report(failures: Sequence[Failure]) -> Report:
    """The refusal for what failed: all of it."""
    return Report(
        "userctl-failure",
        "Refused: pip install, because pip-userctl failed and on-error = refuse",
        "\n".join(map(_sentence, failures)),
        hint=f"Installing nothing but {', '.join(sorted(REPAIR))} still works",
    )


def _sentence(failure: Failure) -> str:
    return f"the {failure.part} {failure.name} failed ({failure.error})"
