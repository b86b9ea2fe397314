"""The words of the `oln` command: what is asked wrongly, and every help page, in Spanish."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from cli.commands import main, obey
from cli.spanish import speak_spanish
from core.settings import settings
from tests.services.running import environment

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


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, for what runs in this very process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLN_HOME", ".oln")
    monkeypatch.setenv("COLUMNS", "80")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.mark.parametrize("words", COMMANDS)
def test_where_nothing_is_installed_a_command_says_so_and_writes_nothing(
    nowhere: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert obey(words.split()) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "No hay instalación en la carpeta" in told
    assert "`oln demo`" in told
    assert list(nowhere.iterdir()) == []


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
        ("import . --as x --unattended y", "Diga en nombre de quién importa de una sola manera"),
        ("import . --unattended=", "Diga en nombre de quién importa: --as USUARIO"),
        ("import . --unattended=12.531.909-2", "--unattended parece contener un RUN"),
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


def test_who_stops_it_while_the_libraries_load_reads_a_sentence(tmp_path: Path) -> None:
    stopped = (
        "import os, signal, sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        name == 'cli.commands' and (os.kill(os.getpid(), signal.SIGINT), time.sleep(9))\n"
        "sys.meta_path.insert(0, Slow())\n"
        "import cli; cli.run()"
    )
    told = subprocess.run([sys.executable, "-c", stopped], capture_output=True, text=True, env=environment(tmp_path))
    assert (told.returncode, told.stderr) == (130, "✗ Interrumpido; no se hizo nada.\n")
