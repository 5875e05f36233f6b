"""The dashboard in Chromium: every page in both themes and languages, and what a browser may and may not do."""

import json
import re

import pytest
import requests
from support.browser import chromium, serious, watched
from support.dashboard import LOOKS, inference_site
from support.inference import Inference

PAGES = {
    "overview": "/",
    "traces": "/traces",
    "sessions": "/sessions",
    "session": "/sessions/session-6",
    "users": "/users",
    "user": "/users/user-3",
    "logs": "/logs",
    "metrics": "/explore?query=axonize_gpu_power_watts",
    "gpus": "/gpus",
    "gpu": "/gpus/GPU-0-5f2c",
    "services": "/services",
    "service": "/services/model-server",
    "analytics": "/analytics?group=model&measure=energy&sort=joules",
    "analytics-user": "/analytics?group=user",
    "compare": "/compare?a.status=error",
    "service-map": "/services?as=map",
    "scores": "/scores",
    "cluster": "/cluster",
    "cluster-memory": "/cluster?metric=memory&sort=worst",
    "energy": "/energy",
    "events": "/events",
    "nodes": "/nodes",
    "node": "/nodes/node-a?before=1d",
    "alerts": "/alerts",
    "settings": "/settings",
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as instance:
        yield instance


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with inference_site(tmp_path_factory.mktemp("dashboard")) as instance:
        yield instance


# Pages


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_its_data_and_is_accessible(site, browser, name):
    theme, language = LOOKS[list(PAGES).index(name) % 2]
    with watched(browser, theme=theme, language=language) as view:
        page = view.open(f"{site.url}{PAGES[name]}")
        assert page.get_attribute("html", "data-theme") == theme
        assert page.get_attribute("html", "lang") == language
        assert page.locator(".state[role=alert]").count() == 0
        view.picture(f"{name}-{theme}-{language}")
        assert serious(page) == []


def test_the_overview_says_what_needs_a_look(site, browser):
    with watched(browser) as view:
        page = view.open(site.url)
        assert "Needs a look" in page.inner_text(".health")
        assert "GPU node-b/1 is lost" in page.inner_text(".health")
        rows = page.locator("section[aria-label=Services] tbody tr")
        assert {rows.nth(index).locator("td").first.inner_text() for index in range(rows.count())} == {
            "gateway", "chat", "retrieval", "model-server"
        }  # fmt: skip
        assert page.locator("canvas").count() == 4


def test_a_narrow_window_keeps_everything_in_reach(site, browser):
    with watched(browser, width=390, height=844) as view:
        page = view.open(site.url)
        view.picture("overview-narrow")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click("nav a[aria-label=Settings]")
        assert page.wait_for_selector("h1:has-text('Settings')")


def test_a_list_of_traces_is_filtered_paged_and_walked(site, browser):
    with watched(browser, allowed_statuses={400}) as view:
        page = view.open(f"{site.url}/traces?start=-2h")
        page.click("aside button.facet:has-text('Error')")
        page.wait_for_url("**status=error**")
        view.settle()
        shown = page.locator("[role=grid] [role=row]:has([role=gridcell])")
        found = site.data("/api/v1/traces", start="-2h", status="error", limit=1000)
        page.wait_for_selector(f"text={len(found)} loaded")
        assert shown.count() == len(found)
        # A filter is typed, its value chosen, and the last one removed.
        page.keyboard.press("/")
        page.keyboard.type("serv")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=option]:has-text('service=gateway')")
        page.keyboard.type("gate")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**service=gateway**")
        page.keyboard.press("Backspace")
        page.fill("[data-filter]", "{ span. }")
        page.keyboard.press("Enter")
        page.wait_for_selector(".filter-bar [role=alert]:has-text('q: ')")


# GPUs of traces, energy, services, events


def test_energy_is_divided_and_what_is_idle_stands_apart(site, browser):
    told = site.data("/api/v1/energy", start="-1h", by="service")
    assert {group["group"]["service"] for group in told["groups"]} == {"model-server"}
    with watched(browser) as view:
        page = view.open(f"{site.url}/energy")
        rows = page.locator("section[aria-label=Model] tbody tr")
        assert rows.count() == 4
        assert rows.last.locator("td").first.inner_text() == "Idle"
        assert "EUR" in rows.first.inner_text()
        parts = page.locator(".division .part").evaluate_all("all => all.map(one => parseFloat(one.style.width))")
        assert len(parts) == 2 and abs(sum(parts) - 100) < 0.5
        page.click("button:has-text('Service') >> nth=-1")
        page.wait_for_url("**by=service**")
        page.wait_for_selector("section[aria-label=Service] a:has-text('model-server')")
        page.goto(f"{site.url}/energy?start=-3d&end=-2d")
        page.wait_for_selector(".state:has-text('No energy is known')")


def test_a_service_leads_to_its_models_and_an_event_to_its_gpu(site, browser):
    with watched(browser) as view:
        page = view.open(f"{site.url}/services")
        page.click("section[aria-label=Services] a:has-text('model-server')")
        page.wait_for_selector("section[aria-label=Models] a:has-text('qwen2.5-coder-32b-instruct')")
        page.goto(f"{site.url}/services/none")
        page.wait_for_selector(".state:has-text('This service has no spans')")
        page.goto(f"{site.url}/events")
        page.click(".badge:has-text('xid 79')")
        page.wait_for_url("**kind=xid**")
        page.wait_for_selector("tbody tr:only-child")
        page.click("tbody a:has-text('GPU-11-77aa')")
        page.wait_for_selector("h1:has-text('node-b/1')")
        page.goto(f"{site.url}/events?kind=gpu_gone")
        page.wait_for_selector(".state:has-text('Nothing matches these filters')")


def test_a_gpu_shows_its_course_its_spans_and_its_parts(site, browser):
    with watched(browser) as view:
        page = view.open(f"{site.url}/gpus/GPU-0-5f2c")
        page.wait_for_selector("section[aria-label=Power] canvas")
        spans = page.locator("section[aria-label='Spans on this GPU'] tbody tr")
        found = site.data("/api/v1/gpus/GPU-0-5f2c/spans", start="-1h", limit=20)
        assert spans.count() == len(found)
        assert "exact" in page.inner_text("section[aria-label='Spans on this GPU']")
        page.click("button:has-text('All metrics')")
        page.wait_for_selector("section[aria-label=sm_clock_hertz] canvas")
        page.goto(f"{site.url}/gpus/GPU-10-77aa")
        page.click("button:has-text('3g.71gb #2')")
        page.wait_for_url("**part=MIG-102")
        view.settle()


# Machines, logs, metrics


def test_a_gpu_without_a_value_says_so_and_slices_stand_below_their_board(site, browser):
    with watched(browser) as view:
        page = view.open(f"{site.url}/gpus")
        divided = page.locator("tr:has-text('node-b/0')")
        assert "not available: mig_mode" in divided.inner_text()
        assert "0 %" not in divided.inner_text()
        slices = page.locator("tr.slice")
        assert [slices.nth(index).locator("td").nth(3).inner_text() for index in range(2)] == ["27.9 GiB", "55.9 GiB"]
        assert "lost" in page.locator("tr:has-text('node-b/1')").inner_text()
        page.click("a:has-text('node-b/1')")
        page.wait_for_selector("h1:has-text('node-b/1')")
        page.wait_for_selector(".badge:has-text('fell off the bus')")
        page.wait_for_selector("section[aria-label=Events] .badge:has-text('xid 79')")


def test_machines_that_are_not_there_are_said(site, browser):
    with watched(browser, allowed_statuses={404}) as view:
        for path in ("gpus/none", "nodes/none"):
            view.open(f"{site.url}/{path}").wait_for_selector(".state")


def test_a_log_record_leads_to_its_trace(site, browser):
    with watched(browser) as view:
        page = view.open(f"{site.url}/logs?start=-2h&severity=error")
        found = site.data("/api/v1/logs", start="-2h", severity="error", limit=1000)
        page.wait_for_selector(f"text={len(found)} loaded")
        page.click("[role=grid] [role=row]:has([role=gridcell]) >> nth=0")
        page.click("a:has-text('Open the trace')")
        page.wait_for_selector("[role=treegrid]")
        assert found[0]["trace_id"] in page.url
        page.go_back()
        page.wait_for_selector("h1:has-text('Logs')")
        page.fill("[type=search]", "nothing says this")
        page.keyboard.press("Enter")
        page.wait_for_selector(".state:has-text('Nothing matches these filters')")
        view.picture("logs-empty")
        assert serious(page) == []


def test_a_metric_is_found_asked_for_and_a_mistake_is_named(site, browser):
    with watched(browser, allowed_statuses={400, 422}) as view:
        page = view.open(f"{site.url}/explore?start=-2h")
        page.fill("[data-filter]", "power")
        page.click("button:has-text('axonize_gpu_power_watts')")
        page.wait_for_url("**query=axonize_gpu_power_watts**")
        page.wait_for_selector("text=4 series")
        page.fill("textarea", "sum(axonize_gpu_power_watts")
        page.click("button:has-text('Run')")
        page.wait_for_selector("[role=alert]")
        assert serious(page) == []


# Address, history, keyboard


def test_the_view_is_in_the_address_and_back_leads_through_it(site, browser):
    with watched(browser) as view:
        page = view.open(site.url)
        page.click("[data-testid=range]")
        page.click("text=Last 15 min")
        page.wait_for_url("**/?start=-15m")
        page.click("nav a[aria-label=Settings]")
        page.wait_for_url("**/settings?start=-15m")
        page.go_back()
        page.wait_for_url("**/?start=-15m")
        assert "Last 15 min" in page.inner_text("[data-testid=range]")
        page.go_back()
        assert "Last 1 h" in page.inner_text("[data-testid=range]")
        # The same address shows the same view to somebody else.
        with watched(browser) as other:
            assert "Last 6 h" in other.open(f"{site.url}/?start=-6h").inner_text("[data-testid=range]")


def test_an_address_with_nonsense_shows_the_default_or_says_what_is_wrong(site, browser):
    with watched(browser) as view:
        page = view.open(f"{site.url}/?start=yesterday&end=%00&refresh=soon&live=maybe")
        assert "Last 1 h" in page.inner_text("[data-testid=range]")
        page.goto(f"{site.url}/nowhere/at/all")
        assert "/nowhere/at/all" in page.inner_text(".state")


def test_a_brush_over_a_chart_chooses_the_range(site, browser):
    with watched(browser) as view:
        page = view.open(site.url)
        box = page.locator(".u-over").first.bounding_box()
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 100, y)
        page.mouse.down()
        page.mouse.move(box["x"] + 250, y, steps=5)
        page.mouse.up()
        page.wait_for_url(re.compile(r"start=2\d{3}-.*end=2\d{3}-"))
        view.settle()


def test_keys_lead_everywhere_but_not_while_typing(site, browser):
    with watched(browser) as view:
        page = view.open(site.url)
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_selector("h1:has-text('Settings')")
        page.keyboard.press("Control+k")
        page.keyboard.type("overview")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Overview')")
        page.keyboard.press("?")
        page.wait_for_selector("dialog h2:has-text('Keyboard')")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")


def test_a_choice_of_theme_and_language_stays(site, browser):
    with watched(browser) as view:
        page = view.open(f"{site.url}/settings")
        page.click("button:has-text('Dark')")
        page.click("button:has-text('한국어')")
        page.reload()
        page.wait_for_selector("h1:has-text('설정')")
        assert page.get_attribute("html", "data-theme") == "dark"


# States


def test_an_empty_server_says_how_to_send_and_notices_the_first_trace(make_server, browser):
    server = make_server("empty").start()
    with watched(browser) as view:
        page = view.open(server.url)
        page.wait_for_selector("h1:has-text('Waiting for the first trace')")
        lines = page.inner_text("pre").splitlines()
        assert len(lines) == 3
        assert lines[1] == f"export AXONIZE_ENDPOINT={server.url}"
        view.picture("empty")
        assert serious(page) == []
        made = Inference()
        made.chat(made.end - 5)
        for path, body in made.requests():
            assert requests.post(f"{server.url}{path}", json=body, timeout=60).status_code == 200
        page.wait_for_selector("h1:has-text('Overview')")


def test_a_server_that_fails_keeps_what_was_shown_and_says_so(site, browser):
    with watched(browser, allowed_statuses={503, 504}) as view:
        page = view.open(site.url)
        shown = page.locator("section[aria-label=Services] tbody tr")
        count = shown.count()
        assert count >= 4
        problem = {"type": "t", "title": "t", "status": 504, "code": "query_timeout", "detail": "It took too long.",
                   "instance": "/", "request_id": "abc123"}  # fmt: skip
        body = json.dumps(problem)
        page.route(
            "**/api/v1/analytics/**",
            lambda route: route.fulfill(status=504, body=body, content_type="application/problem+json"),
        )
        page.click("[aria-label=Refresh]")
        page.wait_for_selector(".stale:has-text('It took too long.')")
        assert shown.count() == count
        page.reload()
        page.wait_for_selector(".state[role=alert]:has-text('abc123')")
        view.picture("overview-failing")
        assert serious(page) == []


def test_a_server_that_is_gone_is_named(make_server, browser):
    server = make_server("gone").start()
    with watched(browser) as view:
        page = view.open(f"{server.url}/settings")
        server.kill()
        page.click("[aria-label=Refresh]")
        page.wait_for_selector(".stale:has-text('The server does not answer')")
