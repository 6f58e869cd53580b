"""Account, owners and pipelines. Sections 2 and 3.5 of the reference."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from detente_sandbox.hubspot.call import Answer, Call, kind_in_path
from detente_sandbox.hubspot.facts import (
    OWNERS_PAGE_MAX,
    JsonObject,
    UnknownBehaviourError,
    invalid,
    not_found,
)
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.pipelines_data import Pipeline
from detente_sandbox.hubspot.portal import PORTAL_ID, TIME_ZONE

OWNER_SCOPES = ("crm.objects.owners.read",)


def account_details(call: Call) -> Answer:
    """Who the token belongs to."""
    moment = datetime.fromtimestamp(call.now_ms / 1000, UTC).astimezone(ZoneInfo(TIME_ZONE))
    offset = moment.utcoffset()
    seconds = 0 if offset is None else round(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    return Answer(
        {
            "portalId": PORTAL_ID,
            "accountType": "SANDBOX",
            "timeZone": TIME_ZONE,
            "companyCurrency": "EUR",
            "additionalCurrencies": ["USD", "GBP"],
            "utcOffset": f"{sign}{abs(seconds) // 3600:02d}:{abs(seconds) % 3600 // 60:02d}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def list_owners(call: Call) -> Answer:
    """Owners by page in order of id; `after` is the last id of the page before."""
    call.token.need(OWNER_SCOPES)
    limit, after = call.whole("limit", OWNERS_PAGE_MAX), call.whole("after", 0)
    if not 1 <= limit <= OWNERS_PAGE_MAX:
        raise invalid(f"limit must lie between 1 and {OWNERS_PAGE_MAX}")
    email, archived = call.text("email"), call.flag("archived")
    rows = [
        row
        for number, row in sorted(call.portal.owners.items())
        if number > after and row["archived"] == archived and (not email or row["email"] == email.lower())
    ]
    body: JsonObject = {"results": [_owner(row) for row in rows[:limit]]}
    if len(rows) > limit:
        last = rows[limit - 1]["id"]
        body["paging"] = {"next": {"after": last, "link": f"{call.path}?after={last}"}}
    return Answer(body)


def _owner(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if value is not None}


def read_owner(call: Call, owner_id: str) -> Answer:
    """One owner by id; a deactivated one only with `archived=true`. By user id is not simulated."""
    call.token.need(OWNER_SCOPES)
    if (call.text("idProperty") or "id") != "id":
        raise UnknownBehaviourError("owners by user id")
    row = call.portal.owners.get(int(owner_id)) if owner_id.isdigit() else None
    if row is None or row["archived"] != call.flag("archived"):
        raise not_found()
    return Answer(_owner(row))


def list_pipelines(call: Call, word: str) -> Answer:
    """All pipelines with their stages, without paging."""
    return Answer({"results": [row.shown() for row in _pipelines(call, kind_in_path(word))]})


def _pipelines(call: Call, kind: ObjectKind) -> list[Pipeline]:
    call.token.need((*kind.read_scopes, f"crm.schemas.{kind.name}.read"))
    if kind.name not in call.portal.pipelines:
        raise UnknownBehaviourError(f"pipelines of {kind.name}")
    return call.portal.pipelines[kind.name]


def _pipeline(call: Call, word: str, pipeline_id: str) -> Pipeline:
    for row in _pipelines(call, kind_in_path(word)):
        if row.id == pipeline_id:
            return row
    raise not_found()


def read_pipeline(call: Call, word: str, pipeline_id: str) -> Answer:
    """One pipeline with its stages."""
    return Answer(_pipeline(call, word, pipeline_id).shown())


def list_stages(call: Call, word: str, pipeline_id: str) -> Answer:
    """The stages of a pipeline in order."""
    return Answer({"results": [row.shown() for row in _pipeline(call, word, pipeline_id).stages]})


def read_stage(call: Call, word: str, pipeline_id: str, stage_id: str) -> Answer:
    """One stage."""
    for row in _pipeline(call, word, pipeline_id).stages:
        if row.id == stage_id:
            return Answer(row.shown())
    raise not_found()
