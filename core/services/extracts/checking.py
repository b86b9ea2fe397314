"""A file against its format: columns, cells, identifiers, and what single kinds ask for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType

import polars as pl

from core.identity import IdentifierKind, InvalidRun, parse_provisional, scrub
from core.identity.columns import normal_runs
from core.reference import communes, exit_reasons
from core.rules.age import ADULTHOOD_STARTS, NO_LONGER_REGISTERED, last_expected
from core.services.extracts.cells import read_cells
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.findings import Findings
from core.services.extracts.formats import LABELS, Format, formats
from core.services.extracts.headers import header_key
from core.services.extracts.reading import Sheet


@dataclass(frozen=True)
class Frontier:
    """Within what a file must stay.

    Parameters
    ----------
    period : date
        First day of the file's month: who is 18 by then is left out.
    today : date
        No fact is later; only a score may be of the file's own month, which may be the next.
    communes : frozenset of str or None
        Where the importer may write; None is everywhere.
    """

    period: date
    today: date
    communes: frozenset[str] | None


@dataclass
class Checked:
    """The rows of a file as values, and what is wrong with them.

    Parameters
    ----------
    rows : polars.DataFrame
        Every row, sound or not, under the names of fields, with its place in the file as `row`.
    findings : Findings
    notes : tuple of str
    """

    rows: pl.DataFrame
    findings: Findings
    notes: tuple[str, ...] = ()

    def sound(self) -> pl.DataFrame:
        return self.rows.filter(self.findings.sound)

    def told_communes(self, allowed: frozenset[str] | None) -> set[str]:
        """Give the communes that any row tells of, sound or not, of those where rows may be written."""
        told = set(self.rows["commune_code"].drop_nulls().unique()) & {one.code for one in communes()}
        return told if allowed is None else told & allowed


def check(sheet: Sheet, format: Format, frontier: Frontier) -> Checked:
    """Check a whole file, column by column.

    Parameters
    ----------
    sheet : Sheet
    format : Format
    frontier : Frontier

    Returns
    -------
    Checked

    Raises
    ------
    ExtractRefused
        If a required column is missing.
    """
    cells, notes = _named(sheet, format)
    findings = Findings(format, sheet.lines, sheet.ragged)
    rows = pl.DataFrame({"row": pl.int_range(0, cells.height, dtype=pl.UInt32, eager=True)})
    for column in format.columns:
        values, failed = read_cells(cells, column)
        rows = rows.with_columns(values)
        for code, mask in failed.items():
            findings.add(column.column, code, mask)
    checked = Checked(rows, findings, (*sheet.notes, *notes))
    _places(checked, format, frontier)
    if format.about_people:
        _identifiers(checked, format)
    _apply(checked, format, _RULES.get(format.kind, _nothing)(frontier))
    _twice(checked, format)
    return checked


def _named(sheet: Sheet, format: Format) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Give the format's columns under their own names; one that is optional and absent is blank."""
    written = {header_key(name): name for name in sheet.cells.columns}
    missing = [c.column for c in format.columns if c.is_required and c.column not in written]
    known = {column.column for column in format.columns}
    if missing:
        why = "" if known & set(written) else " La primera línea del archivo debe ser el encabezado."
        why = _of_another_kind(set(written)) or _meant(set(written) - known, missing) or why
        raise ExtractRefused(f"Faltan columnas obligatorias: {', '.join(missing)}.{why}", details={"columns": missing})
    unknown = {key: name for key, name in written.items() if key not in known}
    _refuse_misspelt(unknown, sorted(known - set(written)))
    notes = (f"Se ignoraron columnas que no son del formato: {_listed(unknown.values())}.",) if unknown else ()
    blank = pl.lit(None, dtype=pl.String)
    chosen = [(pl.col(written[c.column]) if c.column in written else blank).alias(c.column) for c in format.columns]
    cells = sheet.cells.select(chosen) if written else pl.DataFrame()
    return cells, notes


def _meant(unknown: Iterable[str], missing: Sequence[str]) -> str:
    """Say which names are nearly those of columns that are missing."""
    nearly = ((key, get_close_matches(key, missing, n=1, cutoff=0.85)) for key in sorted(unknown))
    told = ", ".join(f"«{key}» por «{meant[0]}»" for key, meant in nearly if meant)
    return f" Corrija su nombre: {told}." if told else ""


def _refuse_misspelt(unknown: Mapping[str, str], absent: Sequence[str]) -> None:
    """Refuse a name that is nearly one of ours: a protection under a misspelt name would be dropped in silence."""
    for key in unknown:
        guards = [column for column in absent if "proteg" in key and "proteg" in column]
        if meant := guards or get_close_matches(key, absent, n=1, cutoff=0.85):
            raise ExtractRefused(
                f"La columna «{key}» no es del formato; ¿quiso decir «{meant[0]}»? Corrija su nombre o quítela."
            )


def _listed(names: Iterable[str]) -> str:
    """Name columns; a file without a header is refused before, so that nothing here is of a person."""
    shown = [scrub(name)[:40] for name in names]
    return ", ".join(f"«{name}»" for name in shown[:5]) + (f" y {len(shown) - 5} más" if len(shown) > 5 else "")


def _of_another_kind(written: set[str]) -> str:
    """Say of which kind a header is that has all that the kind asks for: the index is easily one line off."""
    for other in formats().values():
        if all(column.column in written for column in other.columns if column.is_required):
            return f" El encabezado es el de {LABELS[other.kind]}: revise «kind» (¿«{other.kind}»?) y «file»."
    return ""


def _places(checked: Checked, format: Format, frontier: Frontier) -> None:
    codes = pl.Series([one.code for one in communes()])
    checked.rows = checked.rows.with_columns(_whole_codes(checked.rows["commune_code"], codes))
    column, places = format.header("commune_code"), checked.rows["commune_code"]
    known = places.is_in(codes.implode())
    checked.findings.add(column, "UNKNOWN_COMMUNE", places.is_not_null() & ~known)
    if frontier.communes is not None:
        mine = places.is_in(pl.Series(sorted(frontier.communes), dtype=pl.String).implode())
        checked.findings.add(column, "OUT_OF_SCOPE", known & ~mine)


def _whole_codes(places: pl.Series, codes: pl.Series) -> pl.Series:
    """Give back the zero that a spreadsheet takes for none: what is a commune only with it can be no other.

    Examples
    --------
    >>> _whole_codes(pl.Series(["5701", "13101", "310"]), pl.Series(["05701", "13101"])).to_list()
    ['05701', '13101', '310']
    """
    short = codes.filter(codes.str.starts_with("0"))
    return places.replace(short.str.slice(1), short)


def _identifiers(checked: Checked, format: Format) -> None:
    """Bring identifiers to their normal form."""
    column, kind, text = format.header("identifier"), checked.rows["identifier_kind"], checked.rows["identifier"]
    is_run, is_provisional = kind == IdentifierKind.RUN, kind == IdentifierKind.PROVISIONAL
    runs = normal_runs(text)
    others = text.filter(is_provisional).unique().drop_nulls()
    provisional = text.replace_strict(
        others, [_provisional(one) for one in others], return_dtype=pl.String, default=None
    )
    checked.findings.add(column, "INVALID_RUN", is_run & text.is_not_null() & runs.is_null())
    checked.findings.add(column, "INVALID_PROVISIONAL", is_provisional & text.is_not_null() & provisional.is_null())
    frame = pl.DataFrame({"is_run": is_run, "run": runs, "provisional": provisional})
    chosen = frame.select(identifier=pl.when("is_run").then("run").otherwise("provisional"))
    checked.rows = checked.rows.with_columns(chosen["identifier"])


def _provisional(text: str) -> str | None:
    try:
        return parse_provisional(text)
    except InvalidRun:
        return None


def _twice(checked: Checked, format: Format) -> None:
    """Refuse a sound row whose key an earlier sound row has; a bad row never stands in the way of its correction."""
    sound = checked.rows.lazy().filter(pl.lit(checked.findings.sound)).select("row", *format.keys).collect()
    if sound.select(format.keys).is_duplicated().any():
        first = sound.unique(format.keys, keep="first", maintain_order=True)["row"]
        later = checked.rows["row"].is_in(sound["row"].implode()) & ~checked.rows["row"].is_in(first.implode())
        checked.findings.add("", "DUPLICATE_ROW", later)


_Rule = tuple[str, str, pl.Expr]
"""The field at fault, the code, and the expression that is true where the rule is broken."""


def _apply(checked: Checked, format: Format, rules: tuple[_Rule, ...]) -> None:
    """Check rules on fields that could be read: a cell that could not has its finding, and is not missing too."""
    unread = checked.findings.by_column()
    for field, code, broken in rules:
        hit = checked.rows.select(broken).to_series().fill_null(False)
        for name in broken.meta.root_names():
            if (bad := unread.get(format.header(name))) is not None:
                hit &= ~bad
        checked.findings.add(format.header(field), code, hit)


def _persons(frontier: Frontier) -> tuple[_Rule, ...]:
    """Hold that a row is of a child, of a pregnancy as the office may register one, or of who was a child lately."""
    # on the first day of a month nobody's birthday is in doubt, 29 February included
    of_age, long_ago = (
        frontier.period.replace(year=frontier.period.year - years) for years in (ADULTHOOD_STARTS, NO_LONGER_REGISTERED)
    )
    birth, expected = pl.col("birth_date"), pl.col("expected_birth_date")
    unborn = birth.is_null() & expected.is_not_null()
    return (
        ("birth_date", "BIRTH_MISSING", birth.is_null() & expected.is_null()),
        ("birth_date", "DATE_IN_FUTURE", birth > frontier.today),
        ("birth_date", "OUT_OF_AGE", (birth <= of_age) & (birth > long_ago)),
        ("birth_date", "BIRTH_TOO_EARLY", birth <= long_ago),
        ("expected_birth_date", "EXPECTED_TOO_LATE", unborn & (expected > last_expected(frontier.today))),
        ("identifier_kind", "UNBORN_WITH_RUN", unborn & (pl.col("identifier_kind") == IdentifierKind.RUN)),
    )


def _households(frontier: Frontier) -> tuple[_Rule, ...]:
    given, surname = pl.col("carer_given_names"), pl.col("carer_first_surname")
    return (
        ("valid_from", "DATE_IN_FUTURE", pl.col("valid_from") > frontier.today),
        ("carer_given_names", "MISSING_VALUE", given.is_null() & surname.is_not_null()),
        ("carer_first_surname", "MISSING_VALUE", surname.is_null() & given.is_not_null()),
    )


def _exclusions(frontier: Frontier) -> tuple[_Rule, ...]:
    """Hold that a reason does to the list what the catalogue says of it, and not what a cell makes of it."""
    effects = {one.code: one.effect_on_list.value for one in exit_reasons()}
    of_reason = pl.col("reason_code").replace_strict(effects, default=None, return_dtype=pl.String)
    return (
        ("effect", "EFFECT_MISMATCH", pl.col("effect") != of_reason),
        ("valid_from", "DATE_IN_FUTURE", pl.col("valid_from") > frontier.today),
        ("valid_until", "ENDS_BEFORE_START", pl.col("valid_until") <= pl.col("valid_from")),
    )


def _scores(frontier: Frontier) -> tuple[_Rule, ...]:
    """Hold that a score is of no month to come but the file's own: a list is scored some days before its month."""
    return (("period", "DATE_IN_FUTURE", pl.col("period") > max(frontier.today, frontier.period)),)


def _not_later(field: str) -> Callable[[Frontier], tuple[_Rule, ...]]:
    return lambda frontier: ((field, "DATE_IN_FUTURE", pl.col(field) > frontier.today),)


def _nothing(_frontier: Frontier) -> tuple[_Rule, ...]:
    return ()


_RULES: Mapping[str, Callable[[Frontier], tuple[_Rule, ...]]] = MappingProxyType(
    {
        "persons": _persons,
        "households": _households,
        "addresses": _not_later("observed_on"),
        "attendance": _not_later("period"),
        "health": _not_later("valid_from"),
        "alerts": _not_later("observed_on"),
        "chcc_alerts": _not_later("observed_on"),
        "exclusions": _exclusions,
        "scores": _scores,
    }
)
