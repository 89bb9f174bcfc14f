"""The site in a browser: a rule is found by the search, and every page can be read on a phone."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cache import PROJECT, run

pytestmark = pytest.mark.needs("browser")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``.ci/run`` builds it."""
    folder = tmp_path_factory.mktemp("site")
    build = (sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "-b", "html", "docs")
    run([*build, str(folder)], cwd=PROJECT)
    return folder


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """Where a server of this machine has the site."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    # root has no sandbox, and a narrow window hides the search box in a menu
    for each in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        driver.implicitly_wait(20)
        yield driver
    finally:
        driver.quit()


def test_a_rule_is_found_by_the_search_and_no_page_scrolls_sideways_on_a_phone(
    site: Path, address: str, browser: Any
) -> None:
    browser.get(f"{address}/index.html")
    box = browser.find_element("css selector", "input.sidebar-search")
    box.send_keys("base-fallback")
    box.submit()
    browser.find_element("css selector", "ul.search li a").click()
    assert browser.current_url.partition("?")[0] == f"{address}/rules/base-fallback.html"
    assert browser.find_element("css selector", "h1").text.startswith("base-fallback")

    phone = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    wide = {}
    alike = {*site.glob("rules/*-*.html")} - {site / "rules" / "base-fallback.html"}
    for page in sorted({*site.rglob("*.html")} - alike):
        browser.get(f"{address}/{page.relative_to(site)}")
        width = browser.execute_script("return document.documentElement.scrollWidth")
        if width > phone["width"]:
            wide[page.name] = width
    assert wide == {}
    assert browser.get_log("browser") == []


def test_every_page_is_there_as_markdown_with_links_that_lead_somewhere_and_llms_txt_names_it(site: Path) -> None:
    pages = {path.relative_to(site).with_suffix(".md") for path in site.rglob("*.html")}
    pages -= {Path("search.md"), Path("genindex.md")}
    named = (site / "llms.txt").read_text(encoding="utf-8")
    for page in pages:
        text = (site / page).read_text(encoding="utf-8")
        assert text.startswith("# "), page
        assert "```{" not in text, page
        assert f"]({page.as_posix()}): " in named or page == Path("index.md"), page
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            assert target.startswith("https://") or (site / page.parent / target).exists(), (page, target)
