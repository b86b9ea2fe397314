"""The guide says what the code does."""

from core.services.extracts.guide import GUIDE, with_tables


def test_the_guide_has_the_formats_of_today() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert with_tables(guide) == guide, "run: python -m core.services.extracts.guide"
