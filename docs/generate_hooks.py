"""Write docs/hooks.md from the hook specifications; with --check, only say whether it is up to date."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pluggy
from detente_contracts import CONTRACT_VERSION, PROJECT, hookspecs

PAGE = Path(__file__).parent / "hooks.md"
SECTIONS = ("Called", "Args", "Returns", "Combined", "On error", "Since")
HEAD = """\
<!-- Generated from detente_contracts/hookspecs.py by docs/generate_hooks.py: change the docstrings there. -->
# Hooks

What a plugin can do, in the order in which a run asks. This is contract {version}; a plugin that needs a
certain one says so with `detente_contract = {demand}` beside its hooks.

A hook is a function of the plugin's module with the hook's name, marked with `@hookimpl`. It takes only the
arguments that it needs, by their names, and gives none of them a default value.

```python
from detente_contracts import Signal, hookimpl


@hookimpl
def detente_add_signals() -> list[Signal]:
    return [...]
```

A hook that returns many things may return any iterable of them, and an empty one for nothing; `None` is
refused. Every plugin is asked alone and timed, and its answer is checked. One that fails is named, and after
three failures in calls it is not asked again until Detente starts anew. Set `DETENTE_TRACE_HOOKS=1` to see
every call.
"""


class IncompleteSpecError(Exception):
    """A hook specification lacks part of its documentation."""


def hook_specs() -> dict[str, Callable[..., object]]:
    """Every hook specification by name, in their order."""
    manager = pluggy.PluginManager(PROJECT)
    return {
        name: value
        for name, value in vars(hookspecs).items()
        if manager.parse_hookspec_opts(hookspecs, name) is not None
    }


def rendered() -> str:
    """The whole page.

    Raises: IncompleteSpecError naming hook and section.
    """
    version = ".".join(str(part) for part in CONTRACT_VERSION)
    parts = [HEAD.format(version=version, demand=CONTRACT_VERSION)]
    parts += [rendered_hook(name, spec) for name, spec in hook_specs().items()]
    return "\n".join(parts)


def rendered_hook(name: str, spec: Callable[..., object]) -> str:
    """One hook's part of the page.

    Raises: IncompleteSpecError as `rendered` does.
    """
    intro, sections = documentation(name, spec)
    lines = [f"## {name}", "", intro, "", "```python", signature(name, spec), "```", ""]
    for title in SECTIONS:
        if title == "Args":
            lines += [f"- **`{argument}`**: {text}" for argument, text in arguments(name, spec).items()]
        else:
            lines.append(f"- **{title}**: {sections[title]}")
    return "\n".join(lines) + "\n"


def documentation(name: str, spec: Callable[..., object]) -> tuple[str, dict[str, str]]:
    """The first paragraph of a docstring, and its sections by title, each on one line.

    Raises: IncompleteSpecError when a section is missing or empty; `Args` is needed only with arguments.
    """
    text = inspect.getdoc(spec) or ""
    pieces = re.split(rf"^({'|'.join(SECTIONS)}):", text, flags=re.MULTILINE)
    sections = {
        title: body if title == "Args" else _flat(body)
        for title, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }
    needed = [title for title in SECTIONS if title != "Args" or inspect.signature(spec).parameters]
    for title in needed:
        if not sections.get(title, "").strip():
            raise IncompleteSpecError(f"{name}: the docstring has no section {title!r}")
    if not pieces[0].strip():
        raise IncompleteSpecError(f"{name}: the docstring does not say what the hook is for")
    return _flat(pieces[0]), sections


def arguments(name: str, spec: Callable[..., object]) -> Mapping[str, str]:
    """What the docstring says about each argument, in the order of the signature.

    Raises: IncompleteSpecError when it names fewer or others.
    """
    wanted = list(inspect.signature(spec).parameters)
    body = documentation(name, spec)[1].get("Args", "")
    pieces = re.split(r"^ {4}(\w+):", body, flags=re.MULTILINE)
    found = {argument: _flat(text) for argument, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    if sorted(found) != sorted(wanted) or not all(found.values()):
        raise IncompleteSpecError(f"{name}: section 'Args' describes {sorted(found)}, not {sorted(wanted)}")
    return {argument: found[argument] for argument in wanted}


def signature(name: str, spec: Callable[..., object]) -> str:
    """The hook as one would write it, with types as in the source."""
    shape = inspect.signature(spec)
    told = ", ".join(f"{item.name}: {item.annotation}" for item in shape.parameters.values())
    return f"def {name}({told}) -> {shape.return_annotation}: ..."


def main(words: list[str]) -> int:
    """Write the page, or compare it; 1 when it is stale."""
    page = rendered()
    if "--check" in words:
        is_fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page
        if not is_fresh:
            sys.stdout.write(f"{PAGE.name} is stale: run `make docs`\n")
        return 0 if is_fresh else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
