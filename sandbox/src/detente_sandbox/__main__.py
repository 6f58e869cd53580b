"""`python -m detente_sandbox`: starts a sandbox and prints where it is."""

import argparse
import gc
import os
import threading
import time

from detente_sandbox.clock import parse_instant
from detente_sandbox.options import DEFAULT_START, NOISES, Options
from detente_sandbox.sandbox import Sandbox
from detente_sandbox.server import serve
from detente_sandbox.vendors import VENDORS

POLL_S = 0.5


def main(arguments: list[str] | None = None) -> None:
    """Reads the arguments, makes the world and serves until a signal comes."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        options = _options(given)
    except ValueError as error:
        parser.error(str(error))
    if given.parent_pid is not None:
        threading.Thread(target=_end_with, args=(given.parent_pid,), daemon=True).start()
    sandbox = Sandbox(options)
    gc.collect()
    gc.freeze()
    serve(sandbox, given.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detente_sandbox", description="CRM vendors, simulated over one firm."
    )
    parser.add_argument("--vendors", default="hubspot", help=f"of {', '.join(VENDORS)}, joined by commas")
    parser.add_argument("--noise", default="medium", choices=NOISES, help="how far their records differ")
    parser.add_argument("--port", type=int, default=0, help="first vendor's port on 127.0.0.1; 0: free ones")
    parser.add_argument("--companies", type=int, default=1_000, help="account records (at least 1)")
    parser.add_argument("--tickets", type=int, default=5_000, help="tickets (at least 0)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same world")
    parser.add_argument("--start", help=f"simulated start, ISO 8601 with zone; default {DEFAULT_START}")
    parser.add_argument("--no-limits", action="store_true", help="answers no 429")
    parser.add_argument("--real-clock", action="store_true", help="follows the system's clock; starts now")
    parser.add_argument("--parent-pid", type=int, help="ends when this process is gone")
    return parser


def _options(given: argparse.Namespace) -> Options:
    if given.companies < 1 or given.tickets < 0:
        raise ValueError("--companies must be at least 1 and --tickets at least 0")
    vendors = tuple(dict.fromkeys(given.vendors.split(",")))
    unknown = [name for name in vendors if name not in VENDORS]
    if unknown:
        raise ValueError(f"no vendor {unknown[0]!r}; known are {', '.join(VENDORS)}")
    now_ms = time.time_ns() // 1_000_000
    default_ms = now_ms if given.real_clock else parse_instant(DEFAULT_START)
    return Options(
        companies=given.companies,
        tickets=given.tickets,
        seed=given.seed,
        start_ms=parse_instant(given.start) if given.start else default_ms,
        has_limits=not given.no_limits,
        is_real_clock=given.real_clock,
        vendors=vendors,
        noise=given.noise,
    )


def _end_with(parent: int) -> None:
    """Ends this process when the other one is gone; a dead child's parent changes before it is reaped."""
    is_child = os.getppid() == parent
    while _is_there(parent) and (not is_child or os.getppid() == parent):
        time.sleep(POLL_S)
    os._exit(0)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
