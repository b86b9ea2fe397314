"""The confidentiality agreement: without the signature of today's text, no record of a person opens.

Source: OOTT OLN 2020, annex 1, p. 92; Ley 21.430, arts. 33 (privacy and personal data) and 64 (who may treat it).
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

import core
from authz.guard import AccessDenied
from authz.scope import table_of
from core.errors import RuleBroken
from core.models.users import ConfidentialityAgreement
from core.services.standing import forget_actors
from core.unit_of_work import UnitOfWork

FILE = Path(core.__file__).parent / "data" / "confidentiality_agreement.md"
_VERSION = re.compile(r"<!-- version: (\S+) -->\n")


class AgreementChanged(RuleBroken):
    """What was signed is not the text in force."""

    code = "AGREEMENT_CHANGED"


@dataclass(frozen=True)
class AgreementText:
    """The agreement in force.

    Parameters
    ----------
    version : str
    text : str
        Spanish, Markdown.
    hash : str
        SHA-256 of the text: what a signature is a signature of.
    """

    version: str
    text: str
    hash: str


@cache
def agreement_text() -> AgreementText:
    """Return the agreement in force; a new version has to be signed again.

    Examples
    --------
    >>> agreement_text().text.splitlines()[0]
    '# Acuerdo de confidencialidad'
    """
    whole = FILE.read_text(encoding="utf-8")
    head = _VERSION.match(whole)
    assert head, f"{FILE.name} says its version in its first line"
    text = whole[head.end() :]
    return AgreementText(head[1], text, hashlib.sha256(text.encode()).hexdigest())


def sign_confidentiality(uow: UnitOfWork, text_version: str, text_hash: str) -> ConfidentialityAgreement:
    """Sign the agreement in force, for oneself; signing twice is signing once.

    Parameters
    ----------
    uow : UnitOfWork
    text_version, text_hash : str
        Of the text that the person was shown.

    Returns
    -------
    ConfidentialityAgreement

    Raises
    ------
    AgreementChanged
        If that is not the text in force.
    AccessDenied
        If nobody asks: nobody signs for another.
    Conflict
        If their account is being corrected meanwhile, and may be somebody else's by now.
    """
    if uow.actor is None:
        raise AccessDenied("Nadie firma por otra persona.")
    current = agreement_text()
    if (text_version, text_hash) != (current.version, current.hash):
        raise AgreementChanged("El acuerdo cambió: lea el texto vigente y fírmelo.")
    uow.hold_account()
    table = table_of(ConfidentialityAgreement)
    mine = (table.c.user_id == uow.actor.user_id, table.c.text_version == text_version)
    with uow.unscoped("whether I signed already") as session:
        signed = session.scalars(select(ConfidentialityAgreement).where(*mine)).one_or_none()
    if signed:
        return signed
    forget_actors(uow)
    return uow.add(
        ConfidentialityAgreement(
            id=uow.new_id(),
            user_id=uow.actor.user_id,
            text_version=text_version,
            text_hash=text_hash,
            signed_on=uow.today(),
            signed_at=uow.now(),
        )
    )
