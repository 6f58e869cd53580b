"""The firm's world as records of the org."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from detente_sandbox.salesforce.deriving import derive
from detente_sandbox.salesforce.ids import make_id
from detente_sandbox.salesforce.moments import day_of, instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.people import PROFILE_OF_REPS, add_apps, add_setup
from detente_sandbox.salesforce.rows import Row, Values, pack
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.writing import case_number
from detente_sandbox.world.model import DAY_MS, Account, Deal, Owner, Person, Ticket, World

PREFIXES = {"account": "001", "deal": "006", "ticket": "500", "person": "003", "owner": "005"}
INDUSTRIES = {
    "MANUFACTURING": "Manufacturing",
    "RETAIL": "Retail",
    "BANKING": "Banking",
    "INSURANCE": "Insurance",
    "LOGISTICS": "Transportation",
    "HEALTHCARE": "Healthcare",
    "ENERGY": "Energy",
    "TELECOMMUNICATIONS": "Telecommunications",
    "EDUCATION": "Education",
    "PUBLIC_SERVICES": "Government",
    "SOFTWARE": "Technology",
    "FOOD": "Food & Beverage",
}
STAGES = (
    *("Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review"),
    *("Closed Won", "Closed Lost"),
)
PRIORITIES = {1: "High", 2: "High", 3: "Medium", 4: "Low"}
ORIGINS = ("Email", "Web", "Phone")
# The org keeps one currency, EUR; sums in others were entered at these rates.
EUR_EACH = {"EUR": 1.0, "USD": 0.92, "GBP": 1.17}
# A close date is required here: who has none yet enters one half a year out.
NO_CLOSE_MS = 180 * DAY_MS
QUEUE_SERIAL = FIRST_RESPONSE = 1
RESOLUTION = 2


def record_id(kind: str, key: int) -> str:
    """The id of the world's thing at a position."""
    return make_id(PREFIXES[kind], key + 1)


def fill(org: Org, world: World, public_key: RSAPublicKey) -> None:
    """Loads the world's accounts, people, deals and tickets, and who works with them."""
    users = {row.key: record_id("owner", row.key) for row in world.owners}
    org.human = next(users[row.key] for row in world.owners if row.is_active)
    org.apps = {app.name: app for app in add_apps(len(world.owners), public_key)}
    add_setup(org, [_user(row, users, org.now) for row in world.owners], org.apps.values())
    partners = [row.code for row in world.partners]
    load = _Loader(org, users)
    load.all("Account", ((row, _account(world, row, partners)) for row in world.accounts))
    load.all("Contact", ((row, _contact(row)) for row in world.people))
    load.all("Opportunity", ((row, _opportunity(row, partners)) for row in world.deals))
    load.all("Case", ((row, _case(row)) for row in world.tickets))
    load.milestones(world.tickets)


class _Loader:
    """Makes rows of things, each with the stamps it has in the world."""

    def __init__(self, org: Org, users: dict[int, str]) -> None:
        self._org, self._users = org, users

    def all(self, kind: str, things: Iterable[tuple[Account | Person | Deal | Ticket, Values]]) -> None:
        of = self._org.types[kind]
        rows = [self._row(of, serial, thing, values) for serial, (thing, values) in enumerate(things, 1)]
        self._org.stores[kind].load(rows)

    def _row(
        self, of: ObjectType, serial: int, thing: Account | Person | Deal | Ticket, values: Values
    ) -> Row:
        made, changed = instant_of(thing.created_ms), instant_of(thing.modified_ms)
        user = self._users[thing.owner] if thing.owner is not None else self._org.human
        values.setdefault("OwnerId", user)
        derive(self._org, of.name, values, {"StageName"}, changed)
        return Row(changed, make_id(of.prefix, serial), pack(values), made, user, changed, user)

    def milestones(self, tickets: list[Ticket]) -> None:
        of, human = self._org.types["CaseMilestone"], self._org.human
        rows: list[Row] = []
        for ticket in tickets:
            for values in _targets(ticket):
                stamp = instant_of(ticket.modified_ms)
                made = instant_of(ticket.created_ms)
                record = make_id(of.prefix, len(rows) + 1)
                rows.append(Row(stamp, record, pack(values), made, human, stamp, human))
        self._org.stores["CaseMilestone"].load(rows)


def _user(row: Owner, users: dict[int, str], now: str) -> Row:
    values: Values = {
        "Username": f"owner{row.key}@firm.example",
        "FirstName": row.first_name,
        "LastName": row.last_name,
        "Name": f"{row.first_name} {row.last_name}",
        "Email": f"owner{row.key}@firm.example",
        "Department": row.team,
        "IsActive": row.is_active,
        "UserType": "Standard",
        "ManagerId": None if row.key == 0 else users[0],
        "ProfileId": PROFILE_OF_REPS,
        "TimeZoneSidKey": "Europe/Berlin",
    }
    user = users[row.key]
    return Row(now, user, pack(values), now, user, now, user)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _account(world: World, row: Account, partners: list[str]) -> Values:
    organisation = world.organisations[row.organisation]
    is_resold = organisation.partner is not None
    kind = "Customer - Channel" if is_resold else "Customer - Direct"
    values: Values = {
        "Name": row.name,
        "Website": None if row.domain is None else f"https://{row.domain}",
        "Type": kind if row.phase == "customer" else "Prospect",
        "Industry": INDUSTRIES.get(row.industry or ""),
        "BillingCountry": row.country,
        "NumberOfEmployees": row.employees,
        "AnnualRevenue": _float(row.annual_revenue),
        "ParentId": None if row.parent is None else record_id("account", row.parent),
        "Customer_Number__c": row.number,
    }
    if not row.is_double:
        values.update(_commerce(world, row, partners))
    return values


def _commerce(world: World, row: Account, partners: list[str]) -> Values:
    organisation = world.organisations[row.organisation]
    known = organisation.commerce
    return {
        "ARR__c": _float(known.recurring_revenue),
        "Renewal_Date__c": known.renewal_day,
        "Contract_Start__c": known.contract_start_day,
        "Expansion_Likelihood__c": known.expansion,
        "Reference_Customer__c": known.is_reference,
        "Industry_Influence__c": known.influence,
        "Uptime_Exposure__c": known.uptime,
        "Compliance_Sensitivity__c": known.compliance,
        "Data_Security_Tier__c": _float(known.security_tier),
        "Cost_To_Serve__c": _float(known.cost_to_serve),
        "Cross_Team_Dependencies__c": _float(known.dependencies),
        "Partner_Of_Record__c": None if organisation.partner is None else partners[organisation.partner],
    }


def _contact(row: Person) -> Values:
    """A last name is required here: who has none is entered under the first name alone."""
    has_two = row.last_name is not None
    return {
        "AccountId": record_id("account", row.account),
        "FirstName": row.first_name if has_two else None,
        "LastName": row.last_name or row.first_name,
        "Email": row.email,
    }


def _opportunity(row: Deal, partners: list[str]) -> Values:
    amount = None if row.amount is None else round(row.amount * EUR_EACH[row.currency], 2)
    close_ms = row.close_ms if row.close_ms is not None else row.created_ms + NO_CLOSE_MS
    return {
        "AccountId": record_id("account", row.account),
        "Name": row.name[:120],
        "Amount": amount,
        "StageName": STAGES[row.stage],
        "Type": "New Customer" if row.is_new_business else "Existing Customer - Upgrade",
        "CloseDate": day_of(close_ms // DAY_MS),
        "Partner__c": None if row.partner is None else partners[row.partner],
        "Registered_At__c": None if row.registered_ms is None else instant_of(row.registered_ms),
    }


def _case(row: Ticket) -> Values:
    is_closed = row.closed_ms is not None
    values: Values = {
        "CaseNumber": case_number(record_id("ticket", row.key)),
        "AccountId": record_id("account", row.account),
        "Subject": row.subject,
        "Description": row.content,
        "Status": "Closed" if is_closed else "New" if row.waits_on == "new" else "Working",
        "Priority": PRIORITIES[row.priority],
        "Origin": ORIGINS[row.key % len(ORIGINS)],
        "ClosedDate": None if row.closed_ms is None else instant_of(row.closed_ms),
        "IsEscalated": row.priority == 1 and not is_closed,
        "Reopen_Count__c": float(row.reopen_count),
    }
    if row.owner is None:
        values["OwnerId"] = make_id("00G", QUEUE_SERIAL)
    return values


def _targets(row: Ticket) -> Iterable[Values]:
    """The milestones of a ticket: when its first reply is due, and when it is to be closed."""
    rows = (
        (FIRST_RESPONSE, row.reply_due_ms, row.reply_ms),
        (RESOLUTION, row.due_ms, row.closed_ms),
    )
    for kind, due_ms, done_ms in rows:
        if due_ms is not None:
            yield _target(row, kind, due_ms, done_ms)


def _target(row: Ticket, kind: int, due_ms: int, done_ms: int | None) -> Values:
    minutes = max(0, due_ms - row.created_ms) // 60_000
    return {
        "CaseId": record_id("ticket", row.key),
        "MilestoneTypeId": make_id("557", kind),
        "StartDate": instant_of(row.created_ms),
        "TargetDate": instant_of(due_ms),
        "CompletionDate": None if done_ms is None else instant_of(done_ms),
        "IsCompleted": done_ms is not None,
        "TargetResponseInMins": minutes,
        "TargetResponseInHrs": minutes // 60,
        "TargetResponseInDays": minutes // 1_440,
    }
