"""How differently people write one organisation into several CRMs."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from detente_sandbox.world.dice import pick
from detente_sandbox.world.model import Account
from detente_sandbox.world.vocabulary import HOSTILE_NAMES, LEGAL_FORMS

FREE_MAIL = "freemail.example"
SHORT = {
    "Logistics": "Log.",
    "International": "Intl",
    "Insurance": "Ins.",
    "Systems": "Sys",
    "Finance": "Fin",
    "Chemicals": "Chem.",
    "Textiles": "Textile",
    "Robotics": "Robotic",
}
SAME_FORM = {
    "GmbH": "G.m.b.H.",
    "Ltd": "Limited",
    "Inc.": "Incorporated",
    "S.A.": "SA",
    "B.V.": "BV",
    "SpA": "S.p.A.",
}
ADDED = (" (EMEA)", " - HQ", " / Accounts Payable", " Group", " [old]", " 2", "  ")


@dataclass(frozen=True)
class Noise:
    """Shares, 0 to 1, of records to which each thing happens; `changes`: a name is written anew."""

    changes: float
    typo: float
    number_kept: float
    domain_lost: float
    domain_other: float
    free_mail: float
    country_lost: float
    facts_stale: float


NOISES = {
    "low": Noise(0.25, 0.01, 0.85, 0.05, 0.01, 0.005, 0.05, 0.03),
    "medium": Noise(0.55, 0.04, 0.55, 0.14, 0.03, 0.015, 0.15, 0.06),
    "high": Noise(0.85, 0.10, 0.25, 0.28, 0.07, 0.03, 0.30, 0.10),
}


def rewrite(dice: Random, account: Account, noise: Noise) -> None:
    """Changes name, domain, number and country of a record as somebody else would have entered them."""
    if account.name not in HOSTILE_NAMES:
        account.name = noisy_name(dice, account.name, noise)
    account.domain = _noisy_domain(dice, account.domain, noise)
    if dice.random() >= noise.number_kept:
        account.number = None
    if dice.random() < noise.country_lost:
        account.country = None


def noisy_name(dice: Random, name: str, noise: Noise) -> str:
    """The name as another person writes it; up to three habits at once, and sometimes a slip of the hand."""
    for habit in HABITS:
        if dice.random() < noise.changes * 0.34:
            name = habit(dice, name)
    return _slip(dice, name) if dice.random() < noise.typo else name


def _without_form(dice: Random, name: str) -> str:
    head, _, tail = name.rpartition(" ")
    return head if head and tail in LEGAL_FORMS else name


def _other_form(dice: Random, name: str) -> str:
    head, _, tail = name.rpartition(" ")
    return f"{head} {SAME_FORM[tail]}" if head and tail in SAME_FORM else name


def _shortened(dice: Random, name: str) -> str:
    return " ".join(SHORT.get(word, word) for word in name.split(" "))


def _other_case(dice: Random, name: str) -> str:
    return name.upper() if dice.random() < 0.5 else name.lower()


def _with_addition(dice: Random, name: str) -> str:
    return name + pick(dice, ADDED)


def _with_comma(dice: Random, name: str) -> str:
    head, _, tail = name.rpartition(" ")
    return f"{head}, {tail}" if head and tail in LEGAL_FORMS else name


HABITS: tuple[Callable[[Random, str], str], ...] = (
    _without_form,
    _other_form,
    _shortened,
    _with_comma,
    _with_addition,
    _other_case,
)


def _slip(dice: Random, name: str) -> str:
    """Two letters changed places, or one is missing."""
    if len(name) < 5:
        return name
    at = 1 + int(dice.random() * (len(name) - 3))
    if dice.random() < 0.5:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at + 1 :]


def _noisy_domain(dice: Random, domain: str | None, noise: Noise) -> str | None:
    draw = dice.random()
    if domain is None or draw < noise.domain_lost:
        return None
    if draw < noise.domain_lost + noise.free_mail:
        return FREE_MAIL
    if draw < noise.domain_lost + noise.free_mail + noise.domain_other:
        return f"{domain.removesuffix('.example')}-group.example"
    return domain
