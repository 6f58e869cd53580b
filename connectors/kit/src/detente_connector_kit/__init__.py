"""What Detente's connectors share: transport, budget, cursors, secrets, canonical text."""

from detente_connector_kit.breaker import Breaker
from detente_connector_kit.budget import Bucket, LocalBudget
from detente_connector_kit.calls import Call, Pairs, Patience
from detente_connector_kit.canonical import canonical_text, number_text, strict_text
from detente_connector_kit.census import ascends, joined_census
from detente_connector_kit.cursors import (
    CursorValue,
    carried,
    pack_cursor,
    restarted_cursor,
    unpack_any_cursor,
    unpack_cursor,
)
from detente_connector_kit.instants import from_millis, parse_instant, to_millis
from detente_connector_kit.kind_mapping import (
    Column,
    KindMapping,
    KindMappings,
    PriorityWords,
    ReadValue,
    Source,
)
from detente_connector_kit.looking import looked_at
from detente_connector_kit.money import minor_units
from detente_connector_kit.replies import (
    Answer,
    ConnectionFault,
    RefusedCallError,
    Reply,
    UnknownResultError,
    Vendor,
    decode_refusal,
    http_date,
    retry_after_s,
    vendor_words,
)
from detente_connector_kit.row_values import RowValues, scalar_text
from detente_connector_kit.secrets import SecretSource
from detente_connector_kit.session import TransportSession
from detente_connector_kit.skew import clock_finding
from detente_connector_kit.tokens import ExpiringToken, RenewedToken
from detente_connector_kit.transport import Transport
from detente_connector_kit.wire import BearerToken, Wire, checked_base_url, was_sent
from detente_connector_kit.write_queue import WriteQueue
from detente_connector_kit.write_sheet import WriteSheet, own_value, parts

__all__ = [
    "Answer",
    "BearerToken",
    "Breaker",
    "Bucket",
    "Call",
    "Column",
    "ConnectionFault",
    "CursorValue",
    "ExpiringToken",
    "KindMapping",
    "KindMappings",
    "LocalBudget",
    "Pairs",
    "Patience",
    "PriorityWords",
    "ReadValue",
    "RefusedCallError",
    "RenewedToken",
    "Reply",
    "RowValues",
    "SecretSource",
    "Source",
    "Transport",
    "TransportSession",
    "UnknownResultError",
    "Vendor",
    "Wire",
    "WriteQueue",
    "WriteSheet",
    "ascends",
    "canonical_text",
    "carried",
    "clock_finding",
    "checked_base_url",
    "decode_refusal",
    "from_millis",
    "http_date",
    "joined_census",
    "looked_at",
    "minor_units",
    "number_text",
    "own_value",
    "pack_cursor",
    "parse_instant",
    "parts",
    "restarted_cursor",
    "retry_after_s",
    "scalar_text",
    "strict_text",
    "to_millis",
    "unpack_any_cursor",
    "unpack_cursor",
    "vendor_words",
    "was_sent",
]
