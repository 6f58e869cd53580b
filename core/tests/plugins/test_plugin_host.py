"""The plugin host: what plugins print, how much crosses, what survives a restart, and when it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from detente.engine.plugins import PortfolioFrame
from detente_contracts import Kind, Merge, Signal, SignalCatalogue

AS_OF = datetime(2026, 11, 3, 9, tzinfo=UTC)
PORTFOLIO = pl.DataFrame({"customer": ["c1", "c2"], "arr": [1.0, 2.0]})
END_S = 20


def test_what_a_plugin_prints_reaches_neither_the_answer_nor_standard_output(
    installation: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    installation.file(
        "chatty",
        """
        import os
        print('{"ok": "imported"}')

        @hookimpl
        def detente_detect_conflicts(portfolio):
            print('{"ok": []}', flush=True)
            os.write(1, b'{"ok": []}')
            return [Conflict(kind="k", family="internal", customer="c1", title="Heard")]
        """,
    )
    plugins = installation.load()

    (result,) = plugins.call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)

    assert [item.title for item in result.value] == ["Heard"]
    assert capfd.readouterr().out == ""


def test_requests_and_answers_may_be_larger_than_a_pipe(installation: Any) -> None:
    installation.file(
        "large",
        """
        @hookimpl
        def detente_add_criteria(signals):
            assert len(signals.signals) == 2000
            return [Criterion(name=f"c{n}", title="x" * 80, function=lambda row: n) for n in range(3000)]
        """,
    )
    one = Signal(name="s", title="t" * 80, unit="", kind=Kind.ACCOUNT, value="1", merge=Merge.SUM)
    many = tuple(one.model_copy(update={"name": f"s{place}"}) for place in range(2000))
    plugins = installation.load()

    assert len(plugins.criteria(SignalCatalogue(signals=many))) == 3000
    assert plugins.failures == []


def test_text_of_any_script_and_large_numbers_cross_unchanged(installation: Any) -> None:
    installation.file(
        "world",
        r"""
        @hookimpl
        def detente_detect_conflicts(portfolio):
            evidence = {"big": 10**30, "half": 0.1, "yes": True, "none": None, "nan": float("nan")}
            return [Conflict(kind="k", family="internal", customer="c1", title="Ünïcödé 顧客\n\u2028",
                             evidence=evidence)]
        """,
    )
    plugins = installation.load()

    (result,) = plugins.call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)

    assert result.value[0].title == "Ünïcödé 顧客\n\u2028"
    wanted = {"big": 10**30, "half": 0.1, "yes": True, "none": None, "nan": None}
    assert dict(result.value[0].evidence) == wanted


def test_functions_of_criteria_survive_a_host_that_another_plugin_ended(installation: Any) -> None:
    installation.file(
        "points",
        """
        @hookimpl
        def detente_add_criteria(signals):
            return [Criterion(name="twice", title="Twice", function=lambda row: row["arr"] * 2)]
        """,
    )
    installation.file("bad", "import os\n@hookimpl\ndef detente_detect_conflicts(portfolio): os._exit(1)\n")
    plugins = installation.load()
    plugins.criteria(SignalCatalogue())
    plugins.call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)

    series = plugins.points("twice", PortfolioFrame(PORTFOLIO))

    assert series is not None and series.to_list() == [2.0, 4.0]


def test_a_plugin_sees_the_frame_of_this_call_and_not_of_the_one_before(installation: Any) -> None:
    installation.file(
        "points",
        """
        @hookimpl
        def detente_add_criteria(signals):
            return [Criterion(name="same", title="Same", frame_function=lambda frame: [
                row["arr"] for row in frame.rows()])]
        """,
    )
    plugins = installation.load()
    plugins.criteria(SignalCatalogue())

    seen = [plugins.points("same", PortfolioFrame(PORTFOLIO.slice(place, 1))) for place in (0, 1)]

    assert [series.to_list() for series in seen if series is not None] == [[1.0], [2.0]]


def test_what_a_stopped_plugin_started_is_stopped_with_it(installation: Any, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    installation.file(
        "bad",
        f"""
        import subprocess

        @hookimpl
        def detente_detect_conflicts(portfolio):
            with open({str(fifo)!r}, "w") as held:
                subprocess.run(["sleep", "600"], stdout=held)
        """,
    )
    installation.load(timeout_s=1.0).call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)

    assert is_closed(reader)


def test_the_host_ends_with_its_parent_even_when_a_plugin_hangs(installation: Any, tmp_path: Path) -> None:
    fifo, frames = tmp_path / "fifo", tmp_path / "frames"
    os.mkfifo(fifo)
    frames.mkdir()
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    code = f"""
        @hookimpl
        def detente_add_signals():
            held = open({str(fifo)!r}, "w")
            held.write("hanging")
            held.flush()
            while True: pass
    """
    installation.file("bad", code)
    script = (
        "from pathlib import Path; from detente.engine.plugins import Plugins\n"
        "from detente_contracts import PluginSettings\n"
        f"Plugins.load(PluginSettings(), Path({str(installation.base)!r})).signals()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(frames)})
    assert is_ready(reader) and os.read(reader, 100) == b"hanging"
    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert is_closed(reader)
    assert list(frames.iterdir()) == []


def test_closing_removes_the_frames_and_ends_the_host(
    installation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pid = tmp_path / "pid"
    code = f"import os\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\n"
    installation.file("one", code + "@hookimpl\ndef detente_detect_conflicts(portfolio): return []\n")
    plugins = installation.load()
    plugins.call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)
    assert list(tmp_path.glob("detente-frames-*/*.arrow"))

    plugins.close()

    assert list(tmp_path.glob("detente-frames-*")) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def is_ready(descriptor: int) -> bool:
    """Whether something can be read within END_S seconds; a writer that has gone counts."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(END_S * 1000))


def is_closed(descriptor: int) -> bool:
    """Whether every process that held the other end has gone within END_S seconds."""
    try:
        return is_ready(descriptor) and os.read(descriptor, 1) == b""
    finally:
        os.close(descriptor)
