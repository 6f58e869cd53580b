"""Files that commands make for people; a place that cannot be written to is refused with its name."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import ConfigurationError


def write_file(path: Path, text: str) -> None:
    """Write `text` as UTF-8 into `path`, whose folder is made if need be.

    Raises: ConfigurationError when the file system refuses.
    """
    make_folder(path.parent)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _refused(path, error) from None


def make_folder(path: Path) -> None:
    """Make the folder, and those above it, unless it is there.

    Raises: ConfigurationError when the file system refuses.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be written: {error.strerror}", hint="Give this user the right, or name another place"
    )
