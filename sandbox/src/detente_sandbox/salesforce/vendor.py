"""Salesforce as a vendor of the sandbox: one org, its API's answers, and a person's hands in it."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce.acts import Acts
from detente_sandbox.salesforce.apps import App, key_text, make_key
from detente_sandbox.salesforce.desk import Desk
from detente_sandbox.salesforce.facts import MY_DOMAIN
from detente_sandbox.salesforce.front import Front
from detente_sandbox.salesforce.limits import Limits
from detente_sandbox.salesforce.org import ORG_ID, Org
from detente_sandbox.salesforce.people import add_apps
from detente_sandbox.salesforce.shape import fill, record_id
from detente_sandbox.vendor import Json, RecordKind, RefusedError, Reply, Request, Vendor
from detente_sandbox.view import Page
from detente_sandbox.world.model import World

TYPES: dict[RecordKind, str] = {"account": "Account", "deal": "Opportunity", "ticket": "Case"}
# What may be switched of an app: the word in the administration, and the attribute.
SWITCHES = {
    "revoked": "is_revoked",
    "approved": "is_approved",
    "can_write": "can_write",
    "can_define": "can_define",
}


class Salesforce(Vendor):
    """One org. Types are the API's names, ids its 18 characters; see the README for what is simulated."""

    name: ClassVar[str] = "salesforce"
    is_tls: ClassVar[bool] = True

    def __init__(self, clock: Clock, options: Options) -> None:
        super().__init__(clock, options)
        self._limits = Limits(enforced=options.has_limits)
        # One pair for all apps, lasting over resets: it was announced when the sandbox began.
        self._key = make_key()

    def load(self, share: World) -> None:
        self._limits.reset()
        self._org = Org(self.clock, self._limits, share.start_ms)
        self._org.unknown = self.unknown
        fill(self._org, share, self._key.public_key())
        self._front, self._desk = Front(self._org), Desk(self._org)

    def reply(self, request: Request, now_ms: int) -> Reply:
        return self._front.reply(request, now_ms)

    def kind_of(self, request: Request) -> str:
        return self._front.kind_of(request)

    def credentials(self) -> Json:
        apps = add_apps(len(self.share.owners), self._key.public_key())
        return {
            "my_domain": MY_DOMAIN,
            "org_id": ORG_ID,
            "private_key": key_text(self._key),
            "apps": {app.name: _told(app) for app in apps},
        }

    def path_of(self, kind: RecordKind, key: int) -> str:
        return f"{TYPES[kind]}/{record_id(kind, key)}"

    def state(self) -> Json:
        return {
            name: {"count": store.live_count, "deleted": len(store.bin), "digest": store.digest()}
            for name, store in self._org.stores.items()
        }

    def limits(self) -> Json:
        return {"daily": self._limits.daily, "used": self._limits.used(self.clock.now_ms)}

    def set_limits(self, body: Json) -> Json:
        unknown = set(body) - {"daily"}
        if unknown:
            raise ValueError(f"unknown limits {sorted(unknown)}; known is daily")
        if "daily" in body:
            self._limits.daily = None if body["daily"] is None else int(body["daily"])
        return self.limits()

    def set_app(self, name: str, body: Json) -> Json:
        app = self._org.apps.get(name)
        if app is None:
            raise RefusedError(404, f"no app is called {name!r}; known are {', '.join(self._org.apps)}")
        unknown = set(body) - {*SWITCHES, "session_s", "hidden"}
        if unknown:
            raise ValueError(
                f"unknown settings {sorted(unknown)}; known are {[*SWITCHES, 'session_s', 'hidden']}"
            )
        for word in SWITCHES.keys() & body.keys():
            setattr(app, SWITCHES[word], bool(body[word]))
        app.session_s = int(body.get("session_s", app.session_s))
        if "hidden" in body:
            self._org.hide(app, {str(field) for field in body["hidden"] or ()})
        shown: Json = {word: getattr(app, attribute) for word, attribute in SWITCHES.items()}
        return {"name": name, **shown, "session_s": app.session_s, "hidden": sorted(app.hidden)}

    def acts(self) -> Mapping[str, Callable[[Json], Json]]:
        return Acts(self._org).table()

    def list_records(self, type_name: str) -> list[Json]:
        return self._desk.all(type_name)

    def read_record(self, type_name: str, record_id: str) -> Json:
        return self._desk.one(type_name, record_id)

    def create_record(self, type_name: str, body: Json) -> Json:
        return self._desk.create(type_name, body)

    def edit_record(self, type_name: str, record_id: str, body: Json) -> Json:
        return self._desk.edit(type_name, record_id, body)

    def delete_record(self, type_name: str, record_id: str) -> Json:
        return self._desk.delete(type_name, record_id)

    def page(self, type_name: str, record_id: str) -> Page:
        return self._desk.page(type_name, record_id)


def _told(app: App) -> Json:
    return {
        "client_id": app.key,
        "client_secret": app.secret,
        "refresh_token": app.refresh_token,
        "username": app.username,
        "user_id": app.user_id,
    }
