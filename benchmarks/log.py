"""Time and peak memory of ``pip-userctl log`` on a log of so many decisions: ``python -m benchmarks.log 1000000``."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pip_userctl import records, testing
from pip_userctl.models import Verdict

POLICY = "[userctl]\nprofile = strict\nprotect-packages = numpy<2, torch\nallow-packages = "
POLICY += ", ".join(f"package-{number}" for number in range(20))


def lines(decisions: int) -> Iterator[str]:
    """Decisions of 2,000 accounts on 400 machines, each with its outcome; 50 installs are running at any time."""
    chance = random.Random(0)
    verdict = Verdict("base-fallback", "log", "/usr/lib/python3 is not writable")
    decided = records.decision_record(testing.decision(verdict, request=testing.request("demo", origin="fallback")))
    finished = records.outcome_record(testing.outcome("installed"))
    rules, running = decided["rules"], []
    for number in range(decisions):
        names = [f"package-{chance.randrange(2000)}" for _ in range(chance.randrange(1, 6))]
        pins = [f"{name}=={chance.randrange(3)}.{chance.randrange(3)}" for name in names]
        decided.update(id=f"{number:032x}", host=f"node{chance.randrange(400)}", rules=rules if number % 2 else [])
        decided["account"]["name"] = f"account{chance.randrange(2000)}"
        decided["request"].update(requirements=pins, arguments=["install", *pins])
        finished.update(id=decided["id"], distributions=[{"name": name, "version": "1.0"} for name in names])
        yield records.dumps(decided)
        running.append(records.dumps(finished))
        if len(running) > 50:
            yield running.pop(chance.randrange(50))
    yield from running


def main(decisions: int) -> None:
    """Make the log, sum it up, replay it, and print what each took."""
    with tempfile.TemporaryDirectory() as folder:
        log, policy = Path(folder, "pip.jsonl"), Path(folder, "pip.conf")
        policy.write_text(POLICY)
        with log.open("w") as file:
            file.writelines(f"{line}\n" for line in lines(decisions))
        for options in ([], ["--policy", str(policy)]):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "pip_userctl", "log", "--json", *options, str(log)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            used, found = resource.getrusage(resource.RUSAGE_CHILDREN), json.loads(done.stdout)["data"]
            seconds, size = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, log.stat().st_size >> 20
            print(
                f"{found['installs']} installs, {size} MiB: {seconds:.1f} s, {used.ru_maxrss >> 10} MiB", *options[:1]
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
