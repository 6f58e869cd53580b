"""Creating one ticket only once. Section 4.4 of the reference [C]."""

from collections.abc import Callable

from detente_sandbox.zendesk.call import Call
from detente_sandbox.zendesk.facts import IDEMPOTENCY_KEPT_S, IDEMPOTENCY_KEY_MAX, UnknownBehaviourError
from detente_sandbox.zendesk.refusals import idempotency_mismatch


def once(call: Call, make: Callable[[], int]) -> int:
    """The id of what is made, or of what the same key made within two hours.

    Raises: ApiError 400 when the key came with another body.
    """
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return make()
    if len(key) > IDEMPOTENCY_KEY_MAX:
        raise UnknownBehaviourError("an idempotency key of more than 255 characters")
    known = call.desk.repeats.get(key)
    if known is not None and call.now_ms - known[0] <= IDEMPOTENCY_KEPT_S * 1000:
        if known[1] != call.request.raw:
            raise idempotency_mismatch()
        call.headers["x-idempotency-lookup"] = "hit"
        return known[2]
    made = make()
    call.desk.repeats[key] = (call.now_ms, call.request.raw, made)
    call.headers["x-idempotency-lookup"] = "miss"
    return made
