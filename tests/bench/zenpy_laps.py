"""zenpy reading organizations, a lap for each line on standard input. Run by the judges' own interpreter.

zenpy is under the GPL: it is never imported by anything of Detente, only talked to as a process.
"""

import sys
from datetime import UTC, datetime

from zenpy import Zenpy  # type: ignore[import-not-found]

START = datetime(1970, 1, 2, tzinfo=UTC)


def tell(text: str) -> None:
    """One line to who waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """A token and the rows of a lap are the arguments; tells `ready`, `lap` after each one, then `end`."""
    client, rows_a_lap = Zenpy(subdomain="acme", oauth_token=sys.argv[1]), int(sys.argv[2])
    rows = iter(client.organizations.incremental(start_time=START))
    tell("ready")
    has_more = True
    for _ in sys.stdin:
        if not has_more:
            break
        for _ in range(rows_a_lap):
            if next(rows, None) is None:
                has_more = False
                break
        tell("lap")
    tell("end")


if __name__ == "__main__":
    main()
