"""docs/recipes: each policy has no mistakes, and each command prints what the page shows."""

from __future__ import annotations

import pytest

from pip_userctl.testing import make_wheel
from tests.integration.conftest import Make
from tests.support.cache import PROJECT, Built
from tests.support.hosts import Host, make_host, steps
from tests.support.usersites import put

PAGES = sorted(f"docs/recipes/{each.name}" for each in (PROJECT / "docs" / "recipes").glob("[!i]*.md"))


def recipe_host(make: Make, built: Built) -> Host:
    """A server with nbconvert, and an account with an old one in its home."""
    host = make_host(make, built, "numpy==2.3.5", "pandas", "nbconvert==7.6", userctl=True)
    make_wheel(host.path("/srv/wheels"), "nbgrader", requires=["nbconvert>=7.6"])
    library = f"lib/python{host.version}/site-packages"
    put(host.path(f"/opt/python/{library}"), "nbconvert", "7.5")
    put(host.path(f"~/.local/{library}"), "nbconvert", "6.0")
    host.run("chown -R ada:ada /home/ada")
    return host


@pytest.mark.needs("root", "unshare", "linux", "base-ensurepip")
@pytest.mark.parametrize("page", PAGES)
def test_each_recipe_has_a_policy_without_mistakes_that_does_what_the_page_shows(
    make: Make, built: Built, page: str
) -> None:
    host = recipe_host(make, built)
    assert len(list(host.replay(page))) > 1
    (policy,) = (step.name for step in steps(page) if step.kind == "file")
    checked = host.run(f"pip-userctl check {policy}", "ada" if policy.startswith("~") else "root")
    assert checked.stdout == "no mistakes in 1 file\n", checked
