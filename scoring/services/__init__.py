"""Use cases of the list and its scores."""

from scoring.services.discards import discard_from_nomina, discard_reasons, revert_discard
from scoring.services.models import activate_model, active_model, train_model
from scoring.services.publishing import publish_nomina, publish_run, stored_bytes
from scoring.services.runs import Scoring, prepare_nomina
from scoring.services.scores import Scores, estimate_scores

__all__ = [
    "Scores",
    "Scoring",
    "activate_model",
    "active_model",
    "discard_from_nomina",
    "discard_reasons",
    "estimate_scores",
    "prepare_nomina",
    "publish_nomina",
    "publish_run",
    "revert_discard",
    "stored_bytes",
    "train_model",
]
