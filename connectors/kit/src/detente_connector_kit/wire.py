"""HTTP on `requests`: a pooled session with timeouts and sign-in; no retries, redirects or judgement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
from detente_contracts.errors import ConfigurationError
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from detente_connector_kit.calls import Pairs
from detente_connector_kit.replies import ConnectionFault, Reply

_CHUNK = 65_536
"""Bytes of a body that are held at a time."""

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class BearerToken(AuthBase):
    """Signs each request with a bearer token, read anew each time so that it can be rotated."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._read()}"
        return request


class Wire:
    """Sends requests to one host. `timeouts_s` are for connecting and for each wait for data.

    `ca_file` holds the certificates to trust instead of the usual ones.

    Raises: ConfigurationError for an address where a token must not go, or a `ca_file` that is not there.
    """

    def __init__(
        self,
        base_url: str,
        auth: AuthBase | None,
        *,
        user_agent: str,
        timeouts_s: tuple[float, float] = (5.0, 60.0),
        ca_file: Path | None = None,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self.timeouts_s = timeouts_s
        self._session = requests.Session()
        # without any sign-in, `requests` would look for one in ~/.netrc
        self._session.auth = auth or _unsigned
        self._session.headers.update({"Accept": "application/json", "User-Agent": user_agent})
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=8, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # proxies and certificates of the environment, looked up once and not for each call
        found = self._session.merge_environment_settings(self.base_url, {}, None, None, None)
        self.proxies: dict[str, str] = dict(found["proxies"])
        # given with each request, because a CA variable in the environment beats the session's own
        self.verify: bool | str | None = found["verify"] if ca_file is None else _existing(ca_file)

    def exchange(
        self, method: str, path: str, query: Pairs = (), body: bytes | None = None, headers: Pairs = ()
    ) -> Reply:
        """One request, one answer, whatever its status.

        Raises: ConnectionFault when no answer came.
        """
        response = self.perform(
            requests.Request(method, self.base_url + path, dict(headers), params=list(query), data=body)
        )
        return Reply(response.status_code, response.headers, response.content)

    def download(self, method: str, path: str, query: Pairs, headers: Pairs, into: BinaryIO) -> Reply:
        """As `exchange`; the body of a good answer is all that `into` holds then, and none is in the reply.

        Raises: ConnectionFault when no answer came, or its body broke off.
        """
        request = requests.Request(method, self.base_url + path, dict(headers), params=list(query))
        with self.perform(request, stream=True) as response:
            try:
                body = b"" if response.ok else response.content
                if response.ok:
                    into.seek(0)
                    into.truncate()
                    for chunk in response.iter_content(_CHUNK):
                        into.write(chunk)
            except requests.RequestException as error:
                raise ConnectionFault(f"broke off: {type(error).__name__}", sent=True) from None
            return Reply(response.status_code, response.headers, body)

    def perform(self, request: requests.Request, *, stream: bool = False) -> requests.Response:
        """Send a request of any address on this host's session, signed, with timeouts.

        Raises: ConnectionFault when no answer came.
        """
        try:
            return self._session.send(
                self._session.prepare_request(request),
                stream=stream,
                timeout=self.timeouts_s,
                allow_redirects=False,
                proxies=self.proxies,
                verify=self.verify,
            )
        except requests.RequestException as error:
            raise ConnectionFault(f"did not answer: {type(error).__name__}", sent=was_sent(error)) from None

    def close(self) -> None:
        """Let go of pooled connections."""
        self._session.close()


def _existing(ca_file: Path) -> str:
    if not ca_file.is_file():
        raise ConfigurationError(f"{ca_file} does not exist", hint="Correct `ca_file` in the settings")
    return str(ca_file)


def was_sent(error: Exception) -> bool:
    """Whether the request may have reached the server; false only when no connection was made."""
    if isinstance(error, requests.ConnectTimeout | ConnectTimeoutError | NewConnectionError):
        return False
    inner = error.args[0] if error.args else None
    if isinstance(error, MaxRetryError):
        inner = error.reason
    if isinstance(inner, MaxRetryError):
        inner = inner.reason
    return not isinstance(inner, ConnectTimeoutError | NewConnectionError)


def checked_base_url(url: str) -> str:
    """`url` without a slash at its end.

    Raises: ConfigurationError for anything but https, save http to this machine: a token goes along.
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ConfigurationError(
            "`base_url` must be https://host without user, query or fragment", hint="Correct the settings"
        )
    return url.rstrip("/")
