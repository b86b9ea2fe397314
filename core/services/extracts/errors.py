"""Why a whole file is refused; what is wrong with single rows stands in `findings`."""

from core.errors import RuleBroken


class ExtractRefused(RuleBroken):
    """The file as a whole cannot be imported, and nothing of it was."""

    code = "EXTRACT_REFUSED"
