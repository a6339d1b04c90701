# SPDX-License-Identifier: Apache-2.0
"""Odd targets, closed descriptors, interrupts, unwritable reports, text that attacks its reader."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree

import pytest
import yaml

from conftest import PROGRAM, base_layer, checks_of, config, make, setuid, short
from hostile import big_member, bound, fails_to_read, layout_of, measured, run_json, tar

# --- targets that are no images ---

@pytest.mark.parametrize("data", [
    b"", b"\0", bytes(512), bytes(1024), bytes(10240), b"x" * 10000, b"\x1f\x8b", b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0", b"\x04\x22\x4d\x18", b"PK\x03\x04" + bytes(100),
    b"hsqs" + bytes(100), b"\x7fELF" + bytes(600), b"FROM debian\nUSER root\n", b"{}", b"[]",
    make.gzip_compress(b""), make.gzip_compress(bytes(10240)), make.zstd_compress(b""),
    make.zstd_skippable(b"x" * 100), make.gzip_compress(make.gzip_compress(b"x" * 1000))],
    ids=short)
def test_files_that_are_no_archives(rootout, build, data):
    (build.place / "f").write_bytes(data)
    for target in (str(build.place / "f"), f"docker-archive:{build.place / 'f'}",
                   f"oci-archive:{build.place / 'f'}"):
        fails_to_read(rootout, target)
    fails_to_read(rootout, "-", stdin=data)
    # A root file system without any file in it is nothing that could pass either.
    assert run_json(rootout, "--user", "1", f"rootfs-archive:{build.place / 'f'}")[0] in (0, 2)
    for prefix in ("oci", "dir", "rootfs"):
        fails_to_read(rootout, f"{prefix}:{build.place / 'f'}")


def test_directories_that_are_no_images(rootout, build):
    (build.place / "empty").mkdir()
    for prefix in ("", "oci:", "dir:", "docker-archive:", "oci-archive:", "rootfs-archive:"):
        fails_to_read(rootout, f"{prefix}{build.place / 'empty'}")
    fails_to_read(rootout, build.place / "absent")
    fails_to_read(rootout, "docker-archive:")


def test_devices_as_targets(rootout):
    fails_to_read(rootout, "/dev/null")
    fails_to_read(rootout, "docker-archive:/dev/null")
    status, seconds, rss, _ = measured(rootout, "/dev/zero", timeout=60)
    assert status == 2
    bound(rss, 60)
    fails_to_read(rootout, "/dev/fd/99")


# The program is opened first: root's home may be closed to others.
OTHER_USER = """
import os, sys
program = os.open(sys.argv[1], os.O_RDONLY)
os.chdir("/")
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
os.execve(program, ["rootout", "check", sys.argv[2]], {})
"""


def test_sockets_and_unreadable_files(rootout, build):
    os.chdir(build.place)
    with socket.socket(socket.AF_UNIX) as bound_to:
        bound_to.bind("s")
    os.chdir("/")
    fails_to_read(rootout, build.place / "s")
    path = build.archive()
    path.chmod(0)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", OTHER_USER, PROGRAM, path],
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 2 and b"denied" in done.stderr


def test_a_fifo_as_target(rootout, build):
    """Read as a pipe is, once and to its end."""
    path = build.place / "fifo"
    os.mkfifo(path)
    data = build.archive([base_layer(setuid())]).read_bytes()
    process = rootout.start("check", "--format", "json", path, stdout=subprocess.PIPE)
    with open(path, "wb") as fifo:
        fifo.write(data)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and len(json.loads(stdout)["targets"]) == 1


@pytest.mark.parametrize("state", ["unopened", "stalled"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_at_a_fifo_that_stalls(rootout, build, state, number):
    """Dies of the signal at once, and leaves neither report nor temporary file."""
    path = build.place / "fifo"
    os.mkfifo(path)
    before = sorted(os.listdir("/tmp"))
    process = rootout.start("check", "--format", "json=report.json", "--format", "text=t", path,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    fifo = None
    if state == "stalled":
        fifo = open(path, "wb")
        fifo.write(build.archive().read_bytes()[:2000])
        fifo.flush()
    time.sleep(0.4)
    start = time.monotonic()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    if fifo:
        fifo.close()
    assert time.monotonic() - start < 5
    assert process.returncode == -number, stderr
    assert stdout == b"" and os.listdir(rootout.cwd) == []
    assert not [name for name in os.listdir("/tmp") if name not in before and "rootout" in name]


def test_interrupted_while_inflating(rootout, build):
    """Threads at work stop too: seconds of zeros are ahead."""
    blob = make.zstd_compress(big_member(1 << 43)) + make.zstd_zeros(1 << 17) * 2
    place = layout_of(build, [blob, blob + b""], [b"never", b"ever"])
    process = rootout.start("check", "--format", "json=report.json", place,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.7)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - start < 3
    assert os.listdir(rootout.cwd) == []


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "2>&-", "<&- >/dev/null 2>&-"])
def test_closed_descriptors(rootout, build, closed):
    """Files that are opened next take the numbers of closed ones; reports must not go into them."""
    archive = build.archive([base_layer(setuid())])
    before = archive.read_bytes()
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" check --format json=r.json --format text "$1" {closed}', PROGRAM,
         archive], cwd=rootout.cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert archive.read_bytes() == before
    assert json.loads((rootout.cwd / "r.json").read_text())["verdict"] == "fail"
    done = subprocess.run(["sh", "-c", f'exec "$0" check - {closed}', PROGRAM], cwd=rootout.cwd,
                          capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 2


def test_everything_closed(rootout, build):
    archive = build.archive()
    before = archive.read_bytes()
    done = subprocess.run(["sh", "-c", 'exec "$0" check "$1" <&- >&- 2>&-', PROGRAM, archive],
                          cwd=rootout.cwd, check=False, timeout=60)
    assert done.returncode == 2
    assert archive.read_bytes() == before


# --- many targets, exit statuses, reports ---

@pytest.mark.parametrize("given, status", [
    ("p", 0), ("f", 1), ("w", 1), ("u", 1), ("e", 2), ("pp", 0), ("pf", 1), ("fp", 1), ("pe", 2),
    ("ep", 2), ("fe", 2), ("ef", 2), ("we", 2), ("ue", 2), ("fwu", 1), ("pfwue", 2), ("ee", 2)])
def test_exit_statuses(rootout, build, given, status):
    """Unreadable beats failing, failing beats passing, wherever they stand."""
    makers = {
        "p": lambda: build.archive(name="p"), "f": lambda: build.archive(user="0", name="f"),
        "w": lambda: build.archive(user="nobody", name="w"), "e": lambda: build.place / "absent",
        "u": lambda: f"rootfs:{build.place / 'rootfs'}"}
    if "u" in given:
        build.rootfs()
    result, report = run_json(rootout, *[makers[letter]() for letter in given])
    assert result == status
    assert len(report["targets"]) == len(given.replace("e", ""))
    assert len(report["errors"]) == given.count("e")
    allowed = run_json(rootout, "--allow-unknown", *[makers[letter]() for letter in given])[0]
    assert allowed == (0 if set(given) <= set("pu") else status)


def test_many_targets_with_one_bad(rootout, build):
    good = build.archive()
    targets = [str(good)] * 30
    targets.insert(13, str(build.place / "absent"))
    status, report = run_json(rootout, *targets)
    assert status == 2 and len(report["targets"]) == 30
    assert report["errors"][0]["target"].endswith("absent")


def test_standard_input_twice(rootout, build):
    data = build.archive().read_bytes()
    done = rootout("check", "-", "-", stdin=data)
    assert done.returncode in (2, 64)


@pytest.mark.parametrize("place", ["no/dir/r.json", ".", "/proc/nothing", "/dev/full",
                                   "n" * 300, "/"])
def test_reports_to_unwritable_places(rootout, build, place):
    """Exit status 2 although everything passes, and the other reports are written."""
    done = rootout("check", "--format", f"json={place}", "--format", "text", "--format",
                   "sarif=good.sarif", build.archive())
    assert done.returncode == 2
    assert done.stderr
    assert "PASS" in done.stdout
    assert json.loads((rootout.cwd / "good.sarif").read_text())["version"] == "2.1.0"
    assert os.listdir(rootout.cwd) == ["good.sarif"]


def test_reports_to_devices_and_links(rootout, build):
    """A report that replaces its file atomically must not replace /dev/null, nor break a link."""
    os.symlink("there.json", rootout.cwd / "link.json")
    (rootout.cwd / "there.json").write_text("old")
    assert rootout("check", "--format", "json=/dev/null", "--format", "sarif=link.json",
                   build.archive()).returncode == 0
    assert not os.path.isfile("/dev/null")
    assert "2.1.0" in (rootout.cwd / "there.json").read_text()


# --- text from the image in reports ---

NASTY = ["\033[2J\033]0;owned\007", "\u202egnp.exe", "\u200b\ufeff\u2066", "a\nFAIL\n# b", "a\r\nb",
         "<script>alert(1)</script>&\"'", "]]>", "| a | b |", "`code` ![x](http://x)", "%s%n%d",
         "::error file=x::y", "- status: passed", "\u0085\u2028\u2029", "\x7f\x80\x9b", "{{7*7}}",
         "a\tb", "\\", "&#27;", "<!--", "${jndi:x}", "@everyone", "https://evil.example/",
         "😀" * 5]
FORMATS = ["text", "json", "sarif", "junit", "markdown", "cnti"]


def nasty_image(text):
    name = text.replace("/", "_")
    passwd = f"root:x:0:0\n{text}:x:0:0:{text}:/:/bin/sh\napp:x:1000:1000\n".encode(
        "utf-8", "surrogateescape")
    return [tar(make.member("d", "etc", 0o755), make.member("f", "etc/passwd", body=passwd),
                make.member("f", "etc/shadow", body=f"{text}::1::::::\n".encode()),
                setuid("bin/" + name),
                make.member("h", "bin/x" + name, 0o4755, link="bin/" + name))]


def check_clean(name, text):
    """Well-formed in its format; nothing that a terminal or browser would act on."""
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text)
    if name in ("text", "markdown"):
        assert not set("\u202e\u200b\ufeff\u2066\u2028\u2029") & set(text)
    if name in ("json", "sarif"):
        json.loads(text)
    elif name == "junit":
        xml.etree.ElementTree.fromstring(text)
    elif name == "markdown":
        assert "<script" not in text and "![x]" not in text and "<!--" not in text
    elif name == "cnti":
        document = yaml.safe_load(text)
        assert document["status"] == "failed" and len(document["items"]) == 3


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_hostile_text_in_every_format(rootout, build, text):
    """In paths, account names, USER, commands, history, references, and in the target itself."""
    layers = nasty_image(text)
    history = [{"created_by": text}]
    data = config(layers, text, history=history, Entrypoint=[text], Cmd=["gosu", text],
                  OnBuild=["USER " + text], ExposedPorts={text: {}}, Env=[text])
    path = build.place / text.replace("/", "_")
    make.docker_archive(str(path), [([text + ":1"], data, layers)])
    statuses = set()
    for name in FORMATS:
        for more in ([], ["-v"]):
            done = rootout("check", "--format", name, *more, path)
            statuses.add(done.returncode)
            check_clean(name, done.stdout)
            check_clean("text", done.stderr)
    assert statuses == {1}
    report = rootout.json(path)
    paths = [f["location"]["path"] for f in report["targets"][0]["findings"]
             if f["check"] == "image-setuid-root"]
    name = text.replace("/", "_")
    assert paths == [min("/bin/" + name, "/bin/x" + name, key=os.fsencode)]


@pytest.mark.parametrize("text", NASTY[:6], ids=ascii)
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_in_errors(rootout, build, text, name):
    done = rootout("check", "--format", name, build.place / text.replace("/", "_"))
    assert done.returncode == 2
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160
                   for c in done.stdout + done.stderr)
    manifest = json.dumps([{"Config": text, "RepoTags": [text], "Layers": []}]).encode()
    (build.place / "a").write_bytes(make.archive_files({"manifest.json": manifest}))
    done = rootout("check", "--format", name, build.place / "a")
    assert done.returncode == 2
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160
                   for c in done.stdout + done.stderr)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                                 b"a\xffb", b"\x80" * 50])
@pytest.mark.parametrize("name", FORMATS)
def test_names_that_are_no_utf8(rootout, build, raw, name):
    layer = make.raw_member(b"bin/" + raw, b"x", mode=0o4755) + make.raw_member(
        b"etc/passwd", b"root:x:0:0\n" + raw + b":x:0:0\n") + make.END
    done = subprocess.run([PROGRAM, "check", "--format", name, build.archive([layer])],
                          cwd=rootout.cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    check_clean(name, done.stdout.decode("utf-8"))
    place = os.fsencode(build.place) + b"/" + raw
    os.rename(build.place / "web.tar", place)
    done = subprocess.run([os.fsencode(PROGRAM), b"check", b"--format", name.encode(), place],
                          cwd=rootout.cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    done.stdout.decode("utf-8")


# --- root file systems ---

def test_rootfs_with_odd_files(rootout, build):
    """FIFOs, sockets, loops and deep directories in a tree on disk."""
    root = build.rootfs()
    os.mkfifo(root / "fifo")
    os.symlink("loop", root / "loop")
    os.symlink("/etc/shadow", root / "etc" / "shadow")
    (root / "etc" / "group").unlink(missing_ok=True)
    os.mkfifo(root / "etc" / "group")
    path = os.open(root, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=path)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=path)
        os.close(path)
        path = below
    os.close(path)
    assert run_json(rootout, "--user", "1000:1000", f"rootfs:{root}")[0] in (0, 2)
    status, report = run_json(rootout, "--user", "app", f"rootfs:{root}")
    assert status in (1, 2) or report["targets"][0]["user"]["uid"] == 1000
    os.unlink(root / "etc" / "passwd")
    os.symlink("/etc/passwd", root / "etc" / "passwd")
    status, report = run_json(rootout, "--user", "daemon", f"rootfs:{root}")
    assert status in (1, 2) and all(t["verdict"] != "pass" for t in report["targets"])


def test_rootfs_raw_capability(rootout, build):
    """v2 and v3 of security.capability as the kernel keeps them, where we may set one."""
    root = build.rootfs()
    program = root / "ping"
    program.write_bytes(b"x")
    program.chmod(0o755)
    try:
        os.setxattr(program, "security.capability",
                    struct.pack("<5I", 2 << 24 | 1, 1 << 13, 0, 0, 0))
    except OSError:
        pytest.skip("may not set security.capability here")
    report = rootout.json("--user", "1000:1000", f"rootfs:{root}")
    assert "image-file-capability" in checks_of(report["targets"][0])
