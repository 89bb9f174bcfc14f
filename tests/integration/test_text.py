"""Text that people typed reaches the screen as they typed it, secrets aside; pip's block would read it as markup."""

from __future__ import annotations

import shlex
from typing import Callable

import pytest

from pip_userctl.testing import make_wheel
from tests.toolkit import cache
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW, assert_judged

Make = Callable[..., Environment]
every_pip = pytest.mark.parametrize("pip", cache.PIPS)
MESSAGE = "[bold]Ask[/bold] the [/x] lab :smile: about demo[socks]: [not closed"
LINK = "https://lab.example/[/docs]?about=:name:"
FOLDER = "[x] :smile: [/x]"


def typed(environment: Environment) -> list[str]:
    """Requirements that look like markup; the path leads to a wheel."""
    folder = environment.account.cwd / FOLDER
    folder.mkdir(parents=True)
    path = make_wheel(folder, "depends")
    return ["demo[socks]", f"./{path.relative_to(environment.account.cwd)}"]


def with_markup(environment: Environment) -> dict[str, str]:
    """Variables that put what looks like markup into the user site's path and into the administrator's words."""
    base = environment.account.home / FOLDER
    return {
        **NO_ROOT_ROW,
        "PYTHONUSERBASE": str(base),
        "PIP_USERCTL_MESSAGE": MESSAGE,
        "PIP_USERCTL_HELP_URL": LINK,
    }


@every_pip
def test_a_refusal_shows_text_as_it_was_typed(make: Make, pip: str) -> None:
    environment = make("isolated", pip=pip)
    requirements = typed(environment)
    result = environment.pip("install", "--user", *requirements, **with_markup(environment))
    assert_judged(result, "isolated-typed", "refuse")
    assert f"hint: {environment.python} -m pip install {shlex.join(requirements)}\n" in result.output, result
    assert f"{environment.account.home}/{FOLDER}/lib/" in result.output, result
    assert f"note: {MESSAGE}, {LINK}\n" in result.output, result


@every_pip
def test_a_warning_shows_text_as_it_was_typed(make: Make, pip: str) -> None:
    environment = make("system-site", pip=pip)
    requirements = typed(environment)
    result = environment.pip("install", "--user", *requirements, **with_markup(environment))
    assert_judged(result, "system-site-typed", "warn")
    assert f"Instead: {environment.python} -m pip install {shlex.join(requirements)}\n" in result.output, result
    assert f"{environment.account.home}/{FOLDER}/lib/" in result.output, result
    assert f"note: {MESSAGE}, {LINK}\n" in result.output, result


def test_a_report_of_mistakes_shows_text_as_it_was_typed(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    mistakes = {"PIP_USERCTL_BASE_TYPED": "[/x]:smile:[bold]", "PIP_USERCTL_ON_ERROR": "refuse"}
    result = environment.pip("install", "demo[socks]", **mistakes)
    assert_judged(result, "policy", "refuse")
    assert "base-typed = [/x]:smile:[bold] is not valid" in result.output, result


def test_what_was_not_ascii_stays_so(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    folder = environment.account.cwd / "Zürich ☃"
    folder.mkdir()
    make_wheel(folder, "demo")
    environment.account.user_config.write_text(
        "[userctl]\nmessage = Fragt im Büro ÷ Ω 日本\nroot-user = allow\n", encoding="utf-8"
    )
    requirement = "./Zürich ☃/demo-1.0-py3-none-any.whl"
    result = environment.pip("install", "--user", requirement)
    assert_judged(result, "isolated-typed", "refuse")
    assert requirement in result.output, result
    assert "note: Fragt im Büro ÷ Ω 日本\n" in result.output, result


def test_a_screen_without_unicode_still_shows_the_refusal(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.pip("install", "--user", "demo", PYTHONIOENCODING="ascii", **NO_ROOT_ROW)
    assert_judged(result, "isolated-typed", "refuse")
    assert "--user in an isolated virtual environment" in result.output, result
    assert f"hint: {environment.python} -m pip install demo\n" in result.output, result
    assert "Traceback" not in result.output, result


HOST = "127.0.0.1:9"
SECRETS = {
    "requirements": [
        f"demo @ https://user:hunter2@{HOST}/demo-1.0-py3-none-any.whl",
        f"https://user:hunter2@{HOST}/demo-1.0-py3-none-any.whl",
        f"https://hunter2@{HOST}/demo-1.0-py3-none-any.whl",
        f"https://:hunter2@{HOST}/demo-1.0-py3-none-any.whl",
        f"https://user:at@hunter2@{HOST}/demo-1.0-py3-none-any.whl",
        f"git+https://user:hunter2@{HOST}/demo.git",
    ],
    "editable": [
        *("-e", f"git+ssh://user:hunter2@{HOST}/demo.git#egg=demo"),
        f"--editable=git+https://hunter2@{HOST}/demo.git#egg=demo",
    ],
    "options": [
        *("--index-url", f"https://user:hunter2@{HOST}/simple"),
        f"--index-url=https://user:hunter2@{HOST}/simple",
        f"-ihttps://user:hunter2@{HOST}/simple",
        *("--extra-index-url", f"https://hunter2@{HOST}/simple"),
        *("--find-links", f"https://user:hunter2@{HOST}/links"),
        *("--proxy", f"http://user:hunter2@{HOST}"),
        "demo",
    ],
}


@pytest.mark.parametrize("arguments", SECRETS.values(), ids=SECRETS)
def test_secrets_in_urls_are_never_on_the_screen(make: Make, each_pip: str, arguments: list[str]) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.pip("install", "--user", *arguments, **NO_ROOT_ROW)
    assert_judged(result, "isolated-typed", "refuse")
    assert "hunter2" not in result.output, result
    assert result.output.count(f"****@{HOST}") == sum(HOST in each for each in arguments), result


def test_secrets_in_requirement_files_are_never_on_the_screen(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    (environment.account.cwd / "wanted.txt").write_text(
        f"--index-url https://user:hunter2@{HOST}/simple\ndemo @ https://user:hunter2@{HOST}/demo-1.0-py3-none-any.whl\n"
    )
    result = environment.pip("install", "--user", "-r", "wanted.txt", **NO_ROOT_ROW)
    assert_judged(result, "isolated-typed", "refuse")
    assert "hunter2" not in result.output, result


def test_secrets_are_not_in_a_warning_either(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    index = ["--index-url", f"https://user:hunter2@{HOST}/simple"]
    result = environment.pip("install", "--user", *index, "demo", **NO_ROOT_ROW)
    assert_judged(result, "system-site-typed", "warn")
    assert "hunter2" not in result.output, result
    assert f"https://user:****@{HOST}/simple" in result.output, result
