"""Saved views over HTTP, with clients that are not ours, and over a restart."""

import json
import subprocess

import requests
from support import telemetry

BODY = {"name": "Errors of chat", "list": "traces", "parameters": {"service": "chat", "status": "error"}}


def test_views_survive_a_restart_and_are_changed_once(make_server):
    server = make_server().start()
    url = f"{server.url}/api/v1/views"
    key = {"Idempotency-Key": "0b1c7b2e-7d0c-4c0e-8d8e-0a5a9c1c6f11"}
    made = requests.post(url, json=BODY, headers=key, timeout=10)
    assert made.status_code == 201, made.text
    place = server.url + made.headers["Location"]

    server.stop()
    server = make_server().start()
    url = f"{server.url}/api/v1/views"
    place = server.url + made.headers["Location"]
    again = requests.post(url, json=BODY, headers=key, timeout=10)
    assert (again.status_code, again.json()) == (201, made.json())
    assert [view["name"] for view in requests.get(url, timeout=10).json()["data"]] == [BODY["name"]]

    read = requests.get(place, timeout=10)
    assert read.json() == made.json()
    changed = requests.put(
        place, json=BODY | {"name": "Errors"}, headers={"If-Match": read.headers["ETag"]}, timeout=10
    )
    assert changed.status_code == 200
    late = requests.put(place, json=BODY, headers={"If-Match": read.headers["ETag"]}, timeout=10)
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert requests.delete(place, timeout=10).status_code == 204
    assert requests.get(place, timeout=10).status_code == 404


def test_curl_is_told_every_mistake_of_a_body(server):
    command = [
        "curl",
        "-s",
        f"{server.url}/api/v1/views",
        "-H",
        "Content-Type: application/json",
        "-d",
        '{"list": 7, "x": 1}',
    ]
    problem = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
    assert problem["code"] == "invalid_body"
    assert {mistake["pointer"] for mistake in problem["errors"]} == {"/list", "/x", "/name"}


def test_a_page_of_another_site_changes_nothing(server):
    url = f"{server.url}/api/v1/views"
    foreign = requests.post(url, json=BODY, headers={"Origin": "https://example.org"}, timeout=10)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "cross_site_request")
    # What a form can send without asking first.
    plain = requests.post(url, data=json.dumps(BODY), headers={"Content-Type": "text/plain"}, timeout=10)
    assert plain.status_code == 415
    assert requests.get(url, timeout=10).json()["data"] == []


def test_a_view_is_run_as_the_command_of_its_list(server):
    request, trace_id = telemetry.trace_request(3, service="viewed")
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    made = server.run("views", "create", "Viewed", "-p", "service=viewed", "--json", "--server", server.url).stdout
    view = json.loads(made)["data"]["id"]
    for words in ([], ["--json"], ["-n", "1"]):
        run = server.run("views", "run", view, *words, "--server", server.url)
        listed = server.run("traces", "--service", "viewed", *words, "--server", server.url)
        assert run.stdout == listed.stdout and trace_id[:7] in run.stdout
        assert run.stderr == listed.stderr


def test_the_commands_make_change_and_delete_a_view(server):
    def axonize(*words, code=0):
        result = server.run("views", *words, "--server", server.url, check=False)
        assert result.returncode == code, result.stderr
        return result.stdout

    made = json.loads(axonize("create", "Errors", "-p", "service=chat", "-p", "status=error", "--json"))["data"]
    assert (made["list"], made["revision"]) == ("traces", 1)
    assert axonize("create", "Errors", code=1) == ""
    shown = axonize("update", made["id"], "--name", "Errors of chat", "--remove", "status")
    assert "Errors of chat" in shown and "status=error" not in shown
    repeated = ("update", made["id"], "--remove", "service", "--idempotency-key", "k")
    assert axonize(*repeated) == axonize(*repeated)
    assert axonize("update", made["id"], "--remove", "nosuch", "--idempotency-key", "other", code=2) == ""
    assert made["id"] in axonize("list")
    axonize("delete", made["id"], "--revision", "1", code=1)
    assert axonize("delete", made["id"]) == f"deleted {made['id']}\n"
    axonize("show", made["id"], code=4)
