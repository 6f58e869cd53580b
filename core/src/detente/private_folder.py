"""Files and folders for one user's eyes: records of customers, and what vendors answered."""

from __future__ import annotations

import os
from pathlib import Path

from detente_contracts import ConfigurationError

FOLDER = 0o700
FILE = 0o600


def make_private_folder(path: Path) -> None:
    """Make the folder unless it is there, and close it and the files in it to everybody but their owner.

    Folders in it, links, and what belongs to another user stay as they are.

    Raises: ConfigurationError when the file system refuses.
    """
    try:
        path.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        _close(path, path.stat(), FOLDER)
        for entry in os.scandir(path):
            if entry.is_file(follow_symlinks=False):
                _close_file(entry)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be made or closed to others: {error.strerror}",
            hint="Give this user the right, or name another place",
        ) from None


def make_private_file(path: Path) -> None:
    """Make an empty file unless it is there: what opens it later keeps its rights.

    Raises: OSError.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))


def _close_file(entry: os.DirEntry[str]) -> None:
    try:
        _close(Path(entry.path), entry.stat(follow_symlinks=False), FILE)
    except FileNotFoundError:
        # SQLite removes its log when the last process closes the database.
        return


def _close(path: Path, found: os.stat_result, mode: int) -> None:
    if found.st_uid == os.geteuid() and found.st_mode & 0o777 != mode:
        path.chmod(mode)
