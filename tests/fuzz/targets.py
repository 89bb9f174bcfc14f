"""What reads files that others write. Each target takes the bytes of one file, and must raise nothing but UserctlError."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import random
import re
import shutil
import site
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pip_userctl import config, environment as process, judge, messages, records, testing
from pip_userctl.cli import covering, distributions, log, output, policies, quarantine, restore
from pip_userctl.cli.doctor import shadowing
from pip_userctl.cli.doctor.findings import Machine
from pip_userctl.cli.replay import Candidate
from pip_userctl.config import ConfigFile, Configuration
from pip_userctl.messages import UserctlError
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy, resolve

#: Whether an environment is isolated is pip's decision; these are its own words.
_AS_PIP = re.compile(r"include-system-site-packages\s*=\s*(?P<value>true|false)")


class Target(NamedTuple):
    """One kind of file. run: reads it, in an empty folder; seeds: valid ones; words: what makes them odd."""

    run: Callable[[bytes, Path], None]
    seeds: Sequence[bytes]
    words: Sequence[bytes]


def show(data: dict[str, Any], text: Callable[[dict[str, Any]], Any]) -> None:
    """Print nothing, but make all that would be printed."""
    output.envelope("fuzz", output.Result(data))
    output.render(text(data)).encode("utf-8", "backslashreplace")


def decide(request: Request, environment: Environment, policy: Policy | None = None, resolved: Any = None) -> None:
    """Judge a request and make all that would be said and recorded of it."""
    decision = testing.evaluate(
        object(), request=request, environment=environment, policy=policy, distributions=resolved, name="none"
    )
    for verdict in decision.verdicts:
        messages.line(verdict, decision.policy, environment)
    messages.block(messages.refusal(decision.verdicts, decision.policy, environment, []), unicode=True)
    records.dumps(records.decision_record(decision))


def read_policy(data: bytes, folder: Path) -> None:
    """A pip.conf: as pip install, ``check`` and ``log --policy`` read it."""
    path = folder / "pip.conf"
    path.write_bytes(data)
    configuration = config.load({"global": [], "user": [str(path)], "site": []}, isolated=False)
    environment = testing.environment(agent="agent")
    policy = judge.load_session(environment, configuration, [], "id").policy
    [*map(str, policy.mistakes)]
    if policy.enabled:
        decide(testing.request(origin="typed"), environment, policy)
    read, _ = policies.read_to_the_end([policies.read_given(str(path), configuration)])
    for administrator in (True, False):
        files = tuple(each._replace(administrator=administrator) for each in read)
        policy = resolve(Configuration(files), agent="agent")
        for name in policy.keys:
            messages.describe_setting(Verdict(name, "", source=policy.source(name)), policy, environment)
            policies.value_text(policy.value(name))
        Candidate(Configuration(files), [], environment)


def read_pyvenv(data: bytes, folder: Path) -> None:
    """A pyvenv.cfg: of the environment that runs, of one that a hint may name, and of one that is to be covered."""
    environment = folder / ".venv"
    environment.mkdir()
    (environment / "pyvenv.cfg").write_bytes(data)
    before = sys.prefix
    sys.prefix = str(environment)
    try:
        kind = process.detect().kind
    finally:
        sys.prefix = before
    with suppress(UnicodeDecodeError):  # at which pip itself fails
        values = [found["value"] for found in map(_AS_PIP.match, data.decode().splitlines()) if found]
        assert kind == ("isolated" if "false" in values else "system-site"), kind
    with suppress(UserctlError):
        covering.virtual_environment(str(environment))
    here = os.getcwd()
    os.chdir(folder)
    try:
        # The hint may name .venv.
        decide(testing.request(origin="fallback"), testing.environment(), testing.policy(profile="strict"))
    finally:
        os.chdir(here)


@contextlib.contextmanager
def user_base(base: Path) -> Iterator[Path]:
    """Let this process have another user base; gives its user site."""
    before = site.USER_BASE, site.USER_SITE
    site.USER_BASE, site.USER_SITE = str(base), str(base / "site")
    try:
        yield base / "site"
    finally:
        site.USER_BASE, site.USER_SITE = before


def put(folder: Path, name: str, metadata: bytes, record: bytes) -> None:
    """A distribution."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_bytes(metadata)
    (info / "RECORD").write_bytes(record)
    (folder / f"{name}.py").touch()


def read_record(data: bytes, folder: Path) -> None:
    """A RECORD: of a distribution that is moved into quarantine, and of one beside it."""
    (folder / "outside").write_text("mine")
    with user_base(folder / "base") as user_site:
        for name, record in (("demo", data), ("other", b"other.py,,\n"), ("mine", data)):
            put(user_site, name, b"Name: demo\nVersion: 1.0\n", record)
        for each in distributions.iter_installed(str(user_site)):
            distributions.top_level_names(each)
        before = sorted(folder.rglob("*"))
        for name in ("demo", "other"):
            with suppress(UserctlError):
                moved = quarantine.run(argparse.Namespace(names=[name], shadowing=False, list=False))
                show(moved.data, quarantine.text)
                restore.run(argparse.Namespace(id=moved.data["quarantined"]["id"]))
        assert [path for path in before if not os.path.lexists(path)] == []


def read_metadata(data: bytes, folder: Path) -> None:
    """A METADATA: of distributions that hide each other, by name or by file name alone."""
    user, system = folder / "user", folder / "system"
    for each in (user, system):
        put(each, "demo", data, b"demo.py,,\n")
    (system / "plain.egg-info").write_bytes(data)
    (user / "plain.egg-info").write_bytes(data.replace(b"Version: ", b"Version: odd"))
    put(system, "needs", data, b"")
    facts = testing.environment(search_path=(str(user), str(system)), user_site=str(user))
    machine = Machine(facts, Configuration(), "pip-userctl")
    finders = (shadowing.find_hidden, shadowing.find_broken, shadowing.find_modules)
    found = [each._asdict() for find in finders for each in find(machine)]
    show({"findings": found}, lambda data: [output.Section(rows=[each.values()]) for each in data["findings"]])
    names = [each.name for each in distributions.iter_installed(str(user))]
    resolved = [testing.distribution(name, location=str(system)) for name in names]
    decide(testing.request(), facts, None, resolved)


_CANDIDATE = Candidate(
    Configuration(
        (
            ConfigFile(
                "global",
                "/etc/pip.conf",
                {"profile": "strict", "protect-packages": "demo<2", "allow-packages": "six, demo==1.0"},
            ),
        )
    ),
    [],
    testing.environment(),
)


def read_log(data: bytes, folder: Path) -> None:
    """An audit log: plain, compressed, as if it were compressed, and judged again by another policy."""
    (folder / "log").write_bytes(data)
    (folder / "log.1.gz").write_bytes(gzip.compress(data, 1))
    (folder / "log.2.gz").write_bytes(data)
    (folder / "log.3.gz").write_bytes(gzip.compress(data[:100], 1) + data[100:])
    for name in ("log", "log.1.gz", "log.2.gz", "log.3.gz"):
        with suppress(UserctlError):
            result = log.run(argparse.Namespace(files=[str(folder / name)], policy=None))
            show(result.data, log.text)
    summary = log.Summary(_CANDIDATE)
    for line in data.splitlines(keepends=True):
        summary.take(line)
    policy = {"file": "candidate", "mistakes": [], **summary.replay_data(_CANDIDATE)}
    show({"files": [], **summary.data(), "policy": policy}, log.text)


def _records() -> list[bytes]:
    """A decision and its outcome; then the same with another value for each part of the decision that has parts."""
    request = testing.request("six==1.0", "demo; python_version > '3'", "./demo-1.0-py3-none-any.whl")
    decision = testing.evaluate(object(), request=request, policy=testing.policy(base_site="refuse"), name="none")
    made = [records.decision_record(decision), records.outcome_record(testing.outcome(decision=decision))]
    made[0]["distributions"] = [{"name": "demo", "version": "1.0", "requested": True, "parent": None}]
    lines = [records.dumps(each).encode() + b"\n" for each in made]
    odd = [lines[0].replace(json.dumps(part, separators=(",", ":")).encode(), b"5", 1) for part in _parts(made[0])]
    return [b"".join(lines), *odd]


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _parts(each)
        yield value


def words(text: str, *more: bytes) -> list[bytes]:
    """Words with spaces between them, backslashes read as in bytes, and more of them."""
    return [each.encode().decode("unicode_escape").encode("latin-1") for each in text.split(" ")] + list(more)


_BRACKETS = b"demo; " + b"(" * 1_500
TARGETS = {
    "policy": Target(
        read_policy,
        [
            b"[userctl]\nlocked = yes\nbase-typed = refuse\nprotect-packages = numpy<2, six\nprofile = strict\n",
            b"[DEFAULT]\nagent-profile = strict\n[install]\nuser = true\n[userctl]\nmessage = one\n  two\nsyslog = local\n",
            b"[userctl]\nbase-typed = refuse\n[line 4]\n[userctl]\nbase-typed = warn\n",
        ],
        words(
            r"\naudit-log= \nlocked= \nallow-packages= \nallow-user-base= \n[userctl]\n \n[usrctl]\n \n[x]\n [DEFAULT] yes "
            r"= : \n\x20 \r \x00 \xff \xef\xbb\xbf \xc2\x85 %(x)s $HOME ~x *[ # ; demo<2.x demo===weird refusee udp://h:99999",
            _BRACKETS,
            b"9" * 5_000,
        ),
    ),
    "pyvenv": Target(
        read_pyvenv,
        [
            b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n",
            b"include-system-site-packages = true\nversion_info = 3.13.0.final.0\nuv = 0.4\n",
        ],
        words(r"include-system-site-packages = false true \n \r \x20 \t \x00 \xff \xc2\x85 \x1c version 3.99"),
    ),
    "record": Target(
        read_record,
        [b"demo.py,sha256=x,4\ndemo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/RECORD,,\n../bin/demo,,\n"],
        words(
            r'../ /etc/hostname ../../outside demo.py other.py , \n \r " \x00 \xff ~ . / * __pycache__/',
            b"share/pip-userctl/quarantine/",
            b"x" * 300,
            b"y" * 140_000,
        ),
    ),
    "metadata": Target(
        read_metadata,
        [b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: demo>=1; python_version > '3'\n\nText: x\n"],
        words(
            r"\nName: \nVersion: \nRequires-Dist: demo~=1; os_name~='x' python_version<'x' "
            r"extra=='x' 2 weird \x00 \xff \x1b[2J \r \n ../.. /",
            _BRACKETS,
            b"\nRequires-Dist: demo===weird",
            b"\nRequires-Dist: demo; os_name ~= 'x'",
        ),
    ),
    "log": Target(
        read_log,
        _records(),
        words(
            r'null true 0 -1 1e999 Infinity NaN [] {} "" "\\ud800" "\\u0000" "weird" "1.0" "demo" '
            r'"refuse" \xff \n \x00 \x1f\x8b\x08',
            b'"' + _BRACKETS + b'"',
            b'"demo; os_name ~= \\"x\\""',
            b"9" * 5_000,
            b"[" * 3_000,
            b'{"a":' * 3_000,
        ),
    ),
}
_PART = re.compile(rb'"[^"\n]*"|\w+|\s+|.', re.DOTALL)


def mutate(data: bytes, target: Target, dice: random.Random) -> bytes:
    """The bytes with some of their words taken out, said twice, or changed into odd ones."""
    parts = _PART.findall(data)
    for _ in range(dice.randint(1, 4)):
        odd = dice.choice((*target.words, dice.randbytes(dice.randint(1, 4))))
        words = [number for number, part in enumerate(parts) if part.strip(b" \n,:;=[]{}().")]
        if words and dice.random() < 0.6:
            parts[dice.choice(words)] = odd
        else:
            place = dice.randrange(len(parts) + 1)
            parts[place : place + dice.randint(0, 1)] = dice.choice(([odd], parts[: dice.randint(0, 40)], []))
    return b"".join(parts)


def run(target: Target, data: bytes, folder: Path) -> None:
    """Run a target in an empty folder."""
    try:
        folder.mkdir()
        target.run(data, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
