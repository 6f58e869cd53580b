"""docs/hooks.md says what the specifications say, wholly, and every hook has a test named after it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_hooks", ROOT / "docs" / "generate_hooks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = _generator()
HOOKS = list(generator.hook_specs())


def whole(customers: object, as_of: object) -> None:
    """Count customers.

    Called: once a run.
    Args:
        customers: who is counted,
            in any order.
        as_of: when.
    Returns: nothing.
    Combined: all are taken.
    On error: nothing is counted.
    Since: contract 1.0.
    """


def test_the_page_is_what_the_specifications_say() -> None:
    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")

    assert page == generator.rendered(), "docs/hooks.md is stale: run `make docs`"


def test_the_page_holds_every_hook_in_the_order_of_a_run() -> None:
    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (\w+)$", page, flags=re.MULTILINE) == HOOKS
    assert len(HOOKS) > 0


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test_named_after_it(hook: str) -> None:
    places = [
        path
        for part in ("contracts", "core", "connectors", "plugins", "tests")
        for path in modules_under(part)
    ]
    named = [
        path for path in places if re.search(rf"^\s*def test_{hook}_\w+\(", path.read_text(), re.MULTILINE)
    ]

    assert named, f"no test is named test_{hook}_..."


def test_a_whole_specification_is_rendered_with_all_its_sections() -> None:
    text = generator.rendered_hook("whole", whole)

    assert "## whole\n\nCount customers.\n" in text
    assert "- **`customers`**: who is counted, in any order.\n- **`as_of`**: when.\n" in text
    assert "- **On error**: nothing is counted.\n" in text


@pytest.mark.parametrize("section", generator.SECTIONS)
def test_a_specification_without_a_section_is_refused(section: str) -> None:
    def lacking(customers: object, as_of: object) -> None: ...

    lacking.__doc__ = (whole.__doc__ or "").replace(f"{section}:", f"{section} unsaid")

    with pytest.raises(generator.IncompleteSpecError, match=section):
        generator.rendered_hook("lacking", lacking)


def test_a_specification_that_leaves_an_argument_out_is_refused() -> None:
    def lacking(customers: object, as_of: object, limit: int) -> None: ...

    lacking.__doc__ = whole.__doc__

    with pytest.raises(generator.IncompleteSpecError, match="limit"):
        generator.rendered_hook("lacking", lacking)


def modules_under(part: str) -> list[Path]:
    """Every test module under one of the tree's folders."""
    return [path for path in (ROOT / part).rglob("test_*.py") if "tests" in path.parts]
