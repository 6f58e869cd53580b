"""Object types, their ids and words. Sections 1, 2, 3.2 and 5 of the reference."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectKind:
    """One object type; scopes are those of which any one suffices."""

    name: str
    singular: str
    type_id: str
    modified: str
    defaults: tuple[str, ...]
    required: tuple[str, ...]
    read_scopes: tuple[str, ...]
    write_scopes: tuple[str, ...]
    schema_scopes: tuple[str, ...]
    first_id: int


def _scoped(plural: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    name = f"crm.objects.{plural}"
    return (f"{name}.read",), (f"{name}.write",), (f"crm.schemas.{plural}.write",)


STAMP = "hs_lastmodifieddate"
_TICKETS = ("tickets",)
_CONTACT_SCOPES = _scoped("contacts")

KINDS = {
    kind.name: kind
    for kind in (
        ObjectKind(
            "contacts", "contact", "0-1", "lastmodifieddate", ("email", "firstname", "lastname"), (),
            *_CONTACT_SCOPES, 10_000_001,
        ),
        ObjectKind("companies", "company", "0-2", STAMP, ("name", "domain"), (), *_scoped("companies"),
        20_000_001),
        ObjectKind(
            "deals", "deal", "0-3", STAMP, ("amount", "closedate", "dealname", "dealstage", "pipeline"),
            ("dealname", "dealstage", "pipeline"), *_scoped("deals"), 30_000_001,
        ),
        ObjectKind(
            "tickets", "ticket", "0-5", STAMP, ("content", "hs_pipeline", "hs_pipeline_stage", "subject"),
            ("subject", "hs_pipeline_stage"), _TICKETS, _TICKETS, _TICKETS, 40_000_001,
        ),
        ObjectKind("notes", "note", "0-46", STAMP, (), ("hs_timestamp",), *_CONTACT_SCOPES, 50_000_001),
    )
}  # fmt: skip
_BY_WORD = {word: kind for kind in KINDS.values() for word in (kind.name, kind.singular, kind.type_id)}


def kind_of(word: str) -> ObjectKind | None:
    """The type that a path or an association name means: plural, singular or type id."""
    return _BY_WORD.get(word)
