"""The `oln` command as an operator meets it: a real installation from nothing, and refusals without a traceback."""

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from authz.actor import Role
from cli import doctor
from tests.house.tree import ROOT
from tests.services.running import command, environment, oln_at

SIGNED = ("legal_basis", "retention", "impact_assessment", "subject_rights")
HELD = "Coordinador o coordinadora OLN (COORDINATOR) en 13101, desde"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def oln(tmp_path: Path) -> Run:
    """Run `oln` in an installation of its own."""

    def run(*words: str, kind: str = "REAL", **settings: str) -> "subprocess.CompletedProcess[str]":
        real = {"OLN_INSTALLATION": kind, "OLN_ISSUER": "https://id.example"}
        return oln_at(tmp_path / "oln", *words, **real | settings)

    return run


def test_a_real_installation_starts_once_its_checklist_is_signed(oln: Run) -> None:
    assert "REAL" in oln("install", "start").stdout
    assert oln("doctor").returncode == 1
    for item in SIGNED:
        assert oln("install", "sign", item, "--by", "Alcaldía", "--document", "Decreto 1").returncode == 0
    person = ("--name", "Ana Rojas", "--subject", "s1", "--role", "coordinator", "--territory", "13101")
    assert oln("install", "invite", "ana.rojas", *person).returncode == 0
    assert oln("users").stdout.startswith(
        "ana.rojas · Ana Rojas · sin firmar\n  Coordinador o coordinadora OLN (COORDINATOR) en 13101, desde"
    )
    assert oln("doctor").returncode == 0
    assert oln("audit", "verify").returncode == 0


def test_the_operator_corrects_an_invitation_that_was_mistyped(oln: Run) -> None:
    oln("install", "start")
    role = ("--role", "coordinator", "--territory", "13101")
    oln("install", "invite", "ana.rojas", "--name", "Ana Roja", "--subject", "s1", *role)
    again = ("install", "invite", "ana.rojas", "--name", "Ana Rojas", "--subject", "s2", *role)
    refused = oln(*again)
    assert refused.returncode == 1
    said = " ".join(refused.stderr.split())
    assert "corríjala con --correct. (USERNAME_TAKEN)" in said and "«correct»" not in said
    assert oln(*again, "--correct").returncode == 0
    assert (
        oln("users").stdout.count(
            "ana.rojas · Ana Rojas · sin firmar\n  Coordinador o coordinadora OLN (COORDINATOR) en 13101, desde"
        )
        == 1
    )


def test_the_operator_corrects_the_role_and_the_mistaken_one_ends(oln: Run) -> None:
    oln("install", "start")
    person = ("install", "invite", "ana.rojas", "--name", "Ana Rojas", "--subject", "s1")
    oln(*person, "--role", "coordinator", "--territory", "13110")
    told = oln(*person, "--role", "municipal_admin", "--territory", "13101", "--correct").stdout
    assert "Coordinador o coordinadora OLN en 13110" in " ".join(told.split())
    held = oln("users").stdout
    assert "(MUNICIPAL_ADMIN) en 13101" in held
    assert "COORDINATOR" not in held


def test_the_operator_corrects_the_days_of_a_role_and_is_told_which_no_longer_hold(oln: Run) -> None:
    oln("install", "start")
    person = ("install", "invite", "ana.rojas", "--name", "Ana Rojas", "--subject", "s1")
    role = ("--role", "coordinator", "--territory", "13101")
    oln(*person, *role, "--since", "2099-01-01")
    told = oln(*person, *role, "--correct").stdout
    assert "Ya no: Coordinador o coordinadora OLN en 13101, desde el 01-01-2099." in " ".join(told.split())
    held = oln("users").stdout
    assert "2099" not in held and held.count("(COORDINATOR) en 13101, desde el") == 1


def test_a_role_for_more_than_a_commune_is_asked_about_first(oln: Run) -> None:
    oln("install", "start")
    person = ("install", "invite", "ana.rojas", "--name", "Ana Rojas", "--subject", "s1", "--role", "coordinator")
    for territory, many in (("13", "la región 13: 52"), ("CL", "todo el país: 346")):
        told = oln(*person, "--territory", territory)
        assert told.returncode == 1 and f"abre {many} comunas" in " ".join(told.stdout.split())
    assert "ana.rojas" not in oln("users").stdout
    assert oln(*person, "--territory", "13", "--yes").returncode == 0


def test_a_sector_partner_is_invited_from_the_api_and_the_refusal_says_how(oln: Run) -> None:
    oln("install", "start")
    person = ("--name", "Rosa Quidel", "--subject", "s2", "--role", "sector_partner", "--territory", "13101")
    refused = oln("install", "invite", "rosa.quidel", *person)
    assert refused.returncode == 1
    said = " ".join(refused.stderr.split())
    assert "organizationId" in said and "registerOrganization" in said


@pytest.mark.parametrize("words", [("--help",), ("a.b", "--name", "x", "--subject", "s", "--role", "x")])
def test_the_roles_on_offer_are_those_that_the_operator_may_give(oln: Run, words: tuple[str, ...]) -> None:
    told = oln("install", "invite", *words, "--territory", "13101", COLUMNS="300")
    said = (told.stdout + told.stderr).upper()
    assert [role for role in Role if role not in said] == [Role.SECTOR_PARTNER]


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
            {"OLN_DATABASE_URL": "mysql://ana:" + "secreta@x/y"},
            "OLN_DATABASE_URL no puede ser: se espera sqlite",
        ),
        (("install", "start"), {"OLN_DATABASE_URL": "postgresql://nadie@127.0.0.1:1/x"}, "OLN_DATABASE_URL"),
        (
            ("users",),
            {"OLN_DATABASE_URL": "postgresql:///x?foo=bar"},
            "OLN_DATABASE_URL lleva una opción que PostgreSQL no admite (foo)",
        ),
        (
            ("db", "status"),
            {"OLN_DATABASE_URL": "postgresql:///x?connect_timeout=a"},
            "OLN_DATABASE_URL lleva una opción que PostgreSQL no admite (connect_timeout)",
        ),
        (("users",), {"OLN_CORS_ORIGINS": '["*"]'}, "no puede ser: se nombra cada página, y «*» serían todas"),
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


def test_a_demo_with_an_issuer_that_anybody_could_be_starts_no_server(oln: Run) -> None:
    assert oln("demo", "--communes", "13101", "--children", "20", kind="DEMO", OLN_ISSUER="").returncode == 0
    served = oln("serve", kind="DEMO", OLN_ISSUER="http://x")
    assert (served.returncode, "debe empezar con https://" in served.stderr) == (1, True)
    assert "Traceback" not in served.stderr
    looked = oln("doctor", kind="DEMO", OLN_ISSUER="http://x")
    assert (looked.returncode, "debe empezar con https://" in looked.stdout) == (1, True)


def test_the_doctor_says_that_nobody_could_come_in(oln: Run) -> None:
    oln("install", "start")
    for item in SIGNED:
        oln("install", "sign", item, "--by", "Alcaldía", "--document", "Decreto 1")
    done = oln("doctor", OLN_ISSUER="https://127.0.0.1:1", COLUMNS="200")
    assert "! https://127.0.0.1:1: no responde. Con sus tokens nadie entra" in done.stdout
    assert (done.returncode, "Todo en orden" in done.stdout) == (0, False)


def test_the_doctor_says_which_jobs_nobody_does(oln: Run, tmp_path: Path) -> None:
    assert oln("demo", "--communes", "13101", "--children", "20", kind="DEMO", OLN_ISSUER="").returncode == 0
    oln("work", "--once", kind="DEMO", OLN_ISSUER="")
    assert "Todo en orden" in oln("doctor", kind="DEMO", OLN_ISSUER="").stdout
    with closing(sqlite3.connect(tmp_path / "oln" / "oln.db")) as base:
        base.execute("UPDATE lease SET until = '2026-01-02 12:00:00'")
        base.commit()
    done = oln("doctor", kind="DEMO", OLN_ISSUER="", COLUMNS="200")
    assert (done.returncode, done.stdout.count("espera desde el 02-01-2026")) == (0, 5)


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


def test_the_schema_needs_no_installation(tmp_path: Path) -> None:
    said = oln_at(tmp_path / "oln", "schema")
    assert said.stdout == (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_that_there_is_hardly_any_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=5 << 20))
    host: Any = SimpleNamespace(settings=SimpleNamespace(home=tmp_path))
    assert doctor.cramped(host) == [f"Quedan 5 MB en el disco de {tmp_path}: libere espacio."]
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 30))
    assert doctor.cramped(host) == []
