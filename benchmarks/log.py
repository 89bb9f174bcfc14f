"""Time and peak memory of ``pip-userctl log`` on a log of so many decisions: ``python -m benchmarks.log 1000000``."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pip_userctl import records, testing
from pip_userctl.models import Source, Verdict

POLICY = "[userctl]\nprofile = strict\nprotect-packages = numpy<2, torch\nallow-packages = "
POLICY += ", ".join(f"package-{number}" for number in range(20))


def lines(decisions: int) -> Iterator[str]:
    """Decisions of 400 machines with five accounts each, every one with its outcome, a few of them in flight at a time."""
    chance = random.Random(0)
    verdict = Verdict(
        "base-fallback", "log", "/usr/lib/python3 is not writable", plugin="pip_userctl", source=Source("profile")
    )
    decided = records.decision_record(testing.decision(verdict, request=testing.request("demo", origin="fallback")))
    finished = records.outcome_record(testing.outcome("installed"))
    rules, waiting = decided["rules"], []
    for number in range(decisions):
        names = [
            f"package-{min(chance.randrange(5000), chance.randrange(5000))}" for _ in range(chance.randrange(1, 6))
        ]
        pins = [f"{name}=={chance.randrange(3)}.{chance.randrange(3)}" for name in names]
        decided.update(id=f"{number:032x}", host=f"node{chance.randrange(400)}", rules=rules if number % 2 else [])
        decided["account"]["name"] = f"account{chance.randrange(2000)}"
        decided["request"].update(requirements=pins, arguments=["install", *pins])
        finished.update(id=decided["id"], distributions=[{"name": name, "version": "1.0"} for name in names])
        yield records.dumps(decided)
        waiting.append(records.dumps(finished))
        if len(waiting) > 50:
            yield waiting.pop(chance.randrange(50))
    yield from waiting


def main(decisions: int) -> None:
    """Make the log, read it twice, and print what that took."""
    with tempfile.TemporaryDirectory() as folder:
        log, policy = Path(folder, "pip.jsonl"), Path(folder, "pip.conf")
        policy.write_text(POLICY)
        with log.open("w") as file:
            file.writelines(f"{line}\n" for line in lines(decisions))
        for options in ([], ["--policy", str(policy)]):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "pip_userctl", "log", "--json", *options, str(log)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds, data = (
                after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                json.loads(done.stdout)["data"],
            )
            size = os.path.getsize(log) >> 20
            print(
                f"{data['installs']} installs, {size} MiB: {seconds:.1f} s, at most {after.ru_maxrss >> 10} MiB",
                *options[:1],
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
