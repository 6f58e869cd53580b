"""A field of an object, and short ways to write the kinds of fields that the vendor has.

A field starts as the vendor's ordinary one: it may be empty, be set and changed, be filtered and sorted by,
and be hidden from a user. Section 2.4 of the reference.
"""

from dataclasses import dataclass
from typing import Any

# Types whose values are text in JSON and in queries.
TEXT_TYPES = ("string", "textarea", "picklist", "multipicklist", "phone", "email", "url")
NUMBER_TYPES = ("double", "currency", "percent", "int")
_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
LONG_TEXT = 255
# What describe tells of every field alike, for none is a formula, encrypted and so on.
_SAME_FOR_ALL: dict[str, Any] = {
    "aiPredictionField": False,
    "calculated": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "caseSensitive": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "mask": None,
    "maskType": None,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "writeRequiresMasterRead": False,
}


@dataclass(frozen=True)
class Option:
    """A value of a picklist; `value` is what the API takes and `label` what people see."""

    value: str
    label: str
    is_default: bool = False


@dataclass(frozen=True)
class Field:
    """One field; `default` is what a new record has when nothing is sent.

    `length` counts characters, `precision` all digits and `scale` those after the point.
    """

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    is_nillable: bool = True
    is_createable: bool = True
    is_updateable: bool = True
    is_filterable: bool = True
    is_sortable: bool = True
    is_groupable: bool = True
    is_aggregatable: bool = True
    is_permissionable: bool = True
    has_default: bool = False
    default: Any = None
    options: tuple[Option, ...] = ()
    is_restricted: bool = False
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    is_prefilterable: bool = False
    compound: str | None = None
    is_name: bool = False
    is_id_lookup: bool = False
    is_external_id: bool = False
    is_unique: bool = False
    is_auto_number: bool = False
    extra: str | None = None
    bytes_each: int = 3
    has_history: bool = False
    help: str | None = None
    made_at: str | None = None

    @property
    def is_custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def is_compound(self) -> bool:
        return self.type == "address"

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        return self.type in NUMBER_TYPES

    @property
    def is_required(self) -> bool:
        """Whether a new record without it is refused."""
        return self.is_createable and not self.is_nillable and not self.has_default

    def shown(self) -> dict[str, Any]:
        """The field in a describe answer; keys are those of the recorded ones [R]."""
        return {
            **_SAME_FOR_ALL,
            "aggregatable": self.is_aggregatable,
            "autoNumber": self.is_auto_number,
            "byteLength": self.length * self.bytes_each,
            "compoundFieldName": self.compound,
            "createable": self.is_createable,
            "custom": self.is_custom,
            "defaultValue": self.default,
            "defaultedOnCreate": self.has_default,
            "digits": self.digits,
            "externalId": self.is_external_id,
            "extraTypeInfo": self.extra,
            "filterable": self.is_filterable,
            "groupable": self.is_groupable,
            "idLookup": self.is_id_lookup,
            "inlineHelpText": self.help,
            "label": self.label,
            "length": self.length,
            "name": self.name,
            "nameField": self.is_name,
            "namePointing": len(self.refers_to) > 1,
            "nillable": self.is_nillable,
            "permissionable": self.is_permissionable,
            "picklistValues": [_option(row) for row in self.options],
            "polymorphicForeignKey": len(self.refers_to) > 1,
            "precision": self.precision,
            "queryByDistance": self.is_compound,
            "referenceTo": list(self.refers_to),
            "relationshipName": self.relationship,
            "restrictedPicklist": self.is_restricted,
            "scale": self.scale,
            "searchPrefilterable": self.is_prefilterable,
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "sortable": self.is_sortable,
            "type": self.type,
            "unique": self.is_unique,
            "updateable": self.is_updateable,
        }


def _option(row: Option) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": row.is_default,
        "label": row.label,
        "validFor": None,
        "value": row.value,
    }


# What the words of a table line switch.
_MARKS: dict[str, dict[str, Any]] = {
    "required": {"is_nillable": False, "is_permissionable": False},
    "readonly": {"is_createable": False, "is_updateable": False, "is_permissionable": False},
    "hideable": {"is_permissionable": True},
    "unhideable": {"is_permissionable": False},
    "defaulted": {"has_default": True},
    "unfilterable": {"is_filterable": False},
    "unsortable": {"is_sortable": False},
    "ungroupable": {"is_groupable": False},
    "name": {"is_name": True},
    "lookup": {"is_id_lookup": True},
    "external": {"is_external_id": True, "is_id_lookup": True},
    "unique": {"is_unique": True},
    "restricted": {"is_restricted": True},
    "createonly": {"is_updateable": False},
    "updateonly": {"is_createable": False},
}


def field(kind: str, name: str, label: str, marks: str = "", **more: Any) -> Field:
    """A field of a type; `marks` are words of the table above, apart by blanks; `more` has the last word."""
    settings: dict[str, Any] = {}
    for mark in marks.split():
        settings.update(_MARKS[mark])
    return Field(name, kind, label, **{**settings, **more})


def text(name: str, length: int, label: str, marks: str = "", *, kind: str = "string", **more: Any) -> Field:
    """Text in one line, or an address, phone number or the like by `kind`."""
    return field(kind, name, label, marks, length=length, **more)


def long_text(name: str, length: int, label: str, marks: str = "", **more: Any) -> Field:
    """Text in several lines; longer than 255 it can be neither filtered nor sorted by nor counted."""
    extra = {"extra": "plaintextarea", **more}
    if length > LONG_TEXT:
        marks = f"unfilterable unsortable ungroupable {marks}"
        extra = {"is_aggregatable": False, **extra}
    return field("textarea", name, label, marks, length=length, **extra)


def number(
    name: str, precision: int, scale: int, label: str, marks: str = "", *, kind: str = "double", **more: Any
) -> Field:
    """A number, an amount of money or a share in percent by `kind`."""
    return field(kind, name, label, f"ungroupable {marks}", precision=precision, scale=scale, **more)


def whole(name: str, label: str, marks: str = "", *, digits: int = 8, **more: Any) -> Field:
    """A whole number."""
    return field("int", name, label, marks, digits=digits, **more)


def truth(name: str, label: str, marks: str = "", **more: Any) -> Field:
    """A checkbox; it is never empty."""
    settings = {"is_nillable": False, "is_aggregatable": False, "has_default": True, "default": False}
    return field("boolean", name, label, f"unhideable {marks}", **{**settings, **more})


def moment(name: str, label: str, marks: str = "", **more: Any) -> Field:
    """An instant."""
    return field("datetime", name, label, f"ungroupable {marks}", **more)


def day(name: str, label: str, marks: str = "", **more: Any) -> Field:
    """A date."""
    return field("date", name, label, marks, **more)


def picklist(name: str, length: int, label: str, values: str, marks: str = "", **more: Any) -> Field:
    """A choice; `values` are apart by `|`, each `value` or `value=label`, the default one with a `*`."""
    options = tuple(_read_option(part) for part in values.split("|"))
    chosen = next((row.value for row in options if row.is_default), None)
    if chosen is not None:
        more = {"default": chosen, "has_default": True, **more}
    return field("picklist", name, label, marks, length=length, options=options, **more)


def _read_option(part: str) -> Option:
    value, _, label = part.rstrip("*").partition("=")
    return Option(value, label or value, part.endswith("*"))


def link(name: str, target: str, relationship: str | None, label: str, marks: str = "", **more: Any) -> Field:
    """A reference; `target` names several object types apart by `|` where it may lead to any of them."""
    targets = tuple(target.split("|"))
    is_lookup = "required" not in marks and "readonly" not in marks and target != "RecordType"
    settings = {"length": 18, "bytes_each": 1, "refers_to": targets, "relationship": relationship}
    return field(
        "reference",
        name,
        label,
        marks,
        **{"is_prefilterable": is_lookup and target != "User", **settings, **more},
    )


def record_id(label: str) -> Field:
    """The id of a record."""
    marks = "readonly required defaulted lookup"
    return field("id", "Id", label, marks, length=18, bytes_each=1)


def address(prefix: str, word: str) -> tuple[Field, ...]:
    """The eight parts of an address and the compound that joins them."""
    whole_name = f"{prefix}Address"
    parts = (
        long_text(f"{prefix}Street", 255, f"{word} Street"),
        text(f"{prefix}City", 40, f"{word} City"),
        text(f"{prefix}State", 80, f"{word} State/Province"),
        text(f"{prefix}PostalCode", 20, f"{word} Zip/Postal Code"),
        text(f"{prefix}Country", 80, f"{word} Country"),
        number(f"{prefix}Latitude", 18, 15, f"{word} Latitude"),
        number(f"{prefix}Longitude", 18, 15, f"{word} Longitude"),
        picklist(f"{prefix}GeocodeAccuracy", 40, f"{word} Geocode Accuracy", _ACCURACIES, "restricted"),
    )
    compound = field(
        "address",
        whole_name,
        f"{word} Address",
        "readonly hideable unsortable ungroupable",
        is_aggregatable=False,
    )
    return (*(_within(part, whole_name) for part in parts), compound)


_ACCURACIES = "Address|NearAddress|Block|Street|ExtendedZip|Zip|Neighborhood|City|County|State|Unknown"


def _within(part: Field, compound: str) -> Field:
    return Field(**{**part.__dict__, "compound": compound})


def stamps() -> tuple[Field, ...]:
    """Who made and last changed a record, and when; on every object."""
    marks = "readonly required defaulted"
    return (
        moment("CreatedDate", "Created Date", marks),
        link("CreatedById", "User", "CreatedBy", "Created By ID", marks),
        moment("LastModifiedDate", "Last Modified Date", marks),
        link("LastModifiedById", "User", "LastModifiedBy", "Last Modified By ID", marks),
        moment("SystemModstamp", "System Modstamp", marks),
    )


def seen() -> tuple[Field, ...]:
    """When the asking user last looked at a record; always empty here."""
    return (
        moment("LastViewedDate", "Last Viewed Date", "readonly"),
        moment("LastReferencedDate", "Last Referenced Date", "readonly"),
    )


def deleted() -> Field:
    """Whether a record lies in the recycle bin."""
    return truth("IsDeleted", "Deleted", "readonly")


def owner(target: str = "User") -> Field:
    """Who looks after a record."""
    return link("OwnerId", target, "Owner", "Owner ID", "required defaulted")
