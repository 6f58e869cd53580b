"""Association type ids between two object types. Section 3.4 of the reference [D26]."""

# (from, to) -> type ids, unlabelled first, then primary.
TYPE_IDS: dict[tuple[str, str], tuple[int, ...]] = {
    ("tickets", "companies"): (339, 26),
    ("companies", "tickets"): (340, 25),
    ("deals", "companies"): (341, 5),
    ("companies", "deals"): (342, 6),
    ("contacts", "companies"): (279, 1),
    ("companies", "contacts"): (280, 2),
    ("tickets", "contacts"): (16,),
    ("tickets", "deals"): (28,),
    ("deals", "contacts"): (3,),
    ("companies", "companies"): (450,),
    ("notes", "companies"): (190,),
    ("companies", "notes"): (189,),
    ("notes", "contacts"): (202,),
    ("tickets", "notes"): (227,),
}
PARENT_TO_CHILD, CHILD_TO_PARENT = 13, 14
PRIMARY = {26, 25, 5, 6, 1, 2}
LABELS = {PARENT_TO_CHILD: "Child Company", CHILD_TO_PARENT: "Parent Company"} | dict.fromkeys(
    PRIMARY, "Primary"
)
