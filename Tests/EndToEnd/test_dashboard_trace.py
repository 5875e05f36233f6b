"""A trace in the dashboard: its views, its spans and messages, its GPUs; two beside each other; sessions."""

import re

import pytest
import requests
from support.browser import chromium, serious, watched
from support.dashboard import LOOKS, inference_site
from support.inference import Inference


@pytest.fixture(scope="module")
def browser():
    with chromium() as instance:
        yield instance


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with inference_site(tmp_path_factory.mktemp("dashboard")) as instance:
        yield instance


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
        # Attributes are those of the selected span alone, and what would read those of all says so.
        page.goto(f"{site.url}/traces/{trace}?span={root}&find=step+77")
        page.wait_for_selector(f".span-panel :text('{root}')")
        page.wait_for_selector("text=attributes are read of the selected span only")
        page.wait_for_selector("text=of 111")
        page.goto(f"{site.url}/traces/{trace}?as=transcript")
        page.wait_for_selector("text=too large for its conversation")
        view.settle()


def test_a_span_is_placed_among_those_like_it(site, browser):
    made = Inference(seed=12)
    trace = made.identifier(32)
    spans = [made.span("queue", trace, None, "poll", made.end - 60 + index, 0.01 * (index + 1)) for index in range(25)]
    alone = made.span("queue", trace, None, "poll once", made.end - 30, 0.01)
    for path, body in made.requests():
        assert requests.post(f"{site.url}{path}", json=body, timeout=60).status_code == 200
    site.wait_for_trace(trace, 26)
    with watched(browser) as view:
        page = view.open(f"{site.url}/traces/{trace}?span={spans[-1]}")
        page.wait_for_selector(".span-panel .badge.warn:has-text('p98')")
        assert "of 25 in 24 h" in page.inner_text(".span-panel")
        assert serious(page) == []
        with page.expect_response("**/percentile"):
            page.goto(f"{site.url}/traces/{trace}?span={alone}")
        page.wait_for_selector(f".span-panel :text('{alone}')")
        assert "in 24 h" not in page.inner_text(".span-panel")


# GPUs below the trace


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
