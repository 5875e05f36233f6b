"""The dashboard in Chromium: every page in both themes and languages, and what a browser may and may not do."""

import json
import re

import pytest
import requests
from support.browser import chromium, serious, watched
from support.inference import Inference
from support.seeding import has_energy, priced, seeded
from support.server import ROOT, Server, wait_until

# Bundled by `make dashboard`, which comes before these tests.
assert (ROOT / "dashboard/dist/index.html").exists(), "dashboard/dist is missing; run 'make dashboard'"

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
    "cluster": "/cluster",
    "cluster-memory": "/cluster?metric=memory&sort=worst",
    "energy": "/energy",
    "events": "/events",
    "nodes": "/nodes",
    "node": "/nodes/node-a?before=1d",
    "alerts": "/alerts",
    "settings": "/settings",
}
# A page in one theme and language, its neighbours in the other: what they share is looked at in both.
LOOKS = [("light", "en"), ("dark", "ko")]


@pytest.fixture(scope="module")
def browser():
    with chromium() as instance:
        yield instance


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A server with an hour of an inference service."""
    folder = tmp_path_factory.mktemp("dashboard")
    instance = Server(folder / "data", environment=priced(folder)).start()
    try:
        seeded(instance)
        # Minutes are computed once they are over for the delay: those of the hour now, at once.
        instance.kill()
        instance.environment["AXONIZE_FLEET_ENERGY_DELAY"] = "1s"
        instance.start()
        wait_until(lambda: has_energy(instance), 60, "the energy of the hour")
        yield instance
    finally:
        instance.close()


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


def slow_trace(site) -> dict:
    (found,) = site.data("/api/v1/traces", start="-2h", sort="-duration", limit=1)
    return site.data(f"/api/v1/traces/{found['trace_id']}")


def test_a_trace_shows_what_ran_when_and_all_that_a_span_says(site, browser):
    theme, language = LOOKS[1]
    trace = slow_trace(site)
    call = next(span for span in trace["spans"] if span["name"].startswith("chat "))
    with watched(browser, theme=theme, language=language) as view:
        page = view.open(f"{site.url}/traces/{trace['trace_id']}?span={call['span_id']}")
        assert page.locator("[role=treegrid] [role=row][aria-level]").count() == len(trace["spans"])
        panel = page.inner_text(".span-panel")
        assert call["span_id"] in panel
        assert "You answer questions about observability" in panel
        view.picture(f"trace-{theme}-{language}")
        assert serious(page) == []
        page.click(".trace-tools button:has-text('대화록')")
        page.wait_for_selector(".transcript .message.assistant")
        view.picture(f"transcript-{theme}-{language}")
        assert serious(page) == []


def test_a_slow_request_is_three_clicks_away(site, browser):
    with watched(browser) as view:
        page = view.open(site.url)
        page.click("a.tile:has-text('Latency p95')")
        page.click("[role=grid] [role=row]:has([role=gridcell]) >> nth=0")
        page.click(".span-panel header a:has-text('Open')")
        page.wait_for_selector("[role=treegrid]")
        assert slow_trace(site)["trace_id"] in page.url


def test_keys_walk_a_trace_and_its_address_holds_the_view(site, browser):
    trace = slow_trace(site)
    with watched(browser) as view:
        page = view.open(f"{site.url}/traces/{trace['trace_id']}")
        page.keyboard.press("ArrowDown")
        root = page.wait_for_selector("[role=row].selected")
        assert root.get_attribute("aria-level") == "1"
        page.keyboard.press("ArrowLeft")
        page.wait_for_selector("[role=row].selected[aria-expanded=false]")
        assert page.locator("[role=row][aria-level]").count() == 1
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("[role=row].selected[aria-level='2']")
        page.fill("[data-filter]", "prefill")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=row].selected:has-text('prefill')")
        page.locator("h1").click()
        page.keyboard.press("n")
        page.keyboard.press("f")
        page.wait_for_url(re.compile(r"t0=\d+&t1=\d+"))
        address = page.url
        with watched(browser) as other:
            again = other.open(address)
            assert again.locator(".shade").count() == 2
            assert again.input_value("[data-filter]") == "prefill"
        box = page.locator(".minimap").bounding_box()
        page.mouse.click(box["x"] + 30, box["y"] + 20)
        page.wait_for_selector(".shade", state="detached")


def test_a_trace_with_errors_opens_at_the_deepest_one(site, browser):
    (found,) = site.data("/api/v1/traces", start="-2h", status="error", limit=1)
    with watched(browser) as view:
        page = view.open(f"{site.url}/traces/{found['trace_id']}")
        page.wait_for_selector(".span-error:has-text('the queue of the model is full')")


def test_a_trace_that_is_not_there_is_said(site, browser):
    with watched(browser, allowed_statuses={404, 400}) as view:
        for identifier in ("0" * 31 + "1", "nonsense"):
            page = view.open(f"{site.url}/traces/{identifier}")
            page.wait_for_selector(".state:has-text('This trace is not stored')")


@pytest.mark.parametrize("mode", ["flame", "table", "graph"])
def test_a_trace_has_other_views(site, browser, mode):
    trace = slow_trace(site)
    theme, language = LOOKS[["flame", "table", "graph"].index(mode) % 2]
    with watched(browser, theme=theme, language=language) as view:
        page = view.open(f"{site.url}/traces/{trace['trace_id']}?as={mode}")
        if mode == "flame":
            assert page.locator("[role=tree] [role=treeitem]").count() == len(trace["spans"])
            page.focus("[role=tree]")
            for key in ("ArrowDown", "ArrowDown", "Enter"):
                page.keyboard.press(key)
            page.wait_for_url("**root=**")
            page.fill("[data-filter]", "prefill")
            page.wait_for_url("**find=prefill**")
        elif mode == "table":
            rows = page.locator(".group-list [aria-level='1']")
            assert rows.count() == len({(span["service_name"], span["name"]) for span in trace["spans"]})
            page.click(".group-list [aria-level='1']:has-text('chat '):has-text('model-server')")
            page.click(".group-list [aria-level='2'] button")
            page.wait_for_selector(".span-panel .token-timeline svg[role=img]")
        else:
            names = page.locator(".party strong").all_inner_texts()
            assert {"gateway", "chat", "retrieval", "bge-m3"} < set(names)
            page.click(".party:has-text('bge-m3')")
            page.wait_for_selector(".span-panel:has-text('embed question')")
        view.picture(f"trace-{mode}-{theme}-{language}")
        assert serious(page) == []


def test_two_traces_of_the_list_are_compared(site, browser):
    first, second = site.data("/api/v1/traces", start="-2h", sort="-duration", limit=2)
    with watched(browser, allowed_statuses={404}) as view:
        page = view.open(f"{site.url}/traces?start=-2h&sort=-duration")
        page.click("[aria-rowindex='1'] .mark")
        page.wait_for_selector(".chip:has-text('Choose B')")
        page.click("[aria-rowindex='2'] .mark")
        page.wait_for_url(f"**/traces/{first['trace_id']}?**vs={second['trace_id']}")
        page.wait_for_selector(".compare-list [role=row]:has-text('answer question')")
        view.picture("compare")
        assert serious(page) == []
        page.goto(f"{site.url}/traces/{first['trace_id']}?vs={first['trace_id']}&differences=1")
        page.wait_for_selector(".state:has-text('Nothing differs')")
        page.goto(f"{site.url}/traces/{first['trace_id']}?vs={'0' * 31}1")
        page.wait_for_selector(".state[role=alert]")


def test_a_trace_is_shown_beside_the_list_and_the_list_saved(site, browser):
    found = site.data("/api/v1/traces", start="-2h", status="error", limit=3)
    theme, language = LOOKS[1]
    with watched(browser, theme=theme, language=language) as view:
        page = view.open(f"{site.url}/traces?start=-2h&status=error")
        page.keyboard.press("j")
        page.keyboard.press("Space")
        page.wait_for_url(f"**peek={found[0]['trace_id']}")
        page.keyboard.press("j")
        page.wait_for_url(f"**peek={found[1]['trace_id']}")
        page.wait_for_selector(".peek-spans li:has-text('answer question')")
        assert serious(page) == []
        view.picture("peek")
        page.keyboard.press("Escape")
        page.wait_for_selector(".span-panel", state="detached")
        page.click("button:has-text('보기') >> nth=-1")
        page.fill(".view-form input", "오류")
        page.keyboard.press("Enter")
        page.wait_for_selector(".view-choice:has-text('오류')")
        (saved,) = site.data("/api/v1/views")
        assert saved["parameters"] == {"start": "-2h", "status": "error"}
        page.goto(f"{site.url}/traces?view={saved['id']}")
        page.wait_for_url("**status=error**")
        page.click("button:has-text('보기: 오류')")
        page.click(".views button[aria-label='보기 오류 삭제']")
        page.wait_for_selector(".view-choice", state="detached")
        assert site.data("/api/v1/views") == []


def test_a_session_is_a_transcript_over_its_traces(site, browser):
    (longest,) = site.data("/api/v1/sessions", start="-2h", sort="-trace_count", limit=1)
    with watched(browser, allowed_statuses={404}) as view:
        page = view.open(f"{site.url}/sessions?start=-2h&sort=-trace_count")
        page.click("[role=grid] [role=row] a >> nth=0")
        page.wait_for_url(f"**/sessions/{longest['session_id']}?**")
        page.wait_for_selector(".turn .message.assistant")
        assert page.locator(".turn").count() == longest["trace_count"]
        page.goto(f"{site.url}/sessions/none")
        page.wait_for_selector(".state:has-text('No span of the last 30 days names this session')")


def test_a_trace_of_ten_thousand_spans_and_strange_texts_is_shown(site, browser):
    made = Inference(seed=11)
    trace = made.identifier(32)
    at = made.end - 60
    texts = ("<img src=x onerror=alert(1)>", "javascript:alert(1)", "\u202etxt.exe", "이름이 아주 긴 스팬 " * 20)
    root = made.span("load", trace, None, "root of many", at, 50)
    parents = [root]
    for index in range(9_999):
        parent = parents[index % len(parents)]
        name = texts[index % 4] if index < 40 else f"step {index}"
        span = made.span("load", trace, parent, name, at + index * 0.004, 0.01, {"text": texts[index % 4]})
        if index % 7 == 0 and len(parents) < 200:
            parents.append(span)
    for path, body in made.requests():
        assert requests.post(f"{site.url}{path}", json=body, timeout=60).status_code == 200
    site.wait_for_trace(trace, 10_000)
    with watched(browser) as view:
        page = view.open(f"{site.url}/traces/{trace}")
        page.wait_for_selector("text=10.0k spans")
        assert page.locator("[role=row][aria-level]").count() < 100
        page.click("button:has-text('Unfold')")
        page.locator(".span-list").evaluate("element => { element.scrollTop = element.scrollHeight }")
        page.wait_for_selector("[role=row]:has-text('step ')")
        assert page.locator("[role=row][aria-level]").count() < 100
        assert page.locator("img").count() == 0
        view.picture("trace-10000")


# GPUs of traces, energy, services, events


def test_lanes_below_a_trace_say_what_each_span_took_of_its_gpu(site, browser):
    (measured,) = site.data("/api/v1/gpus/GPU-2-5f2c/spans", start="-10m", limit=1)
    found = site.data(f"/api/v1/traces/{measured['trace_id']}/gpu")
    assert found["spans"][0]["use"]["energy"]["provenance"] != "unavailable"
    with watched(browser) as view:
        page = view.open(f"{site.url}/traces/{measured['trace_id']}")
        lanes = page.locator(".gpu-lanes")
        assert "EUR for energy" in lanes.locator(".lane-totals").inner_text()
        lane = lanes.locator("canvas[role=img]")
        assert lane.get_attribute("aria-label").startswith("GPU-2-5f2c: mean utilisation")
        assert re.search(r"busy [\d.]+ m?s · [\d.]+ k?J · [\d.]+ EUR", lanes.locator(".use-text").inner_text())
        # The axis is that of the spans above: bars of one span begin and end at the same pixels.
        page.click(".use-row button")
        bar = page.locator("[role=row].selected .bar").bounding_box()
        use = page.locator(".use-row.selected .use-bar").bounding_box()
        assert abs(bar["x"] - use["x"]) < 1.5 and abs(bar["width"] - use["width"]) < 1.5
        panel = page.inner_text(".gpu-use")
        assert "Throttling\n– not measured" in panel
        view.picture("trace-lanes")


def test_a_gpu_that_nobody_measures_has_no_number_but_a_reason(site, browser):
    (unknown,) = site.data("/api/v1/gpus/GPU-3-5f2c/spans", start="-1h", limit=1)
    with watched(browser) as view:
        page = view.open(f"{site.url}/traces/{unknown['trace_id']}?span={unknown['span_id']}")
        lanes = page.inner_text(".gpu-lanes")
        assert "– nobody reports this GPU" in lanes
        assert "EUR" not in lanes and " J" not in lanes
        assert "Energy\n– nobody reports this GPU" in page.inner_text(".gpu-use")


def test_lanes_that_fail_leave_the_trace_and_say_so(site, browser):
    (measured,) = site.data("/api/v1/gpus/GPU-2-5f2c/spans", start="-10m", limit=1)
    trace = measured["trace_id"]
    with watched(browser, allowed_statuses={504}) as view:
        view.page.route("**/api/v1/traces/*/gpu", lambda route: route.fulfill(status=504, body="too slow"))
        page = view.open(f"{site.url}/traces/{trace}")
        page.wait_for_selector(".gpu-lanes [role=alert]:has-text('too slow')")
        assert page.locator("[role=treegrid] [role=row][aria-level]").count() > 1


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
