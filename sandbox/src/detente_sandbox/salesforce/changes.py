"""Ids that were changed or deleted in a span of time. Section 2.2 of the reference [D]; bodies [U]."""

from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.facts import CHANGED_MAX, DAY_MS, DELETED_DAYS, UPDATED_DAYS, bad_request
from detente_sandbox.salesforce.moments import instant_of_s, read_instant, seconds_of
from detente_sandbox.salesforce.schema.objects import ObjectType


def updated(call: Call, word: str) -> Answer:
    """Ids of records by SystemModstamp, at most 30 days back; those that were deleted since are not there."""
    of = call.type_in_path(word)
    start, end = _span(call, UPDATED_DAYS)
    rows = call.org.store(of).by_stamp.irange((start,), (end,))
    ids = [row.id for row in rows if not row.is_deleted]
    if len(ids) > CHANGED_MAX:
        raise bad_request("EXCEEDED_ID_LIMIT", f"more than {CHANGED_MAX} ids")
    return Answer({"ids": ids, "latestDateCovered": end})


def deleted(call: Call, word: str) -> Answer:
    """Ids of records in the recycle bin, at most 15 days back."""
    of = call.type_in_path(word)
    if not of.has_bin:
        raise bad_request("INVALID_TYPE", f"{of.name} keeps no deleted records")
    start, end = _span(call, DELETED_DAYS)
    rows = [
        {"id": record_id, "deletedDate": at}
        for record_id, at in call.org.store(of).bin.items()
        if start <= at < end
    ]
    earliest = instant_of_s(call.now_ms // 1000 - DELETED_DAYS * DAY_MS // 1000)
    return Answer({"deletedRecords": rows, "earliestDateAvailable": earliest, "latestDateCovered": end})


def _span(call: Call, days: int) -> tuple[str, str]:
    """Start and end, both needed; a plus sign in the zone may have come as a blank."""
    texts = [(call.text(name) or "").replace(" ", "+") for name in ("start", "end")]
    start, end = (read_instant(text) for text in texts)
    if start is None or end is None:
        raise bad_request("INVALID_REPLICATION_DATE", "start and end must be instants")
    if start >= end:
        raise bad_request("INVALID_REPLICATION_DATE", "startDate before endDate is needed")
    if seconds_of(start) < call.now_ms // 1000 - days * DAY_MS // 1000:
        raise bad_request("INVALID_REPLICATION_DATE", f"start lies more than {days} days back")
    return start, min(end, call.now)


def record_counts(call: Call) -> Answer:
    """How many records there are of some types. Recorded [R]."""
    asked = call.text("sObjects")
    words = (
        [word.strip() for word in asked.split(",")] if asked else [of.name for of in call.org.visible_types()]
    )
    types: list[ObjectType] = [of for word in words if (of := call.org.type_of(word)) is not None]
    return Answer({"sObjects": [{"count": call.org.store(of).live_count, "name": of.name} for of in types]})


def limits(call: Call) -> Answer:
    """What is left of the org's allowances. Sections 2.3 and 2.4; batches and jobs as [D] has them."""
    most, jobs = call.org.limits.most(), call.org.jobs.values()
    recent = [row for row in jobs if call.now_ms - row.made_ms < DAY_MS]
    queries = sum(1 for row in recent if row.is_query)
    batches = sum(row.batches for row in recent if not row.is_query)
    return Answer(
        {
            "DailyApiRequests": _allowance(most, call.org.limits.used(call.now_ms)),
            "DailyBulkApiBatches": _allowance(15_000, batches),
            "DailyBulkV2QueryJobs": _allowance(10_000, queries),
            "DailyBulkV2QueryFileStorageMB": _allowance(976_562, 0),
        }
    )


def _allowance(most: int, used: int) -> dict[str, int]:
    return {"Max": most, "Remaining": max(0, most - used)}
