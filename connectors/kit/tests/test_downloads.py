"""Bodies of any length go to a file, whole or not at all."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from detente_connector_kit import Call, RefusedCallError, Transport
from detente_contracts import UnavailableError

EXPORT = Call("GET", "/export", "export", headers=(("Accept", "text/csv"),))


def test_a_body_goes_to_the_file_and_the_headers_come_back(crm: Any, transport: Transport) -> None:
    crm.will(200, b"id\n1\n", X_Rows="1")
    file = BytesIO(b"what another page left there")
    answer = transport.download(EXPORT, file)

    assert file.getvalue() == b"id\n1\n"
    assert (answer.data, answer.headers["X-Rows"]) == (None, "1")
    assert crm.seen[0][2]["Accept"] == "text/csv"


def test_a_body_that_breaks_off_is_asked_for_again_from_its_start(crm: Any, transport: Transport) -> None:
    crm.will_cut(b"id\n1\n2\n3").will(200, b"id\n1\n")
    file = BytesIO()
    transport.download(EXPORT, file)

    assert file.getvalue() == b"id\n1\n"


def test_a_body_that_always_breaks_off_is_a_fault(crm: Any, transport: Transport) -> None:
    crm.will_cut(b"id\n1")

    with pytest.raises(UnavailableError, match="broke off"):
        transport.download(EXPORT, BytesIO())


def test_a_refused_download_tells_what_the_crm_said(crm: Any, transport: Transport) -> None:
    crm.will(404, b'[{"errorCode": "NOT_FOUND"}]')
    file = BytesIO()

    with pytest.raises(RefusedCallError) as caught:
        transport.download(EXPORT, file)
    assert caught.value.body == {"errors": [{"errorCode": "NOT_FOUND"}]}
    assert file.getvalue() == b""
