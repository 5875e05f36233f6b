"""The folder of a server: whose configuration the engine takes, who may read the files, what relative paths mean."""

import contextlib
import os
import sqlite3
import stat

import pytest
from support.telemetry import post, trace_request


def export_one(server) -> str:
    request, trace_id = trace_request()
    assert post(server, request.SerializeToString()).status_code == 200
    return trace_id


@pytest.mark.parametrize(
    "text", ["<broken", "<clickhouse><path>elsewhere</path><mark_cache_size>1</mark_cache_size></clickhouse>"]
)
@pytest.mark.parametrize("name", ["config.xml", "clickhouse-local.xml"])
def test_a_configuration_of_the_engine_in_the_working_directory_is_not_read(make_server, tmp_path, name, text):
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / name).write_text(text)
    server = make_server(working_directory=folder).start()
    trace_id = export_one(server)
    assert server.wait_for_trace(trace_id)
    assert sorted(path.name for path in folder.iterdir()) == [name], "the engine wrote into the working directory"


def test_a_relative_folder_is_taken_from_the_working_directory(make_server, tmp_path):
    server = make_server(working_directory=tmp_path, data_dir_argument="./relative/data").start()
    trace_id = export_one(server)
    assert server.wait_for_trace(trace_id)
    server.stop()
    assert (tmp_path / "relative/data/engine").is_dir()
    server.start()
    assert server.wait_for_trace(trace_id)


def test_nobody_else_can_read_what_is_stored(make_server, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "engine").mkdir(mode=0o755)
    previous = os.umask(0o022)
    try:
        server = make_server().start()
    finally:
        os.umask(previous)
    trace_id = export_one(server)
    assert server.wait_for_trace(trace_id)
    open_to_others = [
        str(path.relative_to(data)) for path in data.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_a_folder_whose_registry_a_newer_version_wrote_is_refused_with_what_to_do(make_server):
    server = make_server().start()
    trace_id = export_one(server)
    assert server.stop() == 0
    registry = server.data_dir / "registry.sqlite"

    def change(statement: str):
        with contextlib.closing(sqlite3.connect(registry)) as database, database:
            database.execute(statement)

    change("INSERT INTO schema_migrations (number, name, applied_at) VALUES (999, 'later', 0)")
    server.spawn()
    assert server.process.wait(60) != 0
    assert "The registry has schema 999, written by a later version of Axonize" in server.log
    assert "Run the later version, or name another data directory" in server.log
    change("DELETE FROM schema_migrations WHERE number = 999")
    server.start()
    assert server.trace(trace_id) is not None
    assert server.stop() == 0
