"""A client of one vendor of a running sandbox: its API, and the administration beside it."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

TIMEOUT_S = 60.0


class VendorClient:
    """Calls one simulated vendor; `credentials` are what its apps sign in with, as announced at the start."""

    def __init__(self) -> None:
        self.url = ""
        self.credentials: dict[str, Any] = {}
        self.ca_file: str | None = None
        self._session = requests.Session()

    def open(self, told: dict[str, Any], folder: tempfile.TemporaryDirectory[str]) -> None:
        """Takes what the sandbox announced of the vendor; a certificate authority is kept in `folder`."""
        self.url, self.credentials = told["url"], told
        if told.get("ca_pem"):
            path = Path(folder.name) / "sandbox-ca.pem"
            path.write_text(told["ca_pem"])
            self.ca_file = str(path)

    def close(self) -> None:
        """Lets go of connections."""
        self._session.close()

    def token(self, name: str) -> str:
        """The bearer token of an app, where the vendor has lasting ones."""
        token: str = self.credentials["tokens"][name]
        return token

    def now(self) -> datetime:
        """The simulated instant, aware, UTC."""
        return datetime.fromisoformat(self.get("/_sandbox/clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Lets time pass and returns the new instant."""
        return datetime.fromisoformat(self.post("/_sandbox/clock", {"advance_s": seconds})["now"])

    def get(self, path: str) -> Any:
        """The JSON that a path of the administration answers."""
        return self._send("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        """Sends JSON and returns the JSON answered."""
        return self._send("POST", path, body)

    def put(self, path: str, body: object) -> Any:
        """Sends JSON and returns the JSON answered."""
        return self._send("PUT", path, body)

    def patch(self, path: str, body: object) -> Any:
        """Sends JSON and returns the JSON answered."""
        return self._send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        """Returns the JSON answered."""
        return self._send("DELETE", path, None)

    def api(self, method: str, path: str, body: object = None, app: str = "admin") -> requests.Response:
        """A request to the vendor's API as an app, or with a bearer; raises nothing on 4xx and 5xx."""
        bearer = self.credentials.get("tokens", {}).get(app, app)
        headers = {"Authorization": f"Bearer {bearer}"}
        return self.request(method, path, json=body, headers=headers)

    def request(self, method: str, path: str, **given: Any) -> requests.Response:
        """Any request, trusting the sandbox's own authority; raises nothing on 4xx and 5xx."""
        verify = self.ca_file or True
        return self._session.request(method, self.url + path, timeout=TIMEOUT_S, verify=verify, **given)

    def _send(self, method: str, path: str, body: object) -> Any:
        answer = self.request(method, path, json=body)
        if not answer.ok:
            raise RuntimeError(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None
