"""Modules over 500 lines and functions over 50 are refused."""

from __future__ import annotations

import ast

from tree import ROOT, python_files

MODULE_LINES = 500
FUNCTION_LINES = 50


def problems() -> list[str]:
    """Every module and function over its limit."""
    found = []
    for path in python_files(tests=True):
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(ROOT)
        if text.count("\n") > MODULE_LINES:
            found.append(f"{where}: {text.count(chr(10))} lines; at most {MODULE_LINES}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    found.append(
                        f"{where}:{node.lineno}: {node.name} has {lines} lines; at most {FUNCTION_LINES}"
                    )
    return found
