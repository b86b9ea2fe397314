import json
import re
import stat
from pathlib import Path
from uuid import UUID

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cl import rut

from core.identity import (
    DEMO_RUN_RANGE,
    BrokenSeal,
    IdentifierKind,
    InvalidRun,
    KeyRing,
    Sealer,
    demo_run,
    derived_nonces,
    format_run,
    parse_provisional,
    parse_run,
)
from core.identity.columns import normal_runs

ROW, OTHER_ROW = UUID(int=1), UUID(int=2)
PLACE = {"table": "nna", "column": "run_sealed"}

bodies = st.integers(1_000_000, 99_999_999).map(str)
runs = bodies.map(lambda body: f"{body}-{rut.calc_check_digit(body)}")
# Digits, check letters, separators and look-alikes, so that random texts come near to being RUNs.
near_runs = st.text(alphabet="0123456789kKCcLl.- \u2011\u2013\u00a0\u0661\u212a\x1c", max_size=14)


@given(runs)
def test_a_run_is_the_same_however_it_is_written(run: str) -> None:
    body, digit = run.split("-")
    for text in (run, format_run(run), body + digit.lower(), f" CL {run} ", f"00{body}\u2013{digit}"):
        assert parse_run(text) == run


@given(runs, st.sampled_from("0123456789K"))
def test_another_check_digit_is_refused_without_repeating_the_number(run: str, digit: str) -> None:
    wrong = run[:-1] + digit
    if wrong != run:
        with pytest.raises(InvalidRun) as refusal:
            parse_run(wrong)
        assert not re.search(r"\d", str(refusal.value))
        assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    ["", "0", "1-9", "999999-3", "0999999-3", "000000000", "12531909", "100000000-7", "12.53A.909-2", "١٢٥٣١٩٠٩-2"],
)
def test_what_is_not_a_run_is_refused(text: str) -> None:
    with pytest.raises(InvalidRun):
        parse_run(text)


def test_provisional_numbers_and_runs_do_not_mix() -> None:
    assert parse_provisional("100.000.000-7") == "100000000-7"
    for text in ("12531909-2", "100000000-8", "1000000000-9", ""):
        with pytest.raises(InvalidRun):
            parse_provisional(text)


def scalar(text: str | None) -> str | None:
    try:
        return None if text is None else parse_run(text)
    except InvalidRun:
        return None


@given(st.lists(st.none() | near_runs | runs | runs.map(format_run) | st.text(), max_size=40))
def test_a_column_is_read_as_its_values_are(texts: list[str | None]) -> None:
    column = polars.Series("run", texts, dtype=polars.String)
    expected = [scalar(text) for text in texts]
    assert normal_runs(column).to_list() == expected
    assert normal_runs(column).name == "run"


def test_a_column_of_numbers_is_read_as_text() -> None:
    assert normal_runs(polars.Series([125319092, 125319093])).to_list() == ["12531909-2", None]


def test_demo_runs_are_right_distinct_and_outside_what_is_issued() -> None:
    some = [demo_run(n) for n in (*range(1000), len(DEMO_RUN_RANGE) - 1)]
    assert [parse_run(run) for run in some] == some
    assert len(set(some)) == 1001
    assert DEMO_RUN_RANGE.start > 30_000_000 and DEMO_RUN_RANGE.stop < 46_000_000
    for n in (-1, len(DEMO_RUN_RANGE)):
        with pytest.raises(ValueError, match="demo RUNs"):
            demo_run(n)


def test_a_ring_survives_its_file_which_only_the_owner_reads(tmp_path: Path) -> None:
    path, ring = tmp_path / "home" / "keys.json", KeyRing.generate()
    ring.save(path)
    ring.rotated().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.load(path).field_encryption[1] == ring.field_encryption[1]
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    KeyRing.generate().save(path)
    path.chmod(mode)
    with pytest.raises(PermissionError):
        KeyRing.load(path)


def test_sample_keys_are_known_for_what_they_are() -> None:
    assert KeyRing.sample().is_sample()
    assert KeyRing.sample().rotated().is_sample()
    assert not KeyRing.generate().is_sample()


def test_a_ring_does_not_print_its_keys() -> None:
    ring = KeyRing.sample()
    assert repr(ring) == "KeyRing()"
    with pytest.raises(ValueError, match="holds exactly") as refusal:
        KeyRing.from_dict({**ring.to_dict(), "other": "secret"})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [{"tokens": "no base64"}, {"tokens": "c2hvcnQ="}, {"field_encryption": {}}, {"field_encryption": {"0": ""}}],
)
def test_a_ring_with_a_bad_key_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="key"):
        KeyRing.from_dict({**KeyRing.sample().to_dict(), **change})


def test_one_key_does_not_serve_two_uses() -> None:
    data = KeyRing.sample().to_dict()
    with pytest.raises(ValueError, match="one use"):
        KeyRing.from_dict({**data, "tokens": data["audit"]})


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"tokens": "x"})])
def test_a_file_that_holds_no_ring_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ValueError, match=r"key ring|JSON"):
        KeyRing.load(path)


@given(st.text())
def test_what_is_sealed_opens_in_its_place(plain: str) -> None:
    sealer = Sealer(KeyRing.sample())
    sealed = sealer.seal(plain, **PLACE, row_id=ROW)
    assert sealer.open(sealed, **PLACE, row_id=ROW) == plain
    assert len(sealed) == len(plain.encode()) + 30


def test_what_is_sealed_opens_nowhere_else() -> None:
    sealer = Sealer(KeyRing.generate())
    sealed = sealer.seal("40000000-K", **PLACE, row_id=ROW)
    elsewhere = [
        {**PLACE, "row_id": OTHER_ROW},
        {"table": "relative", "column": "run_sealed", "row_id": ROW},
        {"table": "nna", "column": "note", "row_id": ROW},
    ]
    for place in elsewhere:
        with pytest.raises(BrokenSeal) as refusal:
            sealer.open(sealed, **place)
        assert "40000000" not in str(refusal.value)
    for bytes_ in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20], b"", b"\xff\xff" + sealed[2:]):
        with pytest.raises(BrokenSeal):
            sealer.open(bytes_, **PLACE, row_id=ROW)
    with pytest.raises(BrokenSeal):
        Sealer(KeyRing.generate()).open(sealed, **PLACE, row_id=ROW)


def test_after_a_rotation_the_old_opens_and_the_new_seals() -> None:
    ring = KeyRing.generate()
    old, new = Sealer(ring), Sealer(ring.rotated())
    sealed = old.seal("40000000-K", **PLACE, row_id=ROW)
    assert new.open(sealed, **PLACE, row_id=ROW) == "40000000-K"
    assert new.needs_resealing(sealed)
    resealed = new.seal("40000000-K", **PLACE, row_id=ROW)
    assert not new.needs_resealing(resealed)
    with pytest.raises(BrokenSeal):
        old.open(resealed, **PLACE, row_id=ROW)


def test_the_version_cannot_be_changed_on_a_sealed_field() -> None:
    sealer = Sealer(KeyRing.generate().rotated())
    sealed = sealer.seal("40000000-K", **PLACE, row_id=ROW)
    with pytest.raises(BrokenSeal):
        sealer.open(b"\x00\x01" + sealed[2:], **PLACE, row_id=ROW)


def test_sealing_twice_gives_other_bytes_unless_the_nonces_are_derived() -> None:
    ring = KeyRing.sample()
    assert len({Sealer(ring).seal("x", **PLACE, row_id=ROW) for _ in range(10)}) == 10
    seeded = [Sealer(ring, derived_nonces(b"7")).seal("x", **PLACE, row_id=ROW) for _ in range(2)]
    assert seeded[0] == seeded[1] != Sealer(ring, derived_nonces(b"8")).seal("x", **PLACE, row_id=ROW)


def test_a_derived_nonce_comes_back_only_with_the_same_message_in_the_same_place() -> None:
    sealer = Sealer(KeyRing.sample(), derived_nonces(b"7"))
    nonces = {sealer.seal(plain, **PLACE, row_id=row)[2:14] for plain in ("x", "y") for row in (ROW, OTHER_ROW)}
    assert len(nonces) == 4


def test_a_column_is_sealed_opened_and_indexed_as_its_values_are() -> None:
    sealer = Sealer(KeyRing.sample(), derived_nonces(b"7"))
    plains, rows, communes = [demo_run(n) for n in range(50)], [UUID(int=n) for n in range(50)], ["13101"] * 50
    sealed = sealer.seal_all(plains, **PLACE, row_ids=rows)
    assert sealed == [sealer.seal(plain, **PLACE, row_id=row) for plain, row in zip(plains, rows, strict=True)]
    assert sealer.open_all(sealed, **PLACE, row_ids=rows) == plains
    assert sealer.blind_indexes(IdentifierKind.RUN, plains, communes) == [
        sealer.blind_index(IdentifierKind.RUN, plain, "13101") for plain in plains
    ]
    with pytest.raises(ValueError, match="zip"):
        sealer.blind_indexes(IdentifierKind.RUN, plains, communes[:-1])


def test_an_index_tells_communes_kinds_and_keys_apart() -> None:
    sealer = Sealer(KeyRing.sample())
    index = sealer.blind_index(IdentifierKind.RUN, "40000000-K", "13101")
    assert re.fullmatch(r"[0-9a-f]{64}", index)
    assert index == Sealer(KeyRing.sample().rotated()).blind_index(IdentifierKind.RUN, "40000000-K", "13101")
    others = {
        sealer.blind_index(IdentifierKind.RUN, "40000000-K", "13110"),
        sealer.blind_index(IdentifierKind.PROVISIONAL, "40000000-K", "13101"),
        Sealer(KeyRing.generate()).blind_index(IdentifierKind.RUN, "40000000-K", "13101"),
    }
    assert len(others | {index}) == 4


def test_nobody_without_an_identifier_is_indexed() -> None:
    with pytest.raises(ValueError, match="no index"):
        Sealer(KeyRing.sample()).blind_index(IdentifierKind.NONE, "", "13101")
