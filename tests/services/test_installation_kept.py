"""What is there is kept from harm: bases, keys and anchors that are gone or foreign, disks that fail, Ctrl+C."""

import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.base import interruptible
from core.identity import KeyRing
from tests.house.tree import ROOT
from tests.services.running import begun, command, environment, oln_at, refusal


def backup(folder: Path, home: Path) -> "subprocess.CompletedProcess[str]":
    guide = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    snippet = guide.split("python3 - <<'FIN'\n")[1].split("FIN\n")[0]
    env = {"PATH": "/usr/bin:/bin", "OLN_HOME": str(home)}
    return subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, env=env, cwd=folder)


def test_the_guides_backup_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "oln.db") as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE kept AS SELECT 7 AS what")
        base.commit()
        done = backup(tmp_path, tmp_path)  # while it is open, so that the log still holds what is new
    base.close()
    (file,) = tmp_path.glob("oln-respaldo-*")
    assert file.stat().st_mode & 0o077 == 0
    assert file.name in done.stdout
    with sqlite3.connect(file) as copy:
        assert copy.execute("SELECT what FROM kept").fetchall() == [(7,)]
    copy.close()


@pytest.mark.parametrize("text", [None, "", "x" * 9000])
def test_the_guides_backup_leaves_nothing_of_a_base_that_is_not_there(tmp_path: Path, text: str | None) -> None:
    home = tmp_path / "oln"
    home.mkdir()
    if text is not None:
        (home / "oln.db").write_text(text, encoding="utf-8")
    done = backup(tmp_path, home)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "respald" in done.stderr
    assert list(tmp_path.iterdir()) == [home]


@pytest.fixture(scope="module")
def municipality(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A REAL installation as `oln install start` makes it, to be copied."""
    home = tmp_path_factory.mktemp("municipality") / "oln"
    made = oln_at(home, "install", "start", OLN_INSTALLATION="REAL")
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture
def real(municipality: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(municipality, tmp_path / "oln"))


ALL_KINDS = ("demo", "demo --if-missing", "users", "token x", "doctor", "serve", "import . --as x", "audit verify")


@pytest.mark.parametrize("words", ALL_KINDS)
def test_a_real_base_is_not_opened_as_a_demo(municipality: Path, words: str) -> None:
    said = refusal(municipality, *words.split())
    assert "Esta base es de una instalación REAL: defina OLN_INSTALLATION=REAL." in said
    assert "borre" not in said


def test_a_real_installation_is_asked_for_by_its_name(tmp_path: Path) -> None:
    assert "OLN_INSTALLATION=REAL" in refusal(tmp_path / "oln", "install", "start")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ["doctor", "serve", "users", "db upgrade", "install start"])
def test_another_installations_keys_open_nothing(real: Path, words: str) -> None:
    KeyRing.generate().save(real / "keys.json")
    said = refusal(real, *words.split(), OLN_INSTALLATION="REAL")
    assert "Las claves de keys.json no son las de esta base" in said


def test_the_doctor_misses_the_anchor_file(tmp_path: Path) -> None:
    home = tmp_path / "oln"
    assert oln_at(home, "demo", "--communes", "13101", "--children", "20").returncode == 0
    assert oln_at(home, "audit", "verify").returncode == 0
    assert oln_at(home, "doctor").returncode == 0
    (home / "audit-anchor.jsonl").unlink()
    done = oln_at(home, "doctor", COLUMNS="400")
    assert (done.returncode, "Falta audit-anchor.jsonl, que llegó a" in done.stdout) == (1, True)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_keys_that_cannot_be_read_are_told_in_a_sentence(real: Path, text: str) -> None:
    (real / "keys.json").write_text(text, encoding="utf-8")
    assert "No se entiende" in refusal(real, "users", OLN_INSTALLATION="REAL")


@pytest.mark.parametrize("words", ["users", "install start", "demo"])
@pytest.mark.parametrize("gone", [True, False])
def test_nothing_is_built_where_the_base_is_gone(real: Path, words: str, gone: bool) -> None:
    for file in real.glob("oln.db*"):
        file.unlink()
    if not gone:  # cut to nothing is as good as gone
        (real / "oln.db").touch()
    before = sorted(real.iterdir())
    kind = "DEMO" if words == "demo" else "REAL"
    assert f"Falta la base {real / 'oln.db'}" in refusal(real, *words.split(), OLN_INSTALLATION=kind)
    assert sorted(real.iterdir()) == before


@pytest.mark.parametrize("words", ["doctor", "users", "audit verify", "demo"])
@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_base_is_told_in_one_sentence(real: Path, words: str, cut: bool) -> None:
    file = real / "oln.db"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if cut else b"x" * len(whole))
    kind = "DEMO" if words == "demo" else "REAL"
    assert "La base está dañada" in refusal(real, *words.split(), OLN_INSTALLATION=kind)


def test_the_doctor_finds_damage_where_nobody_has_looked(real: Path) -> None:
    with sqlite3.connect(real / "oln.db") as base:
        (page,) = base.execute("SELECT rootpage FROM sqlite_master WHERE name = 'nna'").fetchone()
        (size,) = base.execute("PRAGMA page_size").fetchone()
    base.close()
    with (real / "oln.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * size)
    done = oln_at(real, "doctor", OLN_INSTALLATION="REAL")
    assert (done.returncode, "La base está dañada" in done.stdout) == (1, True)


@pytest.mark.parametrize("bare_database", ["postgresql"], indirect=True)
def test_on_a_server_a_base_without_its_keys_gets_no_new_ones(bare_database: str, tmp_path: Path) -> None:
    home, plain = tmp_path / "oln", {"OLN_INSTALLATION": "REAL", "OLN_DATABASE_URL": bare_database}
    assert oln_at(home, "install", "start", **plain).returncode == 0
    keys = (home / "keys.json").read_bytes()
    (home / "keys.json").unlink()
    for words in ("users", "install start", "db upgrade"):
        assert "recupere las claves de su respaldo" in refusal(home, *words.split(), **plain)
    assert not (home / "keys.json").exists()
    KeyRing.generate().save(home / "keys.json")
    assert "Las claves de keys.json no son las de esta base" in refusal(home, "users", **plain)
    (home / "keys.json").write_bytes(keys)
    assert oln_at(home, "users", **plain).returncode == 0


def test_a_disk_that_fails_is_told_as_such(real: Path) -> None:
    """A limit on the size of files is as good as a disk that takes no more."""
    words = shlex.join(command("install", "sign", "retention", "--by", "Ana", "--document", "Decreto 1"))
    env = environment(real, OLN_INSTALLATION="REAL")
    done = subprocess.run(["bash", "-c", f"ulimit -f 1; {words}"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr.startswith("✗ Error del disco")) == (1, True), done.stderr


def test_an_anchor_file_that_is_gone_is_accepted_by_somebody_and_for_a_reason(real: Path) -> None:
    plain = {"OLN_INSTALLATION": "REAL"}
    given = ("audit", "verify", "--accept-anchor", "falló el disco", "--by", "Ana Rojas")
    assert oln_at(real, "audit", "verify", **plain).returncode == 0
    assert "no hay qué aceptar" in refusal(real, *given, **plain)
    (real / "audit-anchor.jsonl").unlink()
    gone = oln_at(real, "audit", "verify", **plain)
    assert (gone.returncode, "Falta audit-anchor.jsonl" in gone.stdout) == (1, True)
    assert oln_at(real, *given[:-2], **plain).returncode == 2
    assert oln_at(real, *given, **plain).returncode == 0
    assert oln_at(real, "audit", "verify", **plain).returncode == 0


@pytest.mark.parametrize("address", ["xx", "mysql://a/b", "postgresql://a:b:c/d"])
def test_an_address_that_is_none_is_told_in_a_sentence(tmp_path: Path, address: str) -> None:
    assert "OLN_DATABASE_URL" in refusal(tmp_path / "oln", "users", OLN_DATABASE_URL=address)


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "revise OLN_HOME" in refusal(tmp_path / "file" / "oln", "demo")


def test_keys_do_not_stay_where_no_base_came_about(tmp_path: Path) -> None:
    refusal(tmp_path / "oln", "demo", OLN_DATABASE_URL=f"sqlite:///{tmp_path}/none/oln.db")
    assert not (tmp_path / "oln" / "keys.json").exists()


def test_who_stops_a_long_command_is_told_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end, interruptible("Queda lo hecho."):
        raise KeyboardInterrupt
    assert end.value.exit_code == 130
    assert capsys.readouterr().err == "✗ Interrumpido. Queda lo hecho.\n"


def test_a_demo_that_is_interrupted_says_how_to_begin_anew(tmp_path: Path) -> None:
    making = begun(tmp_path / "oln", "demo")
    assert making.stdout
    assert "País" in making.stdout.readline()
    making.send_signal(signal.SIGINT)
    said = making.communicate(timeout=30)[1]
    assert making.returncode == 130, said
    assert "Interrumpido. El país de demostración quedó a medias." in " ".join(said.split())


def test_a_demo_that_was_killed_is_told_by_whatever_opens_it(tmp_path: Path) -> None:
    making = begun(tmp_path / "oln", "demo", "--communes", "13101", "--children", "20")
    assert making.stdout
    assert any("Inventando" in line for line in making.stdout)
    making.kill()
    making.communicate(timeout=30)
    doctor = oln_at(tmp_path / "oln", "doctor", COLUMNS="400")
    assert (doctor.returncode, "quedó a medias. Para hacer otro, borre la carpeta" in doctor.stdout) == (1, True)
    for words in ("serve", "users", "demo", "demo --if-missing", "work --once"):
        assert "quedó a medias. Para hacer otro, borre la carpeta" in refusal(tmp_path / "oln", *words.split())


def test_whatever_else_is_interrupted_says_what_is_kept(real: Path) -> None:
    asking = begun(real, "db", "downgrade", "core", "base", OLN_INSTALLATION="REAL")
    assert asking.stdout
    assert asking.stdout.read(2) == "Se"  # it waits for an answer
    asking.send_signal(signal.SIGINT)
    said = asking.communicate(timeout=30)[1]
    assert (asking.returncode, "Lo que ya estaba guardado quedó" in said) == (130, True), said
