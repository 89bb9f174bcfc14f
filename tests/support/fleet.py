"""Several hosts in one network namespace: Ansible reaches them as if by ssh, and their rsyslogds reach each other."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Callable

from pip_userctl.testing import PipResult
from tests.support.hosts import Host

#: Brings the loopback device up (SIOCSIFFLAGS: IFF_UP, IFF_RUNNING), then waits until standard input is closed.
_HOLD = """
import fcntl, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 0x41))
print("up", flush=True)
sys.stdin.read()
"""
#: What a distribution's own configuration has, as far as it matters here.
_RSYSLOG = """\
module(load="imuxsock" SysSock.Use="off")
global(workDirectory="/var/spool/rsyslog")
$IncludeConfig /etc/rsyslog.d/*.conf
*.* -/var/log/syslog
"""


class Network:
    """A network namespace with a loopback device. command: what runs another command in it."""

    def __init__(self) -> None:
        words = ["unshare", "--net", sys.executable, "-c", _HOLD]
        self._holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"up\n"
        self.command = ("nsenter", f"--net=/proc/{self._holder.pid}/ns/net")

    def close(self) -> None:
        """End it."""
        self._holder.communicate()


class Fleet:
    """Hosts by the first word of their names in the inventory."""

    def __init__(self, folder: Path, hosts: Sequence[Host]) -> None:
        self.hosts = {host.name: host for host in hosts}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._folder = folder
        cases = [f"{host.name}.*) exec env -i {_assignments(host)} {quote(str(host.enter))} sh -c" for host in hosts]
        lines = ["#!/bin/sh", "for word; do host=$command command=$word; done", "case $host in"]
        self._ssh = folder / "ssh"
        self._ssh.write_text("\n".join([*lines, *(f'{case} "$command";;' for case in cases), "esac\n"]))
        self._ssh.chmod(0o755)
        for host in hosts:
            host.write("/etc/hosts", "127.0.0.1 localhost logs.example.org\n")
            host.write("/etc/nsswitch.conf", "hosts: files\n")
            host.write("/etc/rsyslog.conf", _RSYSLOG)
            for each in ("/etc/rsyslog.d", "/var/spool/rsyslog"):
                host.path(each).mkdir(parents=True)

    def play(self, playbook: Path, *options: str) -> tuple[dict[str, dict[str, int]], str]:
        """Run a playbook; gives the numbers of its recap by host, and what it printed."""
        config = self._folder / "ansible.cfg"
        config.touch()
        variables = {
            "ANSIBLE_SSH_EXECUTABLE": str(self._ssh),
            "ANSIBLE_SSH_ARGS": "",
            "ANSIBLE_SSH_TRANSFER_METHOD": "piped",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_CONFIG": str(config),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "LC_ALL": "C.UTF-8",
        }
        inventory = str(playbook.with_name("hosts.ini"))
        given = [
            "-i",
            inventory,
            "-e",
            "ansible_python_interpreter=/opt/python/bin/python3",
            "-e",
            "restart_rsyslog='touch /srv/restarted'",
        ]
        words = [sys.executable, "-m", "ansible", "playbook", *given, *options, str(playbook)]
        done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=300)
        recap = re.findall(r"^(\w+)\.\S+ +: (.*)$", done.stdout, re.MULTILINE)
        numbers = {name: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)} for name, line in recap}
        return numbers, repr(PipResult(words, done))

    def start(self, name: str) -> None:
        """Start the rsyslogd of a host."""
        self._daemons[name] = self.hosts[name].start("rsyslogd -n -i /run/rsyslogd.pid")

    def stop(self, name: str) -> None:
        """Stop it."""
        daemon = self._daemons.pop(name)
        daemon.terminate()
        daemon.wait(30)

    def close(self) -> None:
        """Stop all."""
        for name in [*self._daemons]:
            self.stop(name)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until it is true, a minute at most."""
    for _ in range(1200):
        if condition():
            return
        select.select([], [], [], 0.05)
    raise AssertionError(f"waited in vain for {what}")


def _assignments(host: Host) -> str:
    return " ".join(quote(f"{name}={value}") for name, value in host.variables().items())
