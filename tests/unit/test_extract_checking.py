"""A dirty file, mistake by mistake: line, column, code and a sentence, never the value."""

from datetime import date
from pathlib import Path

import pytest

from core.identity import demo_run
from core.reference import ListEffect, exit_reasons, format_columns
from core.services.extracts.checking import Checked, Frontier, check
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.findings import MESSAGES
from core.services.extracts.formats import formats
from core.services.extracts.reading import read_sheet

PERIOD, TODAY = date(2026, 11, 1), date(2026, 11, 20)
HEADER = "comuna,tipo_identificador,identificador,nombres,apellido_paterno,fecha_nacimiento,fecha_probable_parto,sexo"
GOOD = f"13101,RUN,{demo_run(0)},Amanda,Núñez,2016-05-04,,FEMALE"


def checked(
    folder: Path,
    *rows: str,
    kind: str = "persons",
    header: str = HEADER,
    mine: str | None = None,
    period: date = PERIOD,
) -> Checked:
    path = folder / "archivo.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    communes = frozenset({mine}) if mine else None
    return check(read_sheet(path), formats()[kind], Frontier(period, TODAY, communes))


def found(one: Checked) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.column, finding.code) for finding in one.findings.first()]


def test_a_dirty_file_of_persons_is_told_row_by_row(tmp_path: Path) -> None:
    one = checked(
        tmp_path,
        GOOD,
        f"13101,RUN,{demo_run(1)[:-1]}?,Amanda,Núñez,2016-05-04,,FEMALE",
        f"99999,RUN,{demo_run(2)},Amanda,Núñez,2016-05-04,,FEMALE",
        f"13101,RUN,{demo_run(3)},Amanda,,2016-05-04,,FEMALE",
        f"13101,RUN,{demo_run(4)},Amanda,Núñez,2050-01-01,,FEMALE",
        f"13101,RUN,{demo_run(5)},Amanda,Núñez,ayer,,FEMALE",
        f"13101,RUN,{demo_run(6)},Amanda,Núñez,,,FEMALE",
        f"13101,PROVISIONAL,{demo_run(7)},Amanda,Núñez,2016-05-04,,OTRA",
        f"13101,RUN,{demo_run(8)},Amanda",
        f"13101,RUN,{demo_run(9)},Amanda,Núñez,2008-11-01,,FEMALE",
        f"13101,run,{demo_run(0).replace('-', '')},Amanda,Núñez,2016-05-04,,FEMALE",
        f"13101,,{demo_run(10)},Amanda,Núñez,2016-05-04,,FEMALE",
    )
    assert found(one) == [
        (3, "identificador", "INVALID_RUN"),
        (4, "comuna", "UNKNOWN_COMMUNE"),
        (5, "apellido_paterno", "MISSING_VALUE"),
        (6, "fecha_nacimiento", "DATE_IN_FUTURE"),
        (7, "fecha_nacimiento", "NOT_A_DATE"),
        (8, "fecha_nacimiento", "BIRTH_MISSING"),
        (9, "identificador", "INVALID_PROVISIONAL"),
        (9, "sexo", "CODE_NOT_ALLOWED"),
        (10, "", "RAGGED_ROW"),
        (11, "fecha_nacimiento", "OUT_OF_AGE"),
        (12, "", "DUPLICATE_ROW"),
        (13, "tipo_identificador", "MISSING_VALUE"),
    ]
    assert (one.rows.height, one.findings.rejected, one.findings.left_out, one.sound().height) == (12, 10, 1, 1)


def test_the_summary_counts_by_code(tmp_path: Path) -> None:
    assert checked(tmp_path, GOOD, GOOD, GOOD).findings.summary() == {"DUPLICATE_ROW": 2}


def test_no_sentence_shows_a_value(tmp_path: Path) -> None:
    one = checked(tmp_path, f"13101,RUN,{demo_run(1)[:-1]}?,Secreta,Núñez,2016-05-04,,FEMALE")
    told = " ".join(f"{f.column} {f.message}" for f in one.findings.first())
    assert "Secreta" not in told and demo_run(1)[:8] not in told
    assert all(sentence.endswith(".") or sentence.endswith(").") for sentence in MESSAGES.values())


def test_a_bad_row_does_not_stand_in_the_way_of_its_correction(tmp_path: Path) -> None:
    assert found(checked(tmp_path, GOOD.replace("FEMALE", "OTRA"), GOOD)) == [(2, "sexo", "CODE_NOT_ALLOWED")]


def test_rows_of_another_commune_are_told_to_who_may_not_import_them(tmp_path: Path) -> None:
    other = f"13301,RUN,{demo_run(1)},Amanda,Núñez,2016-05-04,,FEMALE"
    assert found(checked(tmp_path, GOOD, other, mine="13101")) == [(3, "comuna", "OUT_OF_SCOPE")]


def test_what_is_wrong_with_ones_own_rows_is_told_before_whose_the_others_are(tmp_path: Path) -> None:
    other = f"13301,RUN,{demo_run(1)},Amanda,Núñez,2016-05-04,,FEMALE"
    wrong = f"13101,RUN,{demo_run(2)},Amanda,Núñez,2016-05-04,,OTRO"
    told = checked(tmp_path, other, wrong, mine="13101").findings.first()
    assert [(one.line, one.code) for one in told] == [(3, "CODE_NOT_ALLOWED"), (2, "OUT_OF_SCOPE")]


def test_a_required_column_that_is_missing_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="Faltan columnas obligatorias: nombres, apellido_paterno"):
        checked(tmp_path, "13101,RUN,1", header="comuna,tipo_identificador,identificador")


def test_a_required_column_whose_name_is_misspelt_is_told_beside_the_right_name(tmp_path: Path) -> None:
    header = "comuna,tipo_identificador,identificadro,nombres,apelido_paterno,sexo,fecha_nacimiento"
    with pytest.raises(ExtractRefused) as refused:
        checked(tmp_path, "13101,RUN,1,a,b,F,2016-05-04", header=header)
    assert "Corrija su nombre: «apelido_paterno» por «apellido_paterno», «identificadro» por" in refused.value.message


def test_a_column_that_nobody_knows_is_said_and_passed_over(tmp_path: Path) -> None:
    one = checked(tmp_path, f"{GOOD},x", header=f"{HEADER},puntaje_secreto")
    assert one.notes == ("Se ignoraron columnas que no son del formato: «puntaje_secreto».",) and not found(one)


@pytest.mark.parametrize("name", ["direccion_protejida", "Direccion  Protegidas", "protegida", "Domicilio protegido"])
def test_a_misspelt_column_refuses_the_file_and_says_which_is_meant(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExtractRefused, match="quiso decir «direccion_protegida»"):
        checked(tmp_path, f"{GOOD},si", header=f"{HEADER},{name}")


def test_no_run_stands_in_a_name(tmp_path: Path) -> None:
    named = f"13101,RUN,{demo_run(1)},Renata 12.531.909-2,Núñez,2016-05-04,,FEMALE"
    plain = f"13101,RUN,{demo_run(2)},Renata 2a,Núñez,2016-05-04,,FEMALE"
    assert found(checked(tmp_path, named, plain)) == [(2, "nombres", "RUN_IN_TEXT"), (3, "nombres", "NOT_A_NAME")]


def test_what_is_no_name_is_told_by_line_and_column_and_a_spoilt_one_by_what_spoilt_it(tmp_path: Path) -> None:
    header = f"{HEADER},apellido_materno"
    rows = (
        f"13101,RUN,{demo_run(n)},{given},Núñez,2016-05-04,,FEMALE,{second}"
        for n, (given, second) in enumerate(
            (("=cmd()", "Soto"), ("Ana", "12345"), ("Ana", "-"), ("Ana", "O’Higgins"), ("BegoÃ±a", "")), 1
        )
    )
    assert found(checked(tmp_path, *rows, header=header)) == [
        (2, "nombres", "NOT_A_NAME"),
        (3, "apellido_materno", "NOT_A_NAME"),
        (4, "apellido_materno", "NOT_A_NAME"),
        (6, "nombres", "GARBLED_TEXT"),
    ]


def test_headers_are_known_in_any_case_and_order(tmp_path: Path) -> None:
    names = HEADER.split(",")
    header = ",".join(reversed([name.upper().replace("_", " ") for name in names]))
    assert not found(checked(tmp_path, ",".join(reversed(GOOD.split(","))), header=header))


def test_a_pregnancy_has_an_expected_birth_and_no_birth(tmp_path: Path) -> None:
    assert not found(checked(tmp_path, "13101,PROVISIONAL,100000000-7,Por nacer,Núñez,,2027-02-01,UNKNOWN"))


@pytest.mark.parametrize(
    ("kind", "number", "expected", "told"),
    [
        ("PROVISIONAL", "100000000-7", "2027-08-27", []),  # 40 weeks from today
        ("PROVISIONAL", "100000000-7", "2027-08-28", [("fecha_probable_parto", "EXPECTED_TOO_LATE")]),
        ("PROVISIONAL", "100000000-7", "2026-01-01", []),  # whose birth nobody wrote down: the office is told of them
        ("RUN", demo_run(1), "2027-02-01", [("tipo_identificador", "UNBORN_WITH_RUN")]),
    ],
)
def test_a_pregnancy_of_a_file_is_what_the_office_may_register(
    tmp_path: Path, kind: str, number: str, expected: str, told: list[tuple[str, str]]
) -> None:
    one = checked(tmp_path, f"13101,{kind},{number},Por nacer,Núñez,,{expected},UNKNOWN")
    assert [(column, code) for _, column, code in found(one)] == told


def test_how_far_ahead_a_child_who_is_born_was_expected_is_no_question(tmp_path: Path) -> None:
    assert not found(checked(tmp_path, f"13101,RUN,{demo_run(1)},Luz,Núñez,2026-11-01,2027-12-01,UNKNOWN"))


def test_who_could_be_in_no_register_of_children_is_a_slip_of_the_year_and_comes_back(tmp_path: Path) -> None:
    births = ("1926-05-04", "1996-11-01", "1996-11-02", "2008-10-31")
    one = checked(tmp_path, *(f"13101,RUN,{demo_run(n)},A,B,{birth},,FEMALE" for n, birth in enumerate(births)))
    assert [code for _, _, code in found(one)] == ["BIRTH_TOO_EARLY", "BIRTH_TOO_EARLY", "OUT_OF_AGE", "OUT_OF_AGE"]
    assert (one.findings.rejected, one.findings.left_out) == (2, 2)


def test_who_turns_18_on_the_first_of_the_month_is_left_out_and_who_does_the_day_after_is_not(tmp_path: Path) -> None:
    rows = [f"13101,RUN,{demo_run(n)},A,B,2008-11-0{n},,FEMALE" for n in (1, 2)]
    one = checked(tmp_path, *rows)
    assert found(one) == [(2, "fecha_nacimiento", "OUT_OF_AGE")] and one.findings.rejected == 0


def test_a_stay_must_end_after_it_begins(tmp_path: Path) -> None:
    key = f"13101,RUN,{demo_run(0)},PROTECTION_MEASURE"
    header = "comuna,tipo_identificador,identificador,motivo,efecto,vigente_desde,vigente_hasta"
    rows = (f"{key},EXCLUDED,2026-01-02,2026-01-02", f"{key},EXCLUDED,2026-01-03,")
    one = checked(tmp_path, *rows, kind="exclusions", header=header)
    assert found(one) == [(2, "vigente_hasta", "ENDS_BEFORE_START")]


@pytest.mark.parametrize(
    ("reason", "effect", "told"),
    [
        ("FAMILY_REFUSES", "EXCLUDED", ["EFFECT_MISMATCH"]),
        ("PROTECTION_MEASURE", "LAST_PRIORITY", ["EFFECT_MISMATCH"]),
        ("FAMILY_REFUSES", "LAST_PRIORITY", []),
        ("PROTECTION_MEASURE", "EXCLUDED", []),
        ("THERAPY_RIGHTS_VIOLATION", "EXCLUDED", []),
        ("SE_FUE", "EXCLUDED", ["CODE_NOT_ALLOWED"]),
    ],
)
def test_what_a_reason_does_to_the_list_is_not_the_files_to_say(
    tmp_path: Path, reason: str, effect: str, told: list[str]
) -> None:
    header = "comuna,tipo_identificador,identificador,motivo,efecto,vigente_desde"
    row = f"13101,RUN,{demo_run(0)},{reason},{effect},2026-01-02"
    assert [code for _, _, code in found(checked(tmp_path, row, kind="exclusions", header=header))] == told


def test_every_reason_that_a_file_may_give_has_one_effect_on_the_list() -> None:
    (reasons,) = (
        set(one.allowed) for one in format_columns() if (one.kind, one.field) == ("exclusions", "reason_code")
    )
    effects = [(one.code, one.effect_on_list) for one in exit_reasons() if one.code in reasons]
    assert len(effects) == len(reasons) == len(dict(effects))
    assert {effect for _, effect in effects} == {ListEffect.EXCLUDED, ListEffect.LAST_PRIORITY}


@pytest.mark.parametrize(
    ("kind", "month", "file", "told"),
    [
        ("scores", "2026-12", date(2026, 12, 1), []),  # it comes some days before its month begins
        ("scores", "2027-01", date(2026, 12, 1), ["DATE_IN_FUTURE"]),
        ("scores", "2026-12", date(2026, 11, 1), ["DATE_IN_FUTURE"]),
        ("attendance", "2026-12", date(2026, 12, 1), ["DATE_IN_FUTURE"]),  # nobody went to school yet
    ],
)
def test_the_score_of_a_month_may_come_before_it_in_the_file_of_that_month(
    tmp_path: Path, kind: str, month: str, file: date, told: list[str]
) -> None:
    header = "comuna,tipo_identificador,identificador,periodo,"
    rest = {"scores": "puntaje,percentil,orden,version_instrumento", "attendance": "rbd,nivel,asistencia"}
    cells = {"scores": "50,50,1,V1", "attendance": "9001,PRIMARY,90"}
    row = f"13101,RUN,{demo_run(0)},{month},{cells[kind]}"
    one = checked(tmp_path, row, kind=kind, header=header + rest[kind], period=file)
    assert [code for _, _, code in found(one)] == told


def test_a_carer_has_a_name_and_a_surname_or_neither(tmp_path: Path) -> None:
    header = "comuna,hogar,fecha_actualizacion,cuidador_nombres,cuidador_apellido_paterno"
    one = checked(tmp_path, "13101,H1,2026-01-01,Rosa,", "13101,H2,2026-01-01,,", kind="households", header=header)
    assert found(one) == [(2, "cuidador_apellido_paterno", "MISSING_VALUE")]


def test_a_file_with_nothing_but_a_header_has_no_rows(tmp_path: Path) -> None:
    assert checked(tmp_path).rows.is_empty()


def test_a_commune_that_lost_its_zero_is_the_same_commune(tmp_path: Path) -> None:
    one = checked(
        tmp_path, GOOD.replace("13101", "5701"), GOOD.replace("13101", "05701"), GOOD.replace("13101", "1310")
    )
    assert found(one) == [(3, "", "DUPLICATE_ROW"), (4, "comuna", "UNKNOWN_COMMUNE")]
    assert one.sound()["commune_code"].to_list() == ["05701"]


def test_a_commune_that_lost_its_zero_is_not_opened_by_that(tmp_path: Path) -> None:
    one = checked(tmp_path, GOOD.replace("13101", "5701"), GOOD, mine="13101")
    assert found(one) == [(2, "comuna", "OUT_OF_SCOPE")]


def test_a_cell_that_cannot_be_read_is_not_missing_too(tmp_path: Path) -> None:
    expected = GOOD.replace("2016-05-04,", ",pronto")
    one = checked(tmp_path, expected)
    assert found(one) == [(2, "fecha_probable_parto", "NOT_A_DATE")] and one.findings.rejected == 1


def test_a_file_without_a_header_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="La primera línea del archivo debe ser el encabezado") as refused:
        checked(tmp_path, GOOD, header=GOOD)
    assert "Amanda" not in refused.value.message and demo_run(0) not in refused.value.message


def test_a_header_of_another_kind_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="es el de Personas: revise «kind» ") as refused:
        checked(tmp_path, GOOD, kind="households")
    assert "(¿«persons»?) y «file»" in refused.value.message
    with pytest.raises(ExtractRefused, match=r"puntaje, percentil, orden, version_instrumento\.$"):
        checked(tmp_path, "13101,RUN,1", kind="scores", header="comuna,tipo_identificador,identificador")
