"""Which model is in use, and how a new one is made."""

from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from authz.guard import AccessDenied
from authz.scope import table_of
from core.identity import KeyRing
from core.models.extracts import Extract
from core.settings import InstallationKind, Settings
from core.unit_of_work import UnitOfWork
from scoring.errors import ModelMissing, ModelOutdated, PeriodNotYet, TrainingImpossible
from scoring.model import MANIFEST, Model, check_usable
from scoring.records import load_frames
from scoring.services.offered import features_to_learn
from scoring.train import DataKind, TooFewEntries, check_code, train

ACTIVE = "active"
EXTRACT = table_of(Extract)


def train_model(uow: UnitOfWork, asof: date, *, seeds: int = 5, folder: Path, signing_key: bytes) -> Model:
    """Train a model on every commune of the installation and keep it, signed; it is not yet in use.

    A single file of invented people makes it a synthetic model, which orders nobody in a REAL installation.

    Parameters
    ----------
    uow : UnitOfWork
        Of the platform: a model belongs to no commune, and no role of an office makes one.
    asof : date
        First day of the month for which it is made.
    seeds : int
        Members of the ensemble.
    folder : Path
        Where models are kept, each in a folder of its id.
    signing_key : bytes
        `KeyRing.models`.

    Returns
    -------
    Model

    Raises
    ------
    AccessDenied
        If a person asks.
    PeriodNotYet
        If the month has not begun: who will enter protection before it is not known yet, and would count as nobody.
    TrainingImpossible
        If fewer than 30 children entered protection in either year.
    FeatureMissing
        If a plugin that is on wherever there are children fails to give its features.
    """
    if uow.access is not None:
        raise AccessDenied
    if asof.replace(day=1) > uow.today():
        raise PeriodNotYet(f"Ese mes aún no comienza; el último con que se puede entrenar es {uow.today():%Y-%m}.")
    with uow.unscoped("a model learns from every commune") as session:
        invented = session.scalar(select(func.count()).where(EXTRACT.c.synthetic))
        frames = load_frames(session, None)
    extra = features_to_learn(uow, frames.children["commune_code"].unique().to_list())
    demo = uow.settings.installation is InstallationKind.DEMO
    kind: DataKind = "SYNTHETIC" if demo or invented else "REAL"
    try:
        model = train(frames, asof.replace(day=1), seeds=seeds, data_kind=kind, extra=extra)
    except TooFewEntries:
        raise TrainingImpossible("Hay muy pocos ingresos a protección registrados para entrenar un modelo.") from None
    model.save(folder / model.id, signing_key)
    return model


def activate_model(settings: Settings, ring: KeyRing, model_id: str) -> Model:
    """Put a kept model in use, if its signature and its data allow it here.

    Parameters
    ----------
    settings : Settings
    ring : KeyRing
    model_id : str

    Returns
    -------
    Model

    Raises
    ------
    ModelMissing, ModelRejected, ModelOutdated, SyntheticModel
        If there is none of that id, it is not as it was signed, was tested with other code, or learnt from invented
        children and these are real.
    """
    model = _load(settings, ring, model_id)
    check_code(model.manifest)
    check_usable(model.manifest, settings.installation)
    draft = settings.models_folder / f"{ACTIVE}.new"
    draft.write_text(f"{model.id}\n", encoding="utf-8")
    draft.replace(settings.models_folder / ACTIVE)
    return model


def active_model(settings: Settings, ring: KeyRing) -> Model | None:
    """Return the model in use, to score with; None where an installation has not put any in use.

    Raises
    ------
    ModelMissing, ModelRejected, ModelOutdated
        If it is gone, is not as it was signed, or was tested with other code than would score with it now.
    """
    model = model_in_use(settings, ring)
    if model is not None:
        check_code(model.manifest)
    return model


def model_in_use(settings: Settings, ring: KeyRing) -> Model | None:
    """Return the model in use, to look at: the platform serves although it may be too old to score with.

    Raises
    ------
    ModelMissing, ModelRejected
        If it is gone, or is not as it was signed.
    """
    pointer = settings.models_folder / ACTIVE
    return _load(settings, ring, pointer.read_text(encoding="utf-8").strip()) if pointer.is_file() else None


def model_trouble(settings: Settings, ring: KeyRing) -> list[str]:
    """Say what keeps the model in use from scoring, and what mends it, for the operator; nothing where it scores."""
    try:
        active_model(settings, ring)
    except ModelOutdated as error:
        return [f"{error.message} Corra `oln score train AAAA-MM --activate`."]
    return []


def _load(settings: Settings, ring: KeyRing, model_id: str) -> Model:
    kept = {path.parent.name: path.parent for path in settings.models_folder.glob(f"*/{MANIFEST}")}
    if model_id not in kept:  # looked up, never joined to a path: an id may come from outside
        raise ModelMissing("No existe un modelo con ese identificador.")
    return Model.load(kept[model_id], ring.models)
