import logging
import sys
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cl import rut

from core.identity import RunScrubber, demo_run, format_run, scrub

runs = st.integers(1_000_000, 99_999_999).map(str).map(lambda body: f"{body}-{rut.calc_check_digit(body)}")


@given(runs, st.sampled_from(["", "RUN ", "run=", "«", "id_", "(", "RUN"]), st.sampled_from(["", ".", ")", ", y", " "]))
def test_no_run_stays_in_a_text(run: str, before: str, after: str) -> None:
    body, digit = run.split("-")
    spaced = format_run(run).replace(".", " ")
    for text in (run, run.lower(), format_run(run), f"{body}{digit}", f"{body} - {digit}", f"{body}%2D{digit}", spaced):
        assert scrub(before + text + after) == before + "[RUN]" + after


def test_provisional_numbers_are_scrubbed_too() -> None:
    assert scrub("IPE 100.000.000-7 y 100000000-7") == "IPE [RUN] y [RUN]"


@given(runs, st.text(alphabet="0123456789abcdef", min_size=32, max_size=32))
def test_what_only_resembles_a_run_stays(run: str, hexadecimal: str) -> None:
    wrong = run[:-1] + "0123456789K"[("0123456789K".index(run[-1]) + 1) % 11]
    instant = "2026-11-21T10:00:00.123456+00:00"
    text = f"{wrong} nna_{hexadecimal} {UUID(int=0x01920000000070008000000000000000)} {instant} 13101 1700000000000"
    assert scrub(text) == text


def logged(record: logging.LogRecord) -> str:
    assert RunScrubber().filter(record)
    return logging.Formatter("%(message)s").format(record)


def record(message: object, *args: object, exc_info: object = None) -> logging.LogRecord:
    return logging.LogRecord("oln", logging.ERROR, __file__, 1, message, args, exc_info)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "args", "expected"),
    [
        ("RUN %s repetido", ("40000000-K",), "RUN [RUN] repetido"),
        ("RUN 40000000-K, fila %d", (7,), "RUN [RUN], fila 7"),
        ("RUN %d%s repetido", (40000000, "K"), "RUN [RUN] repetido"),
        ("RUN %(run)s", ({"run": "40000000-K"},), "RUN [RUN]"),
        ("%s %s", ("40000000-K",), "%s %s ('[RUN]',)"),
        ("100 %% de %s", ("40000000-K",), "100 % de [RUN]"),
        ("100 % de 40000000-K", (), "100 % de [RUN]"),
    ],
)
def test_no_run_reaches_the_log(message: str, args: tuple[object, ...], expected: str) -> None:
    assert logged(record(message, *args)) == expected


def test_arguments_stay_apart_for_formatters_that_read_them() -> None:
    access = record('%s - "%s %s" %d', "127.0.0.1", "GET", "/?run=40000000-K", 200)
    assert logged(access) == '127.0.0.1 - "GET /?run=[RUN]" 200'
    assert access.args == ("127.0.0.1", "GET", "/?run=[RUN]", 200)


def test_no_run_reaches_the_log_by_an_exception_or_its_cause() -> None:
    try:
        try:
            raise KeyError(demo_run(0))
        except KeyError as error:
            raise ValueError(f"fila con {format_run(demo_run(0))}") from error
    except ValueError:
        text = logged(record("falló", exc_info=sys.exc_info()))
    assert "40000000" not in text and "40.000.000" not in text
    assert text.count("[RUN]") == 2 and "Traceback" in text


def test_a_harmless_record_passes_untouched() -> None:
    plain = record("%s filas", 12)
    assert logged(plain) == "12 filas"
    assert (plain.msg, plain.args) == ("%s filas", (12,))
