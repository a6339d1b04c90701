# SPDX-License-Identifier: Apache-2.0
"""What tests with an adversary's input share: runs that must end well-formed, and measured ones.

Under ROOTOUT_SANITIZED sizes are smaller, and neither time nor memory is measured.
"""
import json
import os
import subprocess
import sys
import time

from conftest import PROGRAM, base_layer, config, make

# No benchmark: what would take for ever takes longer than this, on the slowest of machines.
HANG = 60  # seconds

SANITIZED = os.environ.get("ROOTOUT_SANITIZED", "") not in ("", "0")
STATUSES = {0, 1, 2, 64}


def tar(*members):
    return make.tar_bytes(members)


def run_json(rootout, *args, **more):
    """(status, report) of a run whose report must be well-formed whatever the input was."""
    done = rootout("check", "--format", "json", *args, **more)
    assert done.returncode in STATUSES, done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 2) == bool(report["errors"])
    if report["errors"]:
        assert report["verdict"] not in ("pass", "not-applicable")
    return done.returncode, report


def fails_to_read(rootout, *args, words=(), **more):
    """Exit status 2, no verdict, one error which says these words."""
    status, report = run_json(rootout, *args, **more)
    assert status == 2 and report["targets"] == []
    error, = report["errors"]
    for word in [words] if isinstance(words, str) else words:
        assert word in error["message"], error["message"]
    assert not any(ord(c) < 32 for c in error["message"])
    return error["message"]


def layout_of(build, blobs, layers, name="layout", media_type=make.LAYER_TYPE, user="1000:1000"):
    """A layout of an image whose layers are stored as these blobs."""
    place = build.place / name
    place.mkdir()
    described = [make.put_layer(str(place), blob, media_type) for blob in blobs]
    make.finish_layout(str(place), [make.put_image(str(place), config(layers, user), described)])
    return place


# Started by a small process: a child's peak counts what its parent had when it was forked.
STARTER = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as out:
    out.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""


def measured(rootout, *args, stdin=None, timeout=4 * HANG):
    """(exit status, seconds, peak RSS in MiB, stdout)."""
    peak = rootout.cwd.parent / "peak"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", STARTER, peak, PROGRAM, "check", *map(str, args)],
        stdin=stdin or subprocess.DEVNULL, capture_output=True, cwd=rootout.cwd, check=False,
        env=rootout.environment(), timeout=timeout)
    assert done.returncode in STATUSES and b"Sanitizer" not in done.stderr, done.stderr
    return done.returncode, time.monotonic() - start, int(peak.read_text()) / 1024, done.stdout


def bound(rss, most):
    assert SANITIZED or rss < most, f"peak RSS {rss} MiB"


def big_member(size):
    return make.raw_header(b"zeros", size=make.base256(size, 12), magic=b"ustar  \0")


def many_entries(count, path):
    """count empty files in 1,000 directories as an uncompressed tar, written block by block."""
    template = bytearray(make.raw_header(b"d000/f000000000"))
    base = sum(template[:148]) + sum(template[156:]) + 8 * 32 - 12 * ord("0")
    with open(path, "wb") as out:
        for start in range(0, count, 1000):
            blocks = []
            for number in range(start, min(start + 1000, count)):
                name = b"d%03d/f%09d" % (number // 1000 % 1000, number)
                template[0:15] = name
                total = base + sum(name) - sum(b"d/f")
                total += sum(b"d/f") - (ord("d") + ord("/") + ord("f"))
                template[148:156] = b"%06o\0 " % total
                blocks.append(bytes(template))
            out.write(b"".join(blocks))
        out.write(make.END)


def self_index(place, depth):
    """An index nested `depth` deep over an image."""
    layers = [base_layer()]
    blob = make.put_layer(str(place), make.gzip_compress(layers[0]))
    described = make.put_image(str(place), config(layers), [blob])
    for _ in range(depth):
        described = make.put_index(str(place), [described])
    make.finish_layout(str(place), [described])
