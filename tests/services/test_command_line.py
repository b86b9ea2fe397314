"""The `oln` command as an operator meets it: a real installation from nothing, and refusals without a traceback."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from cli import main, obey
from cli.spanish import speak_spanish
from cli.welcome import is_loopback, listen, warn, welcome
from core.settings import InstallationKind, settings
from tests.conftest import make_host

ROOT = Path(__file__).parents[2]
SIGNED = ("legal_basis", "retention", "impact_assessment", "subject_rights")
COMMANDS = ("users", "token x", "doctor", "audit verify", "db status", "db upgrade", "db downgrade core base")
COMMANDS += ("work --once", "install status", "plugins list", "import . --as x", "serve", "score train 2026-11")
ENGLISH = (
    "Usage",
    "Options",
    "Arguments",
    "Commands",
    "Show this",
    "required",
    "default:",
    "<str>",
    "<bool>",
    "[ARGS]",
)
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path, **settings: str) -> dict[str, str]:
    plain = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "PYTHONPATH": str(ROOT), "OLN_HOME": str(home)}
    return plain | settings


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "import cli; cli.run()", *words]


def oln_at(home: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment(home, **settings))


@pytest.fixture
def oln(tmp_path: Path) -> Run:
    """Run `oln` in an installation of its own."""

    def run(*words: str, kind: str = "REAL", **settings: str) -> "subprocess.CompletedProcess[str]":
        real = {"OLN_INSTALLATION": kind, "OLN_ISSUER": "https://id.example"}
        return oln_at(tmp_path / "oln", *words, **real | settings)

    return run


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, for what runs in this very process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLN_HOME", ".oln")
    monkeypatch.setenv("COLUMNS", "80")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


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


def test_a_real_installation_starts_once_its_checklist_is_signed(oln: Run) -> None:
    assert "REAL" in oln("install", "start").stdout
    assert oln("doctor").returncode == 1
    for item in SIGNED:
        assert oln("install", "sign", item, "--by", "Alcaldía", "--document", "Decreto 1").returncode == 0
    person = ("--name", "Ana Rojas", "--subject", "s1", "--role", "coordinator", "--territory", "13101")
    assert oln("install", "invite", "ana.rojas", *person).returncode == 0
    assert oln("users").stdout.startswith("ana.rojas · Ana Rojas · sin firmar\n  coordinator en 13101, desde")
    assert oln("doctor").returncode == 0
    assert oln("audit", "verify").returncode == 0


def test_a_real_installation_refuses_the_demo_country_and_its_tokens(oln: Run, tmp_path: Path) -> None:
    refused = oln("demo")
    assert (refused.returncode, "REAL" in refused.stderr) == (1, True)
    assert not (tmp_path / "oln").exists()


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (("users",), {"kind": "DEMOO"}, "OLN_INSTALLATION=DEMOO no puede ser: se espera DEMO o REAL (docs/operator.md"),
        (("users",), {"OLN_CORS_ORIGINS": "malo"}, "El ajuste OLN_CORS_ORIGINS lleva una lista"),
        (("users",), {"OLN_PORT": "99999"}, "OLN_PORT=99999 no puede ser: el máximo es 65535"),
        (("users",), {"OLN_PORT": "x"}, "OLN_PORT=x no puede ser: se espera un número"),
        (("users",), {"OLN_RUN_JOBS": "quizás"}, "OLN_RUN_JOBS=quizás no puede ser: se espera true o false"),
        (("users",), {"OLN_READ_AUDIT": "disk"}, "OLN_READ_AUDIT=disk no puede ser: se espera journal o database"),
        (("users",), {"OLN_LOG_LEVEL": "info"}, "se espera DEBUG, INFO, WARNING, ERROR o CRITICAL"),
        (
            ("users",),
            {"OLN_DATABASE_URL": "mysql://ana:secreta@x/y"},
            "OLN_DATABASE_URL no puede ser: se espera sqlite",
        ),
        (("install", "start"), {"OLN_DATABASE_URL": "postgresql://nadie@127.0.0.1:1/x"}, "OLN_DATABASE_URL"),
        (("demo", "--communes", "99999"), {"kind": "DEMO"}, "99999"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_no_traceback(
    oln: Run, words: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    done = oln(*words, **settings)
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())
    assert "secreta" not in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_database_of_an_older_version_says_what_to_run(oln: Run) -> None:
    oln("install", "start")
    assert oln("db", "downgrade", "core", "base", "--yes").returncode == 0
    behind = oln("users")
    assert (behind.returncode, "oln db upgrade" in behind.stderr, "demo" in behind.stderr) == (1, True, False)


def test_going_back_a_version_asks_first_in_spanish(oln: Run, tmp_path: Path) -> None:
    oln("install", "start")
    asked = subprocess.run(
        command("db", "downgrade", "core", "base"),
        input="n\n",
        capture_output=True,
        text=True,
        env=environment(tmp_path / "oln", OLN_INSTALLATION="REAL"),
    )
    assert (asked.returncode, "[s/N]" in asked.stdout, "Cancelado" in asked.stderr) == (1, True, True)
    assert oln("users").returncode == 0


def test_a_version_that_there_is_not_is_told_in_a_sentence(oln: Run) -> None:
    oln("install", "start")
    for words, said in ((("foo", "base"), "No existe el linaje foo; hay core"), (("core", "zzz"), "quedó como estaba")):
        refused = oln("db", "downgrade", *words, "--yes")
        assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_base_without_its_keys_gets_no_new_ones(oln: Run, tmp_path: Path) -> None:
    oln("install", "start")
    (tmp_path / "oln" / "keys.json").unlink()
    for words in (("users",), ("install", "start")):
        refused = oln(*words)
        assert (refused.returncode, "de su respaldo" in refused.stderr) == (1, True)
    assert not (tmp_path / "oln" / "keys.json").exists()


def test_only_their_owner_reads_what_an_installation_holds(oln: Run, tmp_path: Path) -> None:
    oln("install", "start")
    rights = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "oln").rglob("*")}
    assert rights
    assert not any(rights.values()), rights


@pytest.mark.parametrize("words", COMMANDS)
def test_where_nothing_is_installed_a_command_says_so_and_writes_nothing(
    nowhere: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert obey(words.split()) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "No hay instalación en la carpeta" in told
    assert "`oln demo`" in told
    assert list(nowhere.iterdir()) == []


def test_the_schema_needs_no_installation(tmp_path: Path) -> None:
    said = oln_at(tmp_path / "oln", "schema")
    assert said.stdout == (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("import", "Falta CARPETA."),
        ("nomina publish 13101 2026-11", "Falta --as."),
        ("import nada", "CARPETA: no existe «nada»."),
        ("imprt", "No existe la orden imprt. ¿Quiso decir import?"),
        ("audit xyz", "No existe la orden xyz."),
        ("serve --puerto 3", "No existe la opción --puerto. ¿Quiso decir --port?"),
        ("serve --zz", "No existe la opción --zz."),
        ("serve --port x", "--port: se espera un número."),
        ("serve --port 99999", "--port: el máximo es 65535."),
        ("serve --port 0", "--port: el mínimo es 1."),
        ("serve --port", "A --port le falta su valor."),
        ("token a b", "Sobra: b."),
        ("nomina publish 13101 noviembre", "AAAA-MM: «noviembre» no está escrito como AAAA-MM."),
        ("nomina publish 13101 2026-11 --as x --source Y", "--source: «Y» no está entre IMPORTED, ESTIMATED, NONE."),
        ("import .", "Diga en nombre de quién importa: --as USUARIO"),
        ("import . --as x --unattended y", "Diga en nombre de quién importa: --as USUARIO"),
        ("import . --unattended=", "Diga en nombre de quién importa: --as USUARIO"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_spanish(
    nowhere: Path, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert obey(words.split()) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"✗ {said}")
    assert not any(word in told for word in ENGLISH)
    assert list(nowhere.iterdir()) == []


def test_every_help_page_is_in_spanish(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built = typer.main.get_command(main)
    speak_spanish(built)
    paths = [(), *((name,) for name in built.commands)]
    paths += [(name, below) for name, group in built.commands.items() for below in getattr(group, "commands", {})]
    for path in paths:
        assert built.main([*path, "--help"], "oln", standalone_mode=False) == 0
        page = capsys.readouterr().out
        assert page.split()[:2] == ["Uso:", "oln"]
        assert "Muestra esta ayuda" in page
        assert [word for word in ENGLISH if word in page] == [], path
        assert max(map(len, page.splitlines())) <= 80


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
