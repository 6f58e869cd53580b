"""Who works in the org at the start: users, apps, profiles, queues, and what they may see."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from detente_sandbox.salesforce.apps import App
from detente_sandbox.salesforce.ids import make_id
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import Row, Values, pack
from detente_sandbox.salesforce.tooling import grant_at_start, note_field

PROFILE_OF_ADMINS, PROFILE_OF_REPS, PROFILE_OF_APPS, PROFILE_OF_READERS = (
    make_id("00e", serial) for serial in range(1, 5)
)
PROFILES = {
    PROFILE_OF_ADMINS: "System Administrator",
    PROFILE_OF_REPS: "Standard User",
    PROFILE_OF_APPS: "Integration",
    PROFILE_OF_READERS: "Read Only",
}


def add_apps(owners: int, public_key: RSAPublicKey) -> list[App]:
    """The apps: `sync` reads and writes, `admin` defines fields besides, `readonly` only reads."""
    rows = (
        ("admin", PROFILE_OF_ADMINS, True, True),
        ("sync", PROFILE_OF_APPS, True, False),
        ("readonly", PROFILE_OF_READERS, False, False),
    )
    return [
        App(
            name,
            make_id("005", owners + order),
            f"integration.{name}@firm.example",
            profile,
            can_write,
            can_define,
            public_key,
        )
        for order, (name, profile, can_write, can_define) in enumerate(rows, 1)
    ]


def add_setup(org: Org, owners: list[Row], apps: Iterable[App]) -> None:
    """Loads the users and all that is set up around them."""
    now = org.now
    org.stores["User"].load([*owners, *(_app_user(app, now) for app in apps)])
    _load(org, "Organization", [{**_ORGANIZATION}])
    _load(org, "Profile", [{"Name": name} for name in PROFILES.values()])
    _load(org, "PermissionSet", [_own_set(profile) for profile in PROFILES])
    _load(org, "Group", [{"Name": "Support queue", "DeveloperName": "Support_queue", "Type": "Queue"}])
    _load(org, "MilestoneType", [{"Name": "First Response"}, {"Name": "Resolution"}])
    _grant(org)


_ORGANIZATION: Values = {
    "Name": "The firm",
    "Country": "DE",
    "DefaultLocaleSidKey": "en_IE_EURO",
    "TimeZoneSidKey": "Europe/Berlin",
    "LanguageLocaleKey": "en_US",
    "OrganizationType": "Enterprise Edition",
    "InstanceName": "DEU1",
}


def _app_user(app: App, now: str) -> Row:
    values: Values = {
        "Username": app.username,
        "LastName": f"Integration {app.name}",
        "Name": f"Integration {app.name}",
        "Email": app.username,
        "IsActive": True,
        "UserType": "Standard",
        "ProfileId": app.profile,
        # Date words such as TODAY follow the asking user's zone; that of the apps is UTC.
        "TimeZoneSidKey": "GMT",
    }
    return Row(now, app.user_id, pack(values), now, app.user_id, now, app.user_id)


def _own_set(profile: str) -> Values:
    """Each profile has a permission set of its own, which counts for all its users."""
    return {"Name": f"X{profile}", "Label": f"X{profile}", "IsOwnedByProfile": True, "ProfileId": profile}


def _load(org: Org, kind: str, rows: list[Values]) -> None:
    prefix, now, human = org.types[kind].prefix, org.now, org.human
    org.stores[kind].load(
        [
            Row(now, make_id(prefix, serial), pack(values), now, human, now, human)
            for serial, values in enumerate(rows, 1)
        ]
    )


def _grant(org: Org) -> None:
    """All profiles see the fields that the firm defined; readers do not change them."""
    sets = {row.values()["ProfileId"]: row.id for row in org.stores["PermissionSet"].rows.values()}
    for of in list(org.types.values()):
        for made in [row for row in of.fields.values() if row.is_custom]:
            note_field(org, of, made, org.human, org.now)
            for profile, permission_set in sets.items():
                can_edit = profile != PROFILE_OF_READERS
                grant_at_start(org, of, made, permission_set, org.human, can_edit=can_edit)
