"""How the dashboard is served, and what it keeps a browser from doing."""

import http.server
import json
import re
import threading

import pytest
import requests
from support.browser import Watched, chromium, serious, watched
from support.server import ROOT, Server


@pytest.fixture(scope="module")
def browser():
    with chromium() as instance:
        yield instance


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    instance = Server(tmp_path_factory.mktemp("dashboard-serving") / "data").start()
    try:
        yield instance
    finally:
        instance.close()


def test_the_types_of_the_dashboard_are_those_of_the_api(site):
    kept = json.loads((ROOT / "dashboard/src/generated/openapi.json").read_text())["components"]["schemas"]
    served = site.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert {name: served.get(name) for name in kept} == kept, (
        "renew it: curl -o openapi.json http://…/api/v1/openapi.json; "
        "node dashboard/scripts/generate-api.mjs --document openapi.json"
    )


def test_files_are_served_small_and_kept(site):
    page = requests.get(site.url, headers={"Accept-Encoding": "identity"}, timeout=30)
    assert page.headers["cache-control"] == "no-cache"
    again = requests.get(
        site.url, headers={"If-None-Match": page.headers["etag"], "Accept-Encoding": "identity"}, timeout=30
    )
    assert (again.status_code, again.content) == (304, b"")
    names = re.findall(r'"(/assets/[^"]+)"', page.text)
    assert len(names) == 4
    for name in names:
        plain = requests.get(f"{site.url}{name}", headers={"Accept-Encoding": "identity"}, timeout=30)
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        if not name.endswith(".js"):
            continue
        zipped = requests.get(f"{site.url}{name}", headers={"Accept-Encoding": "gzip"}, timeout=30)
        assert zipped.headers["content-encoding"] == "gzip"
        assert zipped.content == plain.content
    assert (
        requests.get(f"{site.url}/assets/gone-123.js", headers={"Accept": "text/html"}, timeout=30).status_code == 404
    )


def test_programs_get_no_page(site):
    html = {"Accept": "text/html"}
    for path in ("/api/v1/nothing", "/v1/nothing", "/jaeger/nothing"):
        response = requests.get(f"{site.url}{path}", headers=html, timeout=30)
        assert response.status_code == 404
        assert "text/html" not in response.headers["content-type"]
    assert requests.get(f"{site.url}/traces", timeout=30).status_code == 404
    assert (
        requests.get(f"{site.url}/metrics", headers=html, timeout=30).headers["content-type"].startswith("text/plain")
    )
    assert '<div id="root">' in requests.get(f"{site.url}/traces", headers=html, timeout=30).text


@pytest.fixture
def stranger():
    """A page of another origin."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>stranger</h1>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_page_of_another_origin_reads_nothing_but_may_link_here(site, browser, stranger):
    view = Watched(browser)
    page = view.page
    page.goto(stranger)
    for options in ("{}", "{mode: 'no-cors'}", "{method: 'POST', body: '{}'}"):
        got = page.evaluate(
            f"fetch('{site.url}/api/v1/traces', {options}).then(r => r.text(), error => 'refused: ' + error)"
        )
        assert got == "" or got.startswith("refused: "), got
    framed = page.evaluate(
        f"""new Promise(done => {{ const frame = document.createElement('iframe'); frame.src = '{site.url}/';
        frame.onload = () => {{ try {{ done(frame.contentDocument?.title ?? 'closed') }} catch {{ done('closed') }} }};
        document.body.append(frame) }})"""
    )
    assert framed == "closed"
    page.evaluate(f"location.href = '{site.url}/settings'")
    page.wait_for_selector("h1:has-text('Settings')")
    view.close()


def test_no_script_but_its_own_runs(site, browser):
    view = Watched(browser)
    page = view.open(site.url)
    page.evaluate(
        """() => { const script = document.createElement('script'); script.id = 'x';
        try { script.textContent = 'window.wasRun = true' } catch { window.wasRefused = true }
        document.body.append(script) }"""
    )
    assert page.evaluate("window.wasRun") is None
    view.close()


def test_a_key_is_exchanged_for_a_cookie_that_scripts_cannot_read(make_server, browser):
    server = make_server("keyed", arguments=["--require-keys"]).start()
    made = server.run("keys", "create", f"--data-dir={server.data_dir}", "--permission", "query", "--json")
    made = json.loads(made.stdout)
    key = made.get("data", made)["key"]
    with watched(browser, allowed_statuses={401}) as view:
        page = view.open(server.url)
        page.wait_for_selector("h1:has-text('This server needs an API key')")
        view.picture("signin")
        assert serious(page) == []
        page.fill("#key", "axz_wrong")
        page.click("button[type=submit]")
        page.wait_for_selector("[role=alert]:has-text('This key is not valid.')")
        page.fill("#key", key)
        page.click("button[type=submit]")
        page.wait_for_selector("h1:has-text('Waiting for the first trace')")
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("JSON.stringify([localStorage, sessionStorage])").count("axz_") == 0
        (cookie,) = view.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.click("nav a[aria-label=Settings]")
        page.click("button:has-text('Sign out')")
        page.wait_for_selector("h1:has-text('This server needs an API key')")
        assert view.context.cookies() == []
    # A change with the cookie from elsewhere is not the person's.
    jar = {"axonize_key": key}
    url = f"{server.url}/api/v1/session"
    assert requests.get(url, cookies=jar, timeout=30).status_code == 200
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        assert requests.get(url, cookies=jar, headers=headers, timeout=30).status_code == 401
    assert requests.post(url, cookies=jar, timeout=30).status_code == 401
