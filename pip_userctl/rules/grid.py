"""Where x how: the one cell that applies to a wish for a user install, the two rows before the grid, and what hides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pip_userctl import wording
from pip_userctl.decision import cell
from pip_userctl.frozen import Frozen
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict

Hint = Callable[[Request, Environment], str]


def _same_environment(request: Request, environment: Environment) -> str:
    return wording.install_again(request, environment)


def _same_environment_no_user(request: Request, environment: Environment) -> str:
    return wording.install_again(request, environment, "--no-user")


class Words(Frozen):
    """What stands behind a situation's name: a noun phrase, why it hurts here, and the hint."""

    what: str
    why: str
    hint: Hint


_HIDDEN = "the user site {user_site} is not on sys.path: {user_site_reason}"
_NEW = wording.install_in_new_environment
_UNSEEN = "{prefix} is an isolated virtual environment, which never sees the user site {user_site}"
_SHARED = (
    "it goes to {user_site}, outside the environment {prefix}, where other environments and the base interpreter"
    " import it too"
)
_CONDA = "it goes to {user_site}, outside the conda environment {prefix}, and hides what conda installs in all others"
_BASE = "it goes to {user_site}, which every environment of this Python that sees the user site imports first"

_WORDS: Mapping[str, Words] = {
    "isolated-typed": Words("--user in an isolated virtual environment", _UNSEEN, _same_environment),
    "isolated-configured": Words(
        "a configured user install in an isolated virtual environment", _UNSEEN, _same_environment_no_user
    ),
    "system-site-typed": Words("--user in a --system-site-packages environment", _SHARED, _same_environment),
    "system-site-configured": Words(
        "a configured user install in a --system-site-packages environment", _SHARED, _same_environment_no_user
    ),
    "system-site-fallback": Words("pip's fallback to a user install in a virtual environment", _SHARED, _NEW),
    "conda-typed": Words("--user in a conda environment", _CONDA, _same_environment),
    "conda-configured": Words("a configured user install in a conda environment", _CONDA, _same_environment_no_user),
    "conda-fallback": Words("pip's fallback to a user install in a conda environment", _CONDA, _NEW),
    "base-typed": Words("--user", _BASE, _NEW),
    "base-configured": Words("a configured user install", _BASE, _NEW),
    "base-fallback": Words("pip's fallback to a user install", _BASE, _NEW),
    "location-configured": Words(
        "a configured user install together with {location}",
        "pip cannot combine the two, and {location} was asked for",
        _same_environment_no_user,
    ),
    "hidden-user-site-configured": Words(
        "a configured user install that this interpreter could not import",
        _HIDDEN,
        _same_environment_no_user,
    ),
    "hidden-user-site": Words("--user where this interpreter could not import the result", _HIDDEN, _NEW),
}


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """The grid's verdict on the wish as it stands, and on what a typed one installs where nothing here sees it."""
    name = cell(request, environment)
    if name is not None:
        yield judge(name, request, environment, policy)
    # A configured wish has a row of its own for this.
    if request.origin.kind == "typed" and environment.kind != "isolated" and not environment.user_site_enabled:
        yield judge("hidden-user-site", request, environment, policy)


def judge(name: str, request: Request, environment: Environment, policy: Policy) -> Verdict:
    """What the policy says about one situation."""
    words = _WORDS[name]
    facts = {**environment._asdict(), "location": "--target" if request.target else "--prefix"}
    why = words.why.format_map(facts)
    if request.origin.kind == "fallback":
        reason = f"{wording.fallback(request.blocked, environment.account)}; {why}"
    else:
        reason = f"{wording.wish(request.origin)} asks for a user install; {why}"
    what = words.what.format_map(facts)
    return verdict(policy, name, what=what, reason=reason, hint=words.hint(request, environment))
