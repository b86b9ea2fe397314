"""Whatever stands in some rows, nothing is raised and no sound row is lost."""

import csv
import io
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.identity import demo_run
from core.services.extracts.checking import Checked, Frontier, check
from core.services.extracts.formats import ORDER, formats
from core.services.extracts.reading import read_sheet

FRONTIER = Frontier(date(2026, 11, 1), date(2026, 11, 20), None)
CELLS = st.one_of(
    st.sampled_from(
        ['"', ",", ";", "\n", "=1+1", "\x00", "\ufffd", "13101", "RUN", "2016-02-30", "NaN", "1e9", "-1", ""]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
SOUND = {
    "persons": "13101,RUN,{run},Amanda,Núñez,2016-05-04",
    "attendance": "13101,RUN,{run},2026-10,90001,PRIMARY,95.5",
    "scores": "13101,RUN,{run},2026-11,50,60,7,V1",
}
HEADERS = {
    "persons": "comuna,tipo_identificador,identificador,nombres,apellido_paterno,fecha_nacimiento",
    "attendance": "comuna,tipo_identificador,identificador,periodo,rbd,nivel,asistencia",
    "scores": "comuna,tipo_identificador,identificador,periodo,puntaje,percentil,orden,version_instrumento",
}


@given(data=st.data(), kind=st.sampled_from(sorted(SOUND)))
def test_dirty_rows_cost_no_sound_one(data: st.DataObject, kind: str) -> None:
    width = HEADERS[kind].count(",") + 1
    dirty = data.draw(st.lists(st.lists(CELLS, min_size=1, max_size=width + 1), max_size=6))
    lines = [HEADERS[kind]]
    for place in range(len(dirty) + 1):
        lines.append(SOUND[kind].format(run=demo_run(1_000_000 + place)))
        if place < len(dirty):
            lines.append(data.draw(st.sampled_from([_quoted(dirty[place]), ",".join(dirty[place])])))
    checked = _checked(kind, "\n".join(lines))
    kept = set(checked.sound()["identifier"])
    assert {demo_run(1_000_000 + place) for place in range(len(dirty) + 1)} <= kept
    assert checked.findings.rejected + checked.findings.left_out + checked.sound().height == checked.rows.height


@given(data=st.binary(max_size=400), kind=st.sampled_from(ORDER))
def test_no_bytes_after_a_right_header_raise_anything(data: bytes, kind: str) -> None:
    header = ",".join(column.column for column in formats()[kind].columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(header.encode() + b"\n" + data)
        check(read_sheet(path), formats()[kind], FRONTIER).findings.first()


def _quoted(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _checked(kind: str, text: str) -> Checked:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(text, encoding="utf-8")
        return check(read_sheet(path), formats()[kind], FRONTIER)
