"""The index of an extract, written by hand: what is wrong is told by its place, its value and what may be."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.services.extracts import ExtractRefused, deliveries
from scoring.synthetic.files import ExtractFile, write_index

GOOD: dict[str, Any] = {
    "kind": "persons",
    "file": "personas.csv",
    "period": "2026-11",
    "provider": "Registro de prueba",
    "agreement": "Convenio de prueba",
    "legal_basis": "Ley 21.430 art. 66",
    "expires_on": "2027-11-01",
    "nature": "ADMINISTRATIVE",
}


def refusal(folder: Path, text: str) -> str:
    (folder / "extract.json").write_text(text, encoding="utf-8")
    with pytest.raises(ExtractRefused) as refused:
        deliveries(folder)
    return refused.value.message


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("kind", "personas", 'files[1].kind (b.csv) dice "personas"; debe ser uno de persons, households, '),
        ("kind", None, "files[1].kind (b.csv) dice null; debe ser uno de persons"),
        ("period", "noviembre", 'files[1].period (b.csv) dice "noviembre"; debe ser un mes (AAAA-MM)'),
        ("period", "2026-13", 'files[1].period (b.csv) dice "2026-13"; debe ser un mes'),
        ("period", 202611, "files[1].period (b.csv) dice 202611; debe ser un mes"),
        ("expires_on", "01-11-2027", 'files[1].expires_on (b.csv) dice "01-11-2027"; debe ser una fecha (AAAA-MM-DD)'),
        ("provider", " ", 'files[1].provider (b.csv) dice " "; debe ser un texto'),
        ("legal_basis", 3, "files[1].legal_basis (b.csv) dice 3; debe ser un texto"),
        ("nature", "OTHER", 'files[1].nature (b.csv) dice "OTHER"; debe ser uno de ADMINISTRATIVE, SELF_REPORTED'),
        ("synthetic", "false", 'files[1].synthetic (b.csv) dice "false"; debe ser true o false, sin comillas'),
        ("corrects_identity", 1, "files[1].corrects_identity (b.csv) dice 1; debe ser true o false, sin comillas"),
        ("sha256", "abc", 'files[1].sha256 (b.csv) dice "abc"; debe ser la huella SHA-256'),
        ("file", "../b.csv", 'files[1].file dice "../b.csv"; debe ser el nombre de un archivo de la misma carpeta'),
        ("agreement", ["x" * 80], f'files[1].agreement (b.csv) dice ["{"x" * 38}…; debe ser un texto'),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_its_value(tmp_path: Path, key: str, value: Any, said: str) -> None:
    text = json.dumps({"files": [GOOD, GOOD | {"file": "b.csv"} | {key: value}]})
    assert refusal(tmp_path, text).startswith(f"extract.json: {said}")


@pytest.mark.parametrize("key", sorted(GOOD))
def test_what_is_missing_is_told_by_its_name(tmp_path: Path, key: str) -> None:
    without = {name: value for name, value in GOOD.items() if name != key}
    named = "" if key == "file" else " (personas.csv)"
    assert refusal(tmp_path, json.dumps({"files": [without]})).startswith(f"extract.json: files[0].{key}{named} falta;")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "línea 1, columna 1"),
        ('{"files": [\n  {"kind": "persons",}\n]}', "línea 2, columna 22"),
        ("[]", "«files» debe ser una lista"),
        ('{"files": []}', "«files» debe ser una lista"),
        ('{"files": [{"period": "2026-11", "period": "2026-10"}]}', "la clave «period» está dos veces"),
        ('{"files": ["personas.csv"]}', "files[0] debe ser un objeto"),
    ],
)
def test_what_is_no_index_is_told_by_its_form(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_an_index_in_another_encoding_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "extract.json").write_bytes('{"files": "ñ"}'.encode("cp1252"))
    with pytest.raises(ExtractRefused, match="UTF-8"):
        deliveries(tmp_path)


def test_an_index_as_windows_saves_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "extract.json").write_text(json.dumps({"files": [GOOD]}), encoding="utf-8-sig")
    assert [delivery.kind for delivery in deliveries(tmp_path)] == ["persons"]


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ({"perido": "2026-11"}, "files[0]: Clave desconocida «perido»: ¿quiso decir «period»?"),
        ({"Synthetic": True}, "files[0]: Clave desconocida «Synthetic»: ¿quiso decir «synthetic»?"),
        (
            {"corrects_identty": True},
            "files[0]: Clave desconocida «corrects_identty»: ¿quiso decir «corrects_identity»?",
        ),
        ({"zzz": 1}, "files[0]: Clave desconocida «zzz»: se conocen kind, file, sha256, rows, period, provider, "),
        ({"x" * 80: 1}, f"files[0]: Clave desconocida «{'x' * 40}…»: se conocen kind"),
    ],
)
def test_a_key_that_is_not_known_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, index: dict[str, Any], said: str
) -> None:
    assert refusal(tmp_path, json.dumps({"files": [GOOD | index]})).startswith(f"extract.json: {said}")


@pytest.mark.parametrize(
    ("key", "said"),
    [("file", "¿quiso decir «files»?"), ("zzz", "se conocen files, period, synthetic, notice, seed.")],
)
def test_a_key_of_the_folder_that_is_not_known_is_refused_too(tmp_path: Path, key: str, said: str) -> None:
    told = refusal(tmp_path, json.dumps({"files": [GOOD], key: True}))
    assert told == f"extract.json: Clave desconocida «{key}»: {said}"


@pytest.mark.parametrize(("entry", "synthetic"), [({}, True), ({"synthetic": False}, False)])
def test_a_folder_of_invented_people_is_of_them_where_a_file_says_nothing(
    tmp_path: Path, entry: dict[str, Any], synthetic: bool
) -> None:
    (tmp_path / "extract.json").write_text(json.dumps({"synthetic": True, "files": [GOOD | entry]}), encoding="utf-8")
    assert deliveries(tmp_path)[0].synthetic is synthetic


def test_every_key_that_the_invented_country_writes_is_known(tmp_path: Path) -> None:
    entry = ExtractFile("persons", "a.csv", "0" * 64, 1, "2026-11", "P", "A", "L", "2027-11-01", "ADMINISTRATIVE")
    write_index(tmp_path, (entry,), date(2026, 11, 1), 7)
    assert deliveries(tmp_path)[0].synthetic
