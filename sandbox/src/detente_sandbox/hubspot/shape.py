"""The firm's world as records of the portal."""

from collections.abc import Iterable

from detente_sandbox.clock import Clock, instant_text
from detente_sandbox.hubspot.facts import JsonObject
from detente_sandbox.hubspot.kinds import KINDS
from detente_sandbox.hubspot.limits import Limits
from detente_sandbox.hubspot.pipelines_data import DEAL_STAGES
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Row, pack
from detente_sandbox.world.model import (
    WON_STAGE,
    Account,
    Commerce,
    Deal,
    Organisation,
    Owner,
    Person,
    Ticket,
    World,
)

FIRST_OWNER_ID, FIRST_USER_ID = 700_001, 9_100_001
PRIORITIES = {1: "URGENT", 2: "HIGH", 3: "MEDIUM", 4: "LOW"}
STAGES = {"new": "1", "contact": "2", "us": "3"}
Fields = dict[str, str | None]


def owner_id(key: int) -> str:
    return str(FIRST_OWNER_ID + key)


def record_id(kind: str, key: int) -> int:
    return KINDS[kind].first_id + key


def portal_of(world: World, clock: Clock, limits: Limits) -> Portal:
    """A portal that holds the world's accounts, people, deals and tickets."""
    portal = Portal.empty(clock, limits, world.start_ms)
    portal.owners = {FIRST_OWNER_ID + row.key: _owner(row, world.start_ms) for row in world.owners}
    partners = [row.code for row in world.partners]
    portal.stores["companies"].load([_company(world, row, partners) for row in world.accounts])
    portal.stores["contacts"].load([_contact(row) for row in world.people])
    portal.stores["deals"].load([_deal(row, partners) for row in world.deals])
    portal.stores["tickets"].load([_ticket(row, world.start_ms) for row in world.tickets])
    portal.stores["contacts"].unique["email"] = {
        row.email.lower(): record_id("contacts", row.key) for row in world.people
    }
    _associate(world, portal)
    return portal


def _owner(row: Owner, at_ms: int) -> JsonObject:
    user = FIRST_USER_ID + row.key
    return {
        "id": owner_id(row.key),
        "email": f"owner{row.key}@firm.example",
        "type": "PERSON",
        "firstName": row.first_name,
        "lastName": row.last_name,
        "userId": user if row.is_active else None,
        "userIdIncludingInactive": user,
        "createdAt": instant_text(at_ms - 900 * 86_400_000),
        "updatedAt": instant_text(at_ms - 90 * 86_400_000),
        "archived": not row.is_active,
        "teams": [{"id": str(sum(map(ord, row.team))), "name": row.team, "primary": True}],
    }


def _row(kind: str, key: int, created_ms: int, modified_ms: int, fields: Fields) -> Row:
    return Row(record_id(kind, key), created_ms, modified_ms, pack(fields))


def _text(value: float | None) -> str | None:
    return None if value is None else str(value)


def _truth_text(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _instant(ms: int | None) -> str | None:
    return None if ms is None else instant_text(ms)


def _company(world: World, row: Account, partners: list[str]) -> Row:
    organisation = world.organisations[row.organisation]
    fields: Fields = {
        "name": row.name,
        "domain": row.domain,
        "website": None if row.domain is None else f"https://{row.domain}",
        "industry": row.industry,
        "country": row.country,
        "numberofemployees": _text(row.employees),
        "annualrevenue": _text(row.annual_revenue),
        "lifecyclestage": row.phase,
        "hubspot_owner_id": owner_id(row.owner),
        "hs_parent_company_id": None if row.parent is None else str(record_id("companies", row.parent)),
        "customer_number": row.number,
    }
    if not row.is_double:
        fields.update(_firm_fields(organisation, partners))
    return _row("companies", row.key, row.created_ms, row.modified_ms, fields)


def _firm_fields(row: Organisation, partners: list[str]) -> Fields:
    known: Commerce = row.commerce
    return {
        "arr": _text(known.recurring_revenue),
        "renewal_date": known.renewal_day,
        "contract_start": known.contract_start_day,
        "expansion_likelihood": _text(known.expansion),
        "reference_customer": _truth_text(known.is_reference),
        "industry_influence": known.influence,
        "uptime_exposure": known.uptime,
        "compliance_sensitivity": known.compliance,
        "data_security_tier": _text(known.security_tier),
        "cost_to_serve": _text(known.cost_to_serve),
        "cross_team_dependencies": _text(known.dependencies),
        "partner_of_record": None if row.partner is None else partners[row.partner],
    }


def _contact(row: Person) -> Row:
    fields: Fields = {
        "email": row.email,
        "firstname": row.first_name,
        "lastname": row.last_name,
        "hubspot_owner_id": owner_id(row.owner),
    }
    return _row("contacts", row.key, row.created_ms, row.modified_ms, fields)


def _deal(row: Deal, partners: list[str]) -> Row:
    stage, _, probability = DEAL_STAGES[row.stage]
    fields: Fields = {
        "dealname": row.name,
        "amount": _text(row.amount),
        "deal_currency_code": row.currency,
        "dealstage": stage,
        "pipeline": "default",
        "dealtype": "newbusiness" if row.is_new_business else "existingbusiness",
        "closedate": _instant(row.close_ms),
        "hs_is_closed": _truth_text(row.stage >= WON_STAGE),
        "hs_is_closed_won": _truth_text(row.stage == WON_STAGE),
        "hs_deal_stage_probability": probability,
        "hubspot_owner_id": owner_id(row.owner),
        "partner_id": None if row.partner is None else partners[row.partner],
        "deal_registration_date": _instant(row.registered_ms),
    }
    return _row("deals", row.key, row.created_ms, row.modified_ms, fields)


def _ticket(row: Ticket, start_ms: int) -> Row:
    closed = row.closed_ms
    fields: Fields = {
        "subject": row.subject,
        "content": row.content,
        "hs_pipeline": "0",
        "hs_pipeline_stage": "4" if closed is not None else STAGES[row.waits_on],
        "hs_ticket_priority": PRIORITIES[row.priority],
        "hubspot_owner_id": None if row.owner is None else owner_id(row.owner),
        "closed_date": _instant(closed),
        "hs_is_closed": _truth_text(closed is not None),
        "hs_ticket_reopened_at": _instant(row.reopened_ms),
        "hs_time_to_close_sla_at": _instant(row.due_ms),
        "hs_time_to_close_sla_status": target_status(row.due_ms, closed, start_ms),
        "hs_time_to_first_response_sla_at": _instant(row.reply_due_ms),
        "hs_time_to_first_response_sla_status": target_status(row.reply_due_ms, row.reply_ms, start_ms),
        "first_agent_reply_date": _instant(row.reply_ms),
        "time_to_close": None if closed is None else str(closed - row.created_ms),
        "hs_num_times_contacted": str(row.contacted),
        "reopen_count": str(row.reopen_count),
    }
    return _row("tickets", row.key, row.created_ms, row.modified_ms, fields)


def target_status(due_ms: int | None, done_ms: int | None, now_ms: int) -> str | None:
    """The vendor's code of a target: 0 active, 1 overdue, 2 due soon (4 hours), 3 in time, 4 late."""
    if due_ms is None:
        return None
    if done_ms is not None:
        return "4" if done_ms > due_ms else "3"
    if due_ms < now_ms:
        return "1"
    return "2" if due_ms <= now_ms + 4 * 3_600_000 else "0"


def _associate(world: World, portal: Portal) -> None:
    rows: tuple[tuple[str, Iterable[Ticket | Deal | Person]], ...] = (
        ("tickets", world.tickets),
        ("deals", world.deals),
        ("contacts", world.people),
    )
    for kind, things in rows:
        for row in things:
            company = record_id("companies", row.account)
            portal.graph.link((kind, "companies"), record_id(kind, row.key), company, primary=True)
    for account in world.accounts:
        if account.parent is not None:
            child, parent = record_id("companies", account.key), record_id("companies", account.parent)
            portal.graph.link_parent(child, parent)
