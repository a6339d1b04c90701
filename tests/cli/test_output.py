# SPDX-License-Identifier: Apache-2.0
"""Where output goes: reports, messages, colour, progress, write errors and interruptions."""
import datetime
import errno
import json
import os
import pty
import signal
import stat
import subprocess
import threading
import time

import pytest
import yaml

from conftest import PROGRAM, base_layer, make, setuid


def test_reports_to_files(rootout, build):
    archive = build.archive(user="0")
    done = rootout("check", "--format", "json=a.json", "--format=sarif=b.sarif", "--format",
                   "junit=c.xml", "--format", "markdown", archive)
    assert done.returncode == 1
    assert done.stdout.startswith("#") or "|" in done.stdout
    assert json.loads((rootout.cwd / "a.json").read_text())["verdict"] == "fail"
    assert json.loads((rootout.cwd / "b.sarif").read_text())["version"] == "2.1.0"
    assert (rootout.cwd / "c.xml").read_text().lstrip().startswith("<?xml")
    assert sorted(os.listdir(rootout.cwd)) == ["a.json", "b.sarif", "c.xml"]
    quiet = rootout("check", "--format", "json=a.json", archive)
    assert quiet.stdout == "" and quiet.stderr == ""


def test_unwritable_report(rootout, build):
    archive = build.archive()
    done = rootout("check", "--format", "json=no/such/dir.json", "--format", "text", archive)
    assert done.returncode == 2
    assert "no/such/dir.json" in done.stderr
    assert "pass" in done.stdout.lower()


def test_replaces_whole_file(rootout, build):
    report = rootout.cwd / "r.json"
    report.write_text("old")
    report.chmod(0o600)
    assert rootout("check", "--format", "json=r.json", build.archive()).returncode == 0
    assert json.loads(report.read_text())["verdict"] == "pass"
    assert stat.S_ISREG(report.stat().st_mode)


@pytest.mark.parametrize("args", [["check"], ["check", "--format", "json"], ["explain"],
                                  ["--help"], ["version"], ["check", "--help"]])
def test_full_disk(rootout, build, args):
    target = [build.archive()] if args[0] == "check" and "--help" not in args else []
    with open("/dev/full", "wb") as full:
        done = rootout(*args, *target, stdout=full)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert os.strerror(errno.ENOSPC) in done.stderr


def test_broken_pipe(rootout, build):
    reader, writer = os.pipe()
    os.close(reader)
    done = rootout("check", build.archive(), stdout=writer)
    os.close(writer)
    assert done.returncode == 2
    assert os.strerror(errno.EPIPE) in done.stderr


def test_closed_stdout(rootout, build):
    done = subprocess.run(["sh", "-c", 'exec "$0" check "$1" >&-', PROGRAM, build.archive()],
                          cwd=rootout.cwd, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert os.strerror(errno.EBADF).encode() in done.stderr


def on_terminal(rootout, *args, stdin=None, env=None, both=True):
    """Runs with a pseudo-terminal as stderr (and stdout); returns status and what it shows."""
    master, slave = pty.openpty()
    process = subprocess.Popen([PROGRAM, *map(str, args)], cwd=rootout.cwd, stdin=stdin,
                               stdout=slave if both else subprocess.DEVNULL, stderr=slave,
                               env=rootout.environment({"TERM": "xterm", **(env or {})}))
    os.close(slave)
    shown = []

    def read():
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                return
            if not data:
                return
            shown.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    return process, reader, shown, master


def finish(process, reader, shown, master):
    status = process.wait(60)
    reader.join(10)
    os.close(master)
    return status, b"".join(shown).decode("utf-8", "replace")


def test_colour(rootout, build):
    archive = build.archive(user="0")
    assert "\033[" not in rootout("check", archive).stdout
    assert "\033[" in rootout("check", "--color", "always", archive).stdout
    assert "\033[" in finish(*on_terminal(rootout, "check", archive))[1]
    for args, env in ((["--color=never"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})):
        assert "\033[" not in finish(*on_terminal(rootout, "check", *args, archive, env=env))[1]
    assert "\033[" not in rootout("check", "--color", "always", "--format", "json", archive).stdout


def slow_archive(build, process, seconds=1.6):
    """Feeds an archive to standard input slowly enough for progress to appear."""
    layers = [base_layer(make.member("f", "data", body=os.urandom(3 << 20)))]
    data = build.archive(layers).read_bytes()
    step = len(data) // 16
    for at in range(0, len(data), step):
        try:
            process.stdin.write(data[at:at + step])
            process.stdin.flush()
        except BrokenPipeError:
            return
        time.sleep(seconds / 16)
    process.stdin.close()


@pytest.mark.parametrize("args, shows", [([], True), (["-q"], False), (["--no-progress"], False)])
def test_progress(rootout, build, args, shows):
    running = on_terminal(rootout, "check", *args, "-", stdin=subprocess.PIPE, both=False)
    slow_archive(build, running[0])
    status, shown = finish(*running)
    assert status == 0
    assert ("MB/s" in shown) == shows
    if shows:
        assert shown.endswith("\r\033[K")
        assert "\n" not in shown


def test_no_progress_when_fast_or_piped(rootout, build):
    assert "MB/s" not in finish(*on_terminal(rootout, "check", build.archive()))[1]
    assert rootout("check", build.archive()).stderr == ""


def test_verbose(rootout, build):
    done = rootout("check", "-v", build.layout([base_layer(), base_layer()]))
    assert done.returncode == 0
    assert done.stderr.count("layer ") >= 2
    assert "entries" in done.stderr


def test_quiet(rootout, build):
    archive = build.archive([base_layer(setuid())], user="0")
    quiet, full = rootout("check", "-q", archive), rootout("check", archive)
    assert quiet.returncode == full.returncode == 1
    assert 0 < len(quiet.stdout.splitlines()) < len(full.stdout.splitlines())
    assert "fail" in quiet.stdout.lower()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_leaves_nothing(rootout, build, number):
    process = rootout.start("check", "--format", "json=report.json", "--format", "text", "-",
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            # a run under nohup would hand its ignored SIGHUP on
                            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    process.stdin.write(build.archive().read_bytes()[:3000])
    process.stdin.flush()
    time.sleep(0.3)
    process.send_signal(number)
    stdout, _ = process.communicate(timeout=20)
    assert process.returncode == -number
    assert stdout == b""
    assert os.listdir(rootout.cwd) == []


def test_hostile_names_are_escaped(rootout, build):
    archive = build.archive([base_layer(setuid("bin/\033]0;x\007\n\u202eevil"))])
    for args in ([], ["-v"], ["--format", "markdown"]):
        done = rootout("check", *args, archive)
        assert done.returncode == 1
        assert not set("\033\007\u202e") & set(done.stdout + done.stderr)


def test_cnti_times(rootout, build):
    """The suite wants to know when; 1970 would be a lie."""
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
    text = rootout("check", "--format", "cnti", build.archive()).stdout
    items = yaml.safe_load(text)["items"]
    for item in items:
        start = datetime.datetime.fromisoformat(item["start_time"][:19] + "+00:00")
        assert start >= before
        assert item["end_time"] >= item["start_time"]
