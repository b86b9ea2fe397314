"""What the list refuses, each with its own code."""

from core.errors import RuleBroken


class PeriodNotYet(RuleBroken):
    """The month has not begun."""

    code = "PERIOD_NOT_YET"


class PeriodOver(RuleBroken):
    """The month has ended: what would be listed are the children of today, not those of then."""

    code = "PERIOD_OVER"


class NominaStale(RuleBroken):
    """Something that the list looks at changed since the run was prepared."""

    code = "NOMINA_STALE"


class NominaEmpty(RuleBroken):
    """There is no child to list."""

    code = "NOMINA_EMPTY"


class NominaNotDraft(RuleBroken):
    """The run was published already, or a later one took its place."""

    code = "NOMINA_NOT_DRAFT"


class NominaSuperseded(RuleBroken):
    """The entry belongs to a run that a later one replaced."""

    code = "NOMINA_SUPERSEDED"


class NominaUnsigned(RuleBroken):
    """A list is published under somebody's name; the platform has none."""

    code = "NOMINA_UNSIGNED"


class ReviewClosed(RuleBroken):
    """The days in which the list of the month is reviewed are over."""

    code = "REVIEW_CLOSED"


class AlreadyDiscarded(RuleBroken):
    """The child is off the list already."""

    code = "ALREADY_DISCARDED"


class NotDiscarded(RuleBroken):
    """There is nothing to take back."""

    code = "NOT_DISCARDED"


class ModelMissing(RuleBroken):
    """An estimate was asked for and no model is active."""

    code = "MODEL_MISSING"


class ModelOutdated(RuleBroken):
    """The code that makes a score changed since the model was tested: its figures say nothing of such scores."""

    code = "MODEL_OUTDATED"


class FeatureMissing(RuleBroken):
    """The model needs an input that nobody provides now."""

    code = "FEATURE_MISSING"


class TrainingImpossible(RuleBroken):
    """Too little was recorded to learn from."""

    code = "TRAINING_IMPOSSIBLE"
