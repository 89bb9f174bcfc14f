"""The examples in docs/commands.md are real output of one session, in their order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Callable

from tests.integration.test_log_verb import decision, outcome
from tests.toolkit.environments import Environment
from tests.toolkit.readme import examples
from tests.toolkit.usersites import put

PAGE = "docs/commands.md"
SITE_CONFIG = "[userctl]\nbase-fallback = refuse\nbase-tpyed = warn\nsystem-site-typed = never\n"
NEW_CONFIG = "[userctl]\nlocked = yes\nprofile = strict\nbase-typed = warn\nbase-configured = warn\n"


def scene(environment: Environment) -> Path:
    """What the page presupposes; gives the folder with the command."""
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    environment.site_config.write_text(SITE_CONFIG)
    cwd = environment.account.cwd
    (cwd / "new.conf").write_text(NEW_CONFIG)
    records = [
        decision("a", 1, "ada", "refuse", ("isolated-typed", "refuse")),
        outcome("a", 1, "refused"),
        decision("b", 2, "grace", "warn", ("system-site-fallback", "warn")),
        outcome("b", 2, "installed"),
        decision("c", 3, "ada", "allow"),
        outcome("c", 3, "installed"),
    ]
    (cwd / "audit.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records) + '{"torn')
    commands = environment.account.home / "commands"
    commands.mkdir()
    script = commands / "pip-userctl"
    script.write_text(f'#!/bin/sh\nexec {environment.python} -m pip_userctl "$@"\n')
    script.chmod(0o755)
    return commands


def session(environment: Environment) -> list[tuple[str, str, str]]:
    """(command, output as the page shows it, real output with the page's paths) of every example."""
    commands = scene(environment)
    account = environment.account
    ids: list[str] = []
    found: list[tuple[str, str, str]] = []
    for example in examples(PAGE):
        command = example.command.replace("20260131-120000", ids[-1] if ids else "")
        result = account.run(["sh", "-c", command], {"PATH": f"{commands}:/usr/bin:/bin"})
        output = result.stderr + result.stdout
        ids += re.findall(r"quarantined as (\S+)", output)
        output = re.sub(r"\d{8}-\d{6}", "20260131-120000", output)
        for real, shown in (
            (str(account.cwd), "/home/ada/project"),
            (str(account.home), "/home/ada"),
            (str(environment.site_packages), "/opt/python/lib/python3.11/site-packages"),  # Debian's has another name
            (str(environment.prefix), "/opt/python"),
            (environment.base.tag, "python3.11"),
        ):
            output = output.replace(real, shown)
        found.append((example.command, example.output, output))
    return found


def test_each_example_of_the_page_is_real_output(make: Callable[..., Environment]) -> None:
    for command, shown, real in session(make("base")):
        pattern = re.escape(shown).replace(re.escape("...\n"), "(?:.*\n)*")
        assert re.fullmatch(pattern, real), f"$ {command}\n{real}"
