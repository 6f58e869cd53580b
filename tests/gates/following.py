"""Follow a page literally: write the files that it shows, run its commands in order, compare what they say.

A fenced block `console` holds commands after `$ ` and what each says on standard output; a block whose first
line names a `title` is a file to save. A command ends with 0 unless its line ends with `# exits N`. In what
is said a line `…` stands for any lines, `…` in a line for any text, and a name of `VARIES` for what differs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

VARIES: Mapping[str, str] = {
    "<run>": r"run-\d{8}-\d{6}(-\d+)?",
    "<seconds>": r"\d+\.\d+",
    "<policy>": r"[0-9a-f]{12}",
    "<case>": r"case-[0-9a-f]{12}",
    "<number>": r"-?\d+(\.\d+)?",
    "…": r".*",
}
"""What differs from time to time, each by the name that pages give it."""

SKIPPED = "…"
_FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.M | re.S
)
_EXIT = re.compile(r"\s+# exits (\d+)$")
_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Command:
    """A command in `line` of the page, its exit code, and what it says line by line."""

    line: int
    text: str
    code: int
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that the page shows in `line`, by path in the folder where the page began."""

    line: int
    path: str
    text: str


def steps(page: str) -> Iterator[Command | Saved]:
    """Everything on the page that is to be done, in order."""
    for block in _FENCE.finditer(page):
        line = page.count("\n", 0, block.start()) + 1
        if block["title"]:
            yield Saved(line, block["title"], block["text"])
        elif block["language"] == "console":
            yield from _commands(block["text"], line)


def _commands(text: str, line: int) -> Iterator[Command]:
    said: list[str] = []
    began: tuple[int, str] | None = None
    for number, content in enumerate([*text.splitlines(), "$ "], line + 1):
        if not content.startswith("$ "):
            said.append(content)
            continue
        if began is not None:
            code = _EXIT.search(began[1])
            yield Command(*began, int(code[1]) if code else 0, tuple(said))
        began, said = (number, content[2:]), []


def differences(says: Sequence[str], said: Sequence[str]) -> list[str]:
    """How `said` differs from what the page says; empty when it does not. Spaces count as one."""
    pattern = "".join(r"(.*\n)*?" if line.strip() == SKIPPED else _pattern(line) + "\n" for line in says)
    text = "".join(f"{_plain(line)}\n" for line in said)
    if re.fullmatch(pattern, text):
        return []
    return ["the page says:", *(f"  {line}" for line in says), "it said:", *(f"  {line}" for line in said)]


def _plain(line: str) -> str:
    return " ".join(line.split())


def _pattern(line: str) -> str:
    parts = re.split(f"({'|'.join(map(re.escape, VARIES))})", _plain(line))
    return "".join(VARIES.get(part, re.escape(part)) for part in parts)


def follow(page: Path, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Do all that the page says in `folder`; the first step that goes another way, empty when none does."""
    here = folder
    for step in steps(page.read_text(encoding="utf-8")):
        if isinstance(step, Saved):
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.path).write_text(step.text, encoding="utf-8")
            continue
        done, here = _run(step.text, here, environment)
        wrong = [] if done.returncode == step.code else [f"it exited with {done.returncode}:", done.stderr]
        wrong += differences(step.says, done.stdout.splitlines())
        if wrong:
            return [f"{page.name} line {step.line}: $ {step.text}", *wrong]
    return []


def _run(
    command: str, here: Path, environment: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """How a command ended that was typed in the folder `here`, and the folder in which it left the person."""
    place = Path(environment["HOME"]) / "place"
    script = f"{command}\ncode=$?\npwd > '{place}'\nexit $code\n"
    done = subprocess.run(
        ["bash", "-c", script], cwd=here, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    return done, Path(place.read_text().strip())


def main() -> int:
    """Follow the page in the first argument in a new folder, the second, with this Python's commands."""
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    wrong = follow(page, folder, environment_of(Path(sys.executable).parent, folder))
    sys.stdout.write("\n".join(wrong or [f"{page.name}: every step went as the page says"]) + "\n")
    return 1 if wrong else 0


def environment_of(programs: Path, folder: Path) -> dict[str, str]:
    """What a person has who begins: the folder of commands before the system's, and a home of their own."""
    home = folder.parent / f"{folder.name}-home"
    for path in (folder, home):
        path.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


if __name__ == "__main__":
    sys.exit(main())
