"""The `oln` command as an operator meets it: a real installation from nothing, and refusals without a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

SIGNED = ("legal_basis", "retention", "impact_assessment", "subject_rights")


@pytest.fixture
def oln(tmp_path: Path):
    """Run `oln` in an installation of its own."""

    def run(*words: str, kind: str = "REAL", **settings: str) -> subprocess.CompletedProcess[str]:
        home = {"OLN_HOME": str(tmp_path / "oln"), "OLN_INSTALLATION": kind, "OLN_ISSUER": "https://id.example"}
        command = [sys.executable, "-c", "import cli; cli.run()", *words]
        clean = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(command, capture_output=True, text=True, env=clean | home | settings)

    return run


def test_a_real_installation_starts_once_its_checklist_is_signed(oln) -> None:
    assert "REAL" in oln("install", "start").stdout
    assert oln("doctor").returncode == 1
    for item in SIGNED:
        assert oln("install", "sign", item, "--by", "Alcaldía", "--document", "Decreto 1").returncode == 0
    person = ("--name", "Ana Rojas", "--subject", "s1", "--role", "COORDINATOR", "--territory", "13101")
    assert oln("install", "invite", "ana.rojas", *person).returncode == 0
    assert "ana.rojas" in oln("users").stdout
    assert oln("doctor").returncode == 0
    assert oln("audit", "verify").returncode == 0


def test_a_real_installation_refuses_the_demo_country_and_its_tokens(oln, tmp_path: Path) -> None:
    refused = oln("demo")
    assert (refused.returncode, "REAL" in refused.stdout) == (1, True)
    assert not (tmp_path / "oln" / "oln.db").exists()


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (("users",), {}, "oln db upgrade"),
        (("users",), {"kind": "DEMOO"}, "OLN_INSTALLATION"),
        (("users",), {"OLN_CORS_ORIGINS": "malo"}, "lista"),
        (("users",), {"OLN_DATABASE_URL": "postgresql://nadie@127.0.0.1:1/x"}, "OLN_DATABASE_URL"),
        (("demo", "--communes", "99999"), {"kind": "DEMO"}, "99999"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_no_traceback(oln, words, settings, said: str) -> None:
    done = oln(*words, **settings)
    assert done.returncode == 1
    assert said in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_only_their_owner_reads_what_an_installation_holds(oln, tmp_path: Path) -> None:
    oln("install", "start")
    rights = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "oln").rglob("*")}
    assert rights
    assert not any(rights.values()), rights
