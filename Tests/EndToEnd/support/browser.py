"""Debian's Chromium, driven by Playwright, with everything that goes wrong in a page written down."""

import contextlib
import os
import pathlib

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Where pictures of pages go; kept by whoever runs the tests.
PICTURES = pathlib.Path(os.environ.get("AXONIZE_PICTURES", "/tmp/axonize-pictures"))


@contextlib.contextmanager
def chromium():
    """A browser; Chromium's own sandbox needs what containers do not give, and it only sees the server under test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page in a context of its own; `problems` has what no page may do."""

    def __init__(self, browser, *, theme="light", language="en", width=1440, height=900, allowed_statuses=()):
        locale = {"en": "en-US", "ko": "ko-KR"}[language]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale=locale, reduced_motion="reduce"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.problems: list[str] = []
        self.allowed = set(allowed_statuses)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("response", self._response)

    def _console(self, message):
        # The browser reports a failed request once more by itself; `_response` has it.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.allowed:
            self.problems.append(f"{response.status} {response.url}")

    def open(self, url: str) -> Page:
        self.page.goto(url)
        self.settle()
        return self.page

    def settle(self):
        """Until the heading is there and nothing loads any more."""
        self.page.wait_for_selector("h1")
        for waiting in (".skeleton", "[aria-busy=true]"):
            self.page.wait_for_selector(waiting, state="detached")

    def picture(self, name: str):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def close(self):
        self.context.close()


@contextlib.contextmanager
def watched(browser, **options):
    """A page on which nothing goes wrong."""
    view = Watched(browser, **options)
    try:
        yield view
        assert view.problems == []
    finally:
        view.close()


def serious(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
