"""Files that are refused as a whole, and imports that die half-way: nothing of them stays."""

import errno
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.host import Host
from core.identity import demo_run
from core.models.extracts import Extract
from core.models.people import Nna
from core.services.extracts import ExtractRefused, ImportOptions, Outcome, formats, import_folder, rejects, running
from core.settings import InstallationKind
from tests.services.extract_files import PERSON, a_file, counted, imported, stored, transactions

REAL, DEMO = InstallationKind.REAL, InstallationKind.DEMO
# one child of Iquique, four of Santiago, one of Colina and two of Arica, in no order
COMMUNES = ("13101", "15101", "13101", "13101", "13301", "15101", "01101", "13101")
CHILDREN = [PERSON | {"identificador": demo_run(n), "comuna": code} for n, code in enumerate(COMMUNES)]


def index(folder: Path, **over: Any) -> None:
    entry: dict[str, Any] = {
        "kind": "persons",
        "file": "personas.csv",
        "period": "2026-11",
        "provider": "P",
        "agreement": "C",
    }
    entry |= {"legal_basis": "L", "expires_on": "2027-11-01", "nature": "ADMINISTRATIVE", "synthetic": True}
    (folder / "extract.json").write_text(json.dumps({"files": [entry | over]}))


def test_a_crash_in_the_middle_of_a_file_leaves_nothing(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    before = counted(host)

    def stumble(_stage: str, done: int, _total: int) -> None:
        if done >= 4:
            raise OSError("the power went off")

    with pytest.raises(OSError, match="the power"):
        imported(host, tmp_path, *CHILDREN, options=ImportOptions(progress=stumble))
    assert counted(host) == before


def test_communes_are_stored_one_after_the_other(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 3)
    told: list[int] = []
    options = ImportOptions(progress=lambda _stage, done, _total: told.append(done))
    assert imported(host, tmp_path, *CHILDREN, options=options).counts.inserted == 8
    assert told == [0, 1, 5, 8]


def test_an_agreement_that_expired_refuses_its_file(host: Host, tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="venció: valía hasta el 19-11-2026"):
        imported(host, tmp_path, CHILDREN[0], expires_on=date(2026, 11, 19))


def test_an_agreement_is_good_on_its_last_day(host: Host, tmp_path: Path) -> None:
    assert imported(host, tmp_path, CHILDREN[0], expires_on=date(2026, 11, 20)).counts.inserted == 1


def test_a_month_that_is_far_to_come_is_refused_before_it_keeps_out_the_months_between(
    host: Host, tmp_path: Path
) -> None:
    assert imported(host, tmp_path, CHILDREN[0], period=date(2026, 12, 1)).counts.inserted == 1
    with pytest.raises(ExtractRefused, match="2027-01"):
        imported(host, tmp_path, CHILDREN[0], period=date(2027, 1, 1))


def test_a_file_that_is_not_the_one_announced_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="huella"):
        imported(host, tmp_path, CHILDREN[0], sha256="0" * 64)


def test_a_file_without_provenance_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(ExtractRefused, match="base legal"):
        imported(host, tmp_path, CHILDREN[0], legal_basis=" ")


@pytest.mark.parametrize(
    ("kind", "synthetic", "said"), [(REAL, True, "personas reales"), (DEMO, False, "de demostración")]
)
def test_true_and_invented_people_are_never_mixed(
    host: Host, tmp_path: Path, kind: InstallationKind, synthetic: bool, said: str
) -> None:
    host.settings = host.settings.model_copy(update={"installation": kind})
    with pytest.raises(ExtractRefused, match=said) as refused:
        imported(host, tmp_path, CHILDREN[0], synthetic=synthetic)
    assert refused.value.details == {"reason": "EXTRACT_KIND"} and "EXTRACT_KIND" in refused.value.message
    assert (stored(host, Nna), stored(host, Extract)) == ([], [])
    assert imported(host, tmp_path, CHILDREN[0], synthetic=not synthetic).counts.inserted == 1


def test_a_refused_file_of_a_folder_stops_no_other_and_leaves_no_record(host: Host, tmp_path: Path) -> None:
    a_file(tmp_path, CHILDREN[0], name="personas.csv")
    index(tmp_path, file="no_esta.csv")
    report = import_folder(transactions(host), tmp_path)
    assert [file.outcome for file in report.refused] == [Outcome.REFUSED]
    assert report.refused[0].notes == ("El archivo no está o no se puede leer.",)
    assert not stored(host, Extract)


@pytest.mark.parametrize("text", ["", "{}", '{"files": [{}]}', '{"files": 3}', "[]"])
def test_an_index_that_says_too_little_is_refused(host: Host, tmp_path: Path, text: str) -> None:
    (tmp_path / "extract.json").write_text(text)
    with pytest.raises(ExtractRefused):
        import_folder(transactions(host), tmp_path)


def test_an_index_names_no_file_outside_its_folder(host: Host, tmp_path: Path) -> None:
    index(tmp_path, file="../personas.csv")
    with pytest.raises(ExtractRefused, match="fuera"):
        import_folder(transactions(host), tmp_path)


@pytest.mark.parametrize("kind", list(formats()))
def test_a_file_with_only_a_header_is_refused_but_where_there_may_be_nothing_to_tell(
    host: Host, tmp_path: Path, kind: str
) -> None:
    header = dict.fromkeys((column.column for column in formats()[kind].columns), "")
    if kind in ("alerts", "chcc_alerts", "exclusions"):
        report = imported(host, tmp_path, header, kind=kind)
        assert (report.outcome, report.rows_read, report.notes) == (Outcome.IMPORTED, 0, ("El archivo no trae filas.",))
        return
    with pytest.raises(ExtractRefused, match="no trae filas"):
        imported(host, tmp_path, header, kind=kind)
    assert not stored(host, Extract)


@pytest.mark.parametrize("dry", [False, True])
def test_a_folder_for_bad_rows_that_cannot_be_refuses_everything_before_it_is_imported(
    host: Host, tmp_path: Path, dry: bool
) -> None:
    a_file(tmp_path, CHILDREN[0], name="personas.csv")
    index(tmp_path)
    options = ImportOptions(dry_run=dry, rejects=tmp_path / "personas.csv" / "malas")
    with pytest.raises(ExtractRefused, match="No se importó nada"):
        import_folder(transactions(host), tmp_path, options)
    assert (stored(host, Nna), stored(host, Extract)) == ([], [])


def test_bad_rows_that_cannot_be_written_refuse_their_file_alone(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        if data:
            raise OSError(errno.ENOSPC, "no space left")
        path.write_bytes(data)

    a_file(tmp_path, CHILDREN[0], CHILDREN[1] | {"sexo": "OTRA"}, name="personas.csv")
    index(tmp_path)
    (tmp_path / "malas").mkdir()
    monkeypatch.setattr(rejects, "_write", full)
    report = import_folder(transactions(host), tmp_path, ImportOptions(rejects=tmp_path / "malas"))
    assert [file.outcome for file in report.refused] == [Outcome.REFUSED]
    assert (stored(host, Nna), stored(host, Extract)) == ([], [])
