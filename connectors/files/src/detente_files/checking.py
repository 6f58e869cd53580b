"""What `doctor` says of a folder of files, and what is refused before anything is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePath

from detente_contracts import ConfigurationError, Finding, Severity, UnavailableError

from detente_files.reading import SourceFile, files_of, header, lacking
from detente_files.settings import Source
from detente_files.writing import OutFile


def check_folder(folder: Path, sources: Sequence[Source]) -> list[Finding]:
    """Whether every source has readable files with the columns that the settings name."""
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        hint = "Mount or create it, give this user the right to read it, or correct `folder`"
        return [Finding(Severity.ERROR, str(folder.name), "the folder cannot be read", hint)]
    return [finding for source in sources for finding in _check_source(folder, source)]


def check_out(out: OutFile) -> list[Finding]:
    """Whether the file of our fields can be understood, and be written."""
    subject = f"{out.path.parent.name}/{out.path.name}"
    try:
        out.load()
    except UnavailableError as error:
        return [Finding(Severity.ERROR, subject, error.message, error.hint)]
    nearest = next(path for path in (out.path.parent, *out.path.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return [
            Finding(Severity.ERROR, subject, "the folder cannot be written to", "Give this user the right")
        ]
    return [Finding(Severity.OK, subject, "can be written")]


def refuse_writing_into_sources(folder: Path, sources: Sequence[Source], outs: Sequence[Path]) -> None:
    """Raises: ConfigurationError when a file that we write is one that a source reads."""
    for out in outs:
        if not out.resolve().is_relative_to(folder.resolve()):
            continue
        inside = out.resolve().relative_to(folder.resolve())
        for source in sources:
            if _matches(inside, source.file):
                raise ConfigurationError(
                    f"{out.name} in `out` is a file that source {source.name!r} reads ({source.file})",
                    hint="Let `out` be a folder of its own",
                )


def _matches(path: PurePath, pattern: str) -> bool:
    parts = PurePath(pattern).parts
    if "**" in parts:
        return path.match(parts[-1])
    return len(parts) == len(path.parts) and all(map(fnmatch, path.parts, parts))


def _check_source(folder: Path, source: Source) -> list[Finding]:
    files = files_of(folder, source)
    if not files:
        return [
            Finding(
                Severity.ERROR,
                source.name,
                f"no file matches {source.file!r}",
                "Export it, or correct `file`",
            )
        ]
    return [finding for file in files for finding in _check_file(file, source)]


def _check_file(file: SourceFile, source: Source) -> list[Finding]:
    try:
        names = header(file, source)
    except UnavailableError as error:
        return [Finding(Severity.ERROR, file.name, error.message, error.hint)]
    faults = lacking(file, source, names)
    if faults:
        hint = "Correct the settings, or the export"
        return [Finding(Severity.ERROR, source.name, message, hint) for message in faults.values()]
    return [Finding(Severity.OK, source.name, f"{file.name} has all columns of the mapping")]
