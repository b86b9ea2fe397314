"""The `oln` command over the demo country: imports, and how it begins to serve."""

import base64
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.welcome import is_loopback, listen, warn, welcome
from core.settings import InstallationKind
from tests.conftest import make_host
from tests.services.running import command, environment, oln_at


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo country as `oln demo` makes it, for all that only looks at it or adds to it."""
    home = tmp_path_factory.mktemp("country") / "oln"
    made = oln_at(home, "demo", "--communes", "13101", "--children", "20")
    assert made.returncode == 0, made.stderr
    (home / "said.txt").write_text(made.stdout, encoding="utf-8")
    return home


def test_a_demo_base_is_not_opened_as_a_real_one(country: Path) -> None:
    for words in ("users", "install start", "install status"):
        refused = oln_at(country, *words.split(), OLN_INSTALLATION="REAL")
        assert (refused.returncode, "es de una instalación DEMO" in refused.stderr) == (1, True)


def delivered(country: Path, folder: Path, *lines: str, **over: str) -> Path:
    """Write a delivery of alerts with these lines."""
    header = "comuna,tipo_identificador,identificador,tipo,fecha_observacion,estado,sector"
    (folder / "alertas.csv").write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    index = json.loads((country / "demo" / "2026-11" / "extract.json").read_text(encoding="utf-8"))
    entry = next(one for one in index["files"] if one["kind"] == "alerts") | {"file": "alertas.csv"} | over
    del entry["sha256"]
    (folder / "extract.json").write_text(json.dumps({"files": [entry]}), encoding="utf-8")
    return folder


def a_line(country: Path, kind: str = "FAMILY_CONFLICT", row: int = 0) -> str:
    """Write an alert on a child of the country."""
    children = (country / "demo" / "2026-11" / "personas.csv").read_text(encoding="utf-8").splitlines()
    run = [line.split(",")[2] for line in children if ",RUN," in line][row]
    return f"13101,RUN,{run},{kind},2026-11-03,VALIDATED,HEALTH"


def last_audit(country: Path) -> tuple[str, str]:
    """Return who did the last thing in the commune, and what."""
    with sqlite3.connect(country / "oln.db") as base:
        asked = "SELECT username, action FROM audit_entry WHERE chain = '13101' ORDER BY sequence DESC LIMIT 1"
        (found,) = base.execute(asked)
    base.close()
    return found


def test_a_household_is_new_when_its_first_facts_come(country: Path) -> None:
    said = (country / "said.txt").read_text(encoding="utf-8")
    (row,) = re.findall(r"hogares\.csv +(\d+) +(\d+) +(\d+) +(\d+)", said)
    assert row[0] == row[1]
    assert row[2:] == ("0", "0")


def named_by(token: str) -> str:
    """Return whom a token names, without asking whether it is true."""
    body = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"])


def test_a_token_names_people_as_they_were_invited(country: Path) -> None:
    """Whoever is invited under a subject of their own gets in with a token of the demo."""
    person = ("--name", "Ana Rojas", "--subject", "ana-77", "--role", "coordinator", "--territory", "13101")
    assert oln_at(country, "install", "invite", "ana.rojas", *person).returncode == 0
    assert named_by(oln_at(country, "token", "ana.rojas").stdout) == "ana-77"
    assert named_by(oln_at(country, "token", "coordinator.13101").stdout) == "coordinator.13101"


def test_no_token_is_for_nobody_nor_for_whom_another_provider_lets_in(country: Path) -> None:
    refused = oln_at(country, "token", "nadie.13101")
    assert (refused.returncode, refused.stdout, "No existe esa persona" in refused.stderr) == (1, "", True)
    person = ("--name", "Eva Soto", "--subject", "s9", "--role", "coordinator", "--territory", "13101")
    elsewhere = {"OLN_ISSUER": "https://id.example"}
    assert oln_at(country, "install", "invite", "eva.soto", *person, **elsewhere).returncode == 0
    refused = oln_at(country, "token", "eva.soto")
    assert (refused.returncode, refused.stdout, "otro proveedor de identidad" in refused.stderr) == (1, "", True)


def test_somebody_of_the_demo_has_not_signed(country: Path) -> None:
    assert "unsigned.13101 · Demostración sin firmar 13101 · sin firmar" in oln_at(country, "users").stdout


def test_an_import_is_under_the_name_of_whoever_is_given(country: Path, tmp_path: Path) -> None:
    folder = delivered(country, tmp_path, a_line(country))
    done = oln_at(country, "import", str(folder), "--as", "coordinator.13101")
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_audit(country) == ("coordinator.13101", "import")


def test_an_unattended_import_leaves_its_reason_in_the_audit(country: Path, tmp_path: Path) -> None:
    folder = delivered(country, tmp_path, a_line(country, row=1))
    assert oln_at(country, "import", str(folder), "--unattended", "carga nacional").returncode == 0
    assert last_audit(country) == ("plataforma", "import --unattended: carga nacional")


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_an_import_with_bad_rows_ends_with_three(country: Path, tmp_path: Path, dry: tuple[str, ...]) -> None:
    folder = delivered(country, tmp_path, a_line(country, "NO_SUCH_TYPE"))
    done = oln_at(country, "import", str(folder), "--as", "coordinator.13101", *dry)
    assert (done.returncode, "línea 2, tipo" in done.stdout) == (3, True)


def test_an_import_that_is_refused_ends_with_one_and_says_where(country: Path, tmp_path: Path) -> None:
    expired = delivered(country, tmp_path, a_line(country), expires_on="2026-01-01")
    done = oln_at(country, "import", str(expired), "--as", "coordinator.13101")
    assert (done.returncode, "venció" in done.stdout) == (1, True)
    wrong = delivered(country, tmp_path, a_line(country), kind="alertas")
    done = oln_at(country, "import", str(wrong), "--as", "coordinator.13101")
    assert (done.returncode, 'files[0].kind (alertas.csv) dice "alertas"' in done.stderr) == (1, True)


def test_publishing_says_how_far_the_room_goes_and_which_list_it_replaces(country: Path) -> None:
    done = oln_at(country, "nomina", "publish", "13101", "2026-11", "--as", "coordinator.13101", "--capacity", "1")
    assert "la oficina puede recibir a 1 familia." in " ".join(done.stdout.split())
    assert re.search(r"Reemplaza a la n\.º \d+ del mes, que publicó \w+", " ".join(done.stdout.split()))


def test_a_port_that_is_taken_is_told_before_any_welcome(country: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = oln_at(country, "serve", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"✗ El puerto {port} ya está en uso")


def test_the_first_query_can_be_pasted_and_holds_no_token(country: Path, tmp_path: Path) -> None:
    shim = tmp_path / "oln"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import cli; cli.run()" "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(country, OLN_RUN_JOBS="false") | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    served = subprocess.Popen(command("serve", "--port", str(port)), env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout
        lines = [served.stdout.readline() for _ in range(10)]
        pasted = "".join(lines[lines.index(next(one for one in lines if one.startswith("curl"))) :][:3])
        said = subprocess.run(["bash", "-c", pasted], env=env, capture_output=True, text=True)
    finally:
        served.terminate()
        served.communicate(timeout=20)
    assert "eyJ" not in "".join(lines)
    assert all(len(line) <= 81 for line in lines if str(country) not in line)
    assert json.loads(said.stdout)["data"]["nomina"]["period"] == "2026-11-01", said.stderr


def test_an_address_that_is_nowhere_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        listen("nowhere.invalid", 8000)
    assert "No se puede escuchar en nowhere.invalid" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "word"), [(InstallationKind.DEMO, "demostración"), (InstallationKind.REAL, "TLS")])
def test_who_listens_beyond_the_machine_is_warned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: InstallationKind, word: str
) -> None:
    host = make_host("sqlite://", tmp_path)
    host.settings = host.settings.model_copy(update={"installation": kind})
    warn(host, "127.0.0.1")
    assert capsys.readouterr().out == ""
    warn(host, "0.0.0.0")
    assert word in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "own"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("oficina.example", False)],
)
def test_only_loopback_is_the_machines_own(address: str, own: bool) -> None:
    assert is_loopback(address) is own


@pytest.mark.parametrize(("address", "shown"), [("0.0.0.0", "http://127.0.0.1:8000/"), ("::1", "http://[::1]:8000/")])
def test_the_welcome_shows_an_address_that_can_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, shown: str
) -> None:
    host = make_host("sqlite://", tmp_path)
    host.settings = host.settings.model_copy(update={"installation": InstallationKind.REAL})
    welcome(host, address, 8000)
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("explorer", [None, False])
def test_the_welcome_names_the_explorer_where_there_is_one(
    country: Path, capsys: pytest.CaptureFixture[str], explorer: bool | None
) -> None:
    host = make_host(f"sqlite:///{country / 'oln.db'}", country)
    host.settings = host.settings.model_copy(update={"explorer": explorer})
    welcome(host, "127.0.0.1", 8000)
    host.database.dispose()
    assert ("está el explorador" in capsys.readouterr().out) is (explorer is None)
