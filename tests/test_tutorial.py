"""The tutorial is done as it stands: here with the tree's Detente, in `make wheels` from the wheels alone."""

from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "gates"))
from following import Command, environment_of, follow, steps

PAGE = Path(__file__).parent.parent / "docs" / "first-plugin.md"
SHORT = """
Say this:

```console
$ mkdir place && cd place
$ cat said.txt  # exits 1
$ echo "run-20261103-090000 took 1.5 s"; echo; echo done
<run>   took <seconds> s
…
done
```
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The commands of an environment above this one, so that what a page installs stays there."""
    home = tmp_path / "environment"
    venv.create(home)
    here = sysconfig.get_path("purelib")
    (site,) = (home / "lib").glob("python*/site-packages")
    (site / "above.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    for name, module in {"detente": "detente.cli.main", "pip": "pip", "pytest": "pytest"}.items():
        script = home / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{home}/bin/python" -P -m {module} "$@"\n')
        script.chmod(0o755)
    return home / "bin"


@pytest.mark.soak  # `make wheels` follows the page too, and is part of CI
def test_every_step_of_the_tutorial_goes_as_the_page_says(tmp_path: Path, programs: Path) -> None:
    folder = tmp_path / "work"
    wrong = follow(PAGE, folder, environment_of(programs, folder))

    assert not wrong, "\n".join(wrong)


def test_the_tutorial_takes_fewer_than_thirty_commands() -> None:
    commands = [step for step in steps(PAGE.read_text(encoding="utf-8")) if isinstance(step, Command)]

    assert 15 < len(commands) < 30


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("", "", "", id="as it is"),
        pytest.param("<run> ", "run-20261103-090001 ", "short.md line 7", id="another id"),
        pytest.param("echo; ", "echo; echo more; ", "", id="a line more where lines are passed over"),
        pytest.param("echo done", "echo gone", "it said:", id="another last line"),
        pytest.param("echo done", "echo done; echo more", "it said:", id="a line more at the end"),
        pytest.param("# exits 1", "# exits 0", "it exited with 1:", id="another exit code"),
        pytest.param("mkdir place && cd place", "false", "it exited with 1:", id="a step that fails"),
        pytest.param("took 1.5", "took one", "the page says:", id="no number"),
    ],
)
def test_a_page_that_is_followed_fails_where_a_step_goes_another_way(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    page = tmp_path / "short.md"
    page.write_text(SHORT.replace(old, new) if old else SHORT, encoding="utf-8")
    wrong = follow(page, tmp_path / "work", environment_of(tmp_path, tmp_path / "work"))

    assert (fault in "\n".join(wrong)) if fault else wrong == []
    assert (tmp_path / "work" / "place").is_dir() or old.startswith("mkdir")
