"""Every command loads this connector; only those that talk to an org pay for its client."""

from __future__ import annotations

import subprocess
import sys


def test_offering_the_connector_loads_no_soap_client() -> None:
    asked = "import sys, detente_salesforce; print('zeep' in sys.modules, 'lxml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]
