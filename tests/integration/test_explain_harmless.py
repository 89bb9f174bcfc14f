"""``pip-userctl explain`` fetches nothing, installs and builds nothing, and betrays nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import Callable

import pytest

from tests.toolkit.answers import contents, explained
from tests.toolkit.environments import Environment
from tests.toolkit.projects import make_project

Make = Callable[..., Environment]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that only remembers whether anybody has connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def assert_unvisited(server: socket.socket) -> None:
    """Nobody has connected."""
    with pytest.raises(BlockingIOError):
        server.accept()


#: What refers to the URL: the arguments, and what stands in requirements.txt.
FETCHED: Mapping[str, tuple[list[str], str]] = {
    "-r": (["--user", "-r", "{url}"], ""),
    "-r beside a name": (["--user", "demo", "-r", "{url}"], ""),
    "-c": (["--user", "demo", "-c", "{url}"], ""),
    "-r in a file": (["--user", "-r", "requirements.txt"], "-r {url}\n"),
    "-c in a file": (["--user", "-r", "requirements.txt"], "demo\n-c {url}\n"),
}


@pytest.mark.parametrize("way", FETCHED)
def test_a_file_behind_a_url_is_listed_as_not_read(
    make: Make, each_pip: str, listener: socket.socket, way: str
) -> None:
    environment = make("system-site", pip=each_pip)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/list.txt"
    words, text = FETCHED[way]
    (environment.account.cwd / "requirements.txt").write_text(text.replace("{url}", url))
    arguments = [word.replace("{url}", url) for word in words]
    data = explained(environment, *arguments, PIP_NO_INDEX="0", PIP_INDEX_URL=url, PIP_RETRIES="0")
    assert data["not_read"] == [url], data
    assert data["judged"] is True, data
    assert "system-site-typed" in [each["name"] for each in data["situations"]], data
    text = environment.userctl("explain", *arguments).stdout
    assert f"not read, because it would have to be fetched\n  {url}\n" in text
    assert_unvisited(listener)


def test_neither_a_url_nor_an_index_is_asked_for_what_is_to_be_installed(
    make: Make, each_pip: str, listener: socket.socket
) -> None:
    environment = make("isolated", pip=each_pip)
    place = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    arguments = ["depends", f"{place}demo-1.0-py3-none-any.whl", "-e", f"git+{place}project#egg=project"]
    data = explained(environment, *arguments, PIP_NO_INDEX="0", PIP_INDEX_URL=place, PIP_FIND_LINKS=place)
    assert data["verdict"] == "allow", data
    assert_unvisited(listener)


def test_nothing_is_installed_built_or_left_behind(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    tree = make_project(environment.account.cwd / "tree", "tree", code="open('was-run', 'w').close()")
    (tree / "setup.py").write_text("open('was-run', 'w').close()\n")
    temporary = environment.account.cwd / "tmp"
    temporary.mkdir()
    folders = (environment.prefix, environment.account.home, environment.account.cwd)
    before = contents(*folders)
    options = ["--no-clean", "--log", "log", "--cache-dir", "cache", "--target", "there", "--src", "source"]
    environment.userctl("explain", *options, "demo", "./tree", TMPDIR=str(temporary))
    environment.userctl("explain", *options[:-2], "-e", "tree", TMPDIR=str(temporary))
    assert contents(*folders) == before


def test_secrets_in_urls_are_shown_nowhere(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    arguments = ["--user", "demo @ https://ada:SECRET@host.example/demo.whl", "-r", "https://ada:SECRET@host.example/r"]
    arguments += ["--index-url", "https://ada:SECRET@host.example/simple", "--proxy", "ada:SECRET@host.example:3128"]
    for options in ([], ["--json"]):
        for words in (arguments, arguments[1:]):  # refused, and read as far as possible
            result = environment.userctl("explain", *options, *words)
            assert "ada:****@host.example/r" in result.stdout, result
            assert "SECRET" not in result.output, result
