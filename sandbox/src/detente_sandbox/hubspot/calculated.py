"""Properties that the vendor sets itself when a stage moves. Sections 3.5 and 4 of the reference."""

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.pipelines_data import Stage
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Values
from detente_sandbox.hubspot.validation import parse_moment


def follow(
    portal: Portal, kind: ObjectKind, before: Values, moved: Values, created_ms: int, now_ms: int
) -> Values:
    """What changes along with `moved`; `""` clears."""
    if kind.name == "tickets" and "hs_pipeline_stage" in moved:
        return _ticket(portal, before, moved, created_ms, now_ms)
    if kind.name == "deals" and "dealstage" in moved:
        return _deal(portal, moved)
    return {}


def _stage(portal: Portal, kind: str, stage_id: str) -> Stage | None:
    stages = (stage for pipeline in portal.pipelines[kind] for stage in pipeline.stages)
    return next((stage for stage in stages if stage.id == stage_id), None)


def _ticket(portal: Portal, before: Values, moved: Values, created_ms: int, now_ms: int) -> Values:
    stage = _stage(portal, "tickets", moved["hs_pipeline_stage"])
    is_closed = stage is not None and stage.metadata["ticketState"] == "CLOSED"
    was_closed = before.get("hs_is_closed") == "true"
    follows = {"hs_is_closed": str(is_closed).lower()}
    if is_closed and not was_closed:
        follows["closed_date"] = instant_text(now_ms)
        follows["time_to_close"] = str(now_ms - created_ms)
        follows.update(_settled(before, now_ms))
    elif was_closed and not is_closed:
        follows["closed_date"] = follows["time_to_close"] = ""
        follows["hs_ticket_reopened_at"] = instant_text(now_ms)
    return follows


def _settled(before: Values, now_ms: int) -> Values:
    due_ms = parse_moment(before.get("hs_time_to_close_sla_at", ""))
    return {} if due_ms is None else {"hs_time_to_close_sla_status": "4" if now_ms > due_ms else "3"}


def _deal(portal: Portal, moved: Values) -> Values:
    stage = _stage(portal, "deals", moved["dealstage"])
    if stage is None:
        return {}
    probability = stage.metadata["probability"]
    is_closed = stage.metadata["isClosed"]
    return {
        "hs_is_closed": is_closed,
        "hs_is_closed_won": str(is_closed == "true" and float(probability) == 1).lower(),
        "hs_deal_stage_probability": probability,
    }
