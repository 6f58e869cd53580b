"""Targets of cases, which the firm's own automation completes when a case closes. Section 2.5."""

from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import pack


def complete_milestones(org: Org, case_id: str, by: str, now: str) -> None:
    """Sets the completion of what is still open of a case."""
    store = org.stores["CaseMilestone"]
    for record_id in sorted(store.having("CaseId", case_id)):
        row = store.rows[record_id]
        values = row.values()
        if row.is_deleted or values.get("CompletionDate") is not None:
            continue
        values.update(CompletionDate=now, IsCompleted=True)
        store.put(row._replace(stamp=now, modified=now, modifier=by, packed=pack(values)))
