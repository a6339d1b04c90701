# SPDX-License-Identifier: Apache-2.0
"""The tar walker against Go's archive/tar, which the runtimes unpack layers with.

BUILD_DIR: meson's. ROOTOUT_TAR_CASES: how many archives (default 4000); ROOTOUT_SEED: the seed.
"""

import os
import pathlib
import random
import shutil
import struct
import subprocess

import pytest
import tar_archives

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEED = int(os.environ.get("ROOTOUT_SEED", "1"))
CASES = int(os.environ.get("ROOTOUT_TAR_CASES", "4000"))


@pytest.fixture(scope="session")
def dump():
    build = pathlib.Path(os.environ.get("BUILD_DIR", ROOT / "build"))
    return str(build / "tests" / "differential" / "tar_dump")


@pytest.fixture(scope="session")
def oracle(tmp_path_factory):
    go = shutil.which("go")
    if not go:
        pytest.skip("go is not installed")
    source = tmp_path_factory.mktemp("oracle")
    shutil.copytree(HERE / "tar_go", source, dirs_exist_ok=True)
    environment = dict(os.environ, GOFLAGS="-mod=mod", GOPROXY="off", GOTOOLCHAIN="local",
                       GO111MODULE="on", CGO_ENABLED="0", GOCACHE=str(source / "cache"),
                       GOPATH=str(source / "path"))
    subprocess.run([go, "build", "-o", "oracle", "."], cwd=source, env=environment, check=True)
    return str(source / "oracle")


def read(program, archives):
    """Lines of the report, archive by archive."""
    bundle = b"".join(struct.pack(">Q", len(data)) + data for data in archives)
    text = subprocess.run([program], input=bundle, stdout=subprocess.PIPE, check=True).stdout
    reports = []
    for line in text.decode("ascii").splitlines():
        if line.startswith("archive "):
            reports.append([])
        else:
            reports[-1].append(line)
    assert len(reports) == len(archives)
    return reports


def same(ours, gos):
    """Go may not know the path of a global header itself: see tar_oracle.go."""
    return len(ours) == len(gos) and all(
        our == go or (go.startswith("type=67 path=?") and our.startswith("type=67 "))
        for our, go in zip(ours, gos))


def differences(dump, oracle, archives):
    pairs = zip(read(dump, archives), read(oracle, archives))
    return [(number, ours, gos) for number, (ours, gos) in enumerate(pairs) if not same(ours, gos)]


def explain(seed, found, archives, directory):
    lines = ["%d archives differ (seed %d)" % (len(found), seed)]
    for number, ours, gos in found[:5]:
        path = directory / ("archive-%d.tar" % number)
        path.write_bytes(archives[number])
        lines += ["%s" % path] + ["- " + line for line in gos] + ["+ " + line for line in ours]
    return "\n".join(lines)


def test_random_archives_read_as_go_reads_them(dump, oracle, tmp_path):
    rng = random.Random(SEED)
    archives = [tar_archives.archive(rng) for _ in range(CASES)]
    found = differences(dump, oracle, archives)
    assert not found, explain(SEED, found, archives, tmp_path)


def test_random_archives_are_worth_comparing(oracle):
    """Many must be read to the end, many must fail, and all features must occur."""
    rng = random.Random(SEED)
    reports = read(oracle, [tar_archives.archive(rng) for _ in range(CASES)])
    ends = sum(report[-1] == "end" for report in reports)
    text = "\n".join(line for report in reports for line in report)
    assert CASES // 4 < ends < CASES * 3 // 4
    for sign in ("xattr=", "type=67", "type=31", "body=error", "uid=-",
                 "path=" + b"sparse-name".hex(), "uid=1099511627776"):
        assert sign in text, sign


def test_prefixes_of_an_archive_end_as_in_go(dump, oracle, tmp_path):
    rng = random.Random(SEED)
    whole = tar_archives.well_formed(rng)
    archives = [whole[:size] for size in range(0, len(whole), 7)]
    found = differences(dump, oracle, archives)
    assert not found, explain(SEED, found, archives, tmp_path)


def test_gnu_tar_archives_read_as_go_reads_them(dump, oracle, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "plain").write_bytes(b"body")
    (tree / ("long" * 50)).write_bytes(b"x" * 1000)
    (tree / "link").symlink_to("target" * 30)
    os.link(tree / "plain", tree / "hardlink")
    for extents in (1, 3, 5, 40):
        with open(tree / ("sparse%d" % extents), "wb") as file:
            for number in range(extents):
                file.seek(number * 100000 + 4096)
                file.write(b"data" * 700)
            file.truncate(extents * 100000 + 50000)
    archives = []
    for form in ("--format=v7", "--format=oldgnu", "--format=gnu", "--format=ustar",
                 "--format=posix", "--format=posix --sparse-version=0.0",
                 "--format=posix --sparse-version=0.1", "--format=posix --sparse-version=1.0"):
        for sparse in ([], ["--sparse"]):
            if sparse and form in ("--format=v7", "--format=ustar"):
                continue  # cannot say so
            # v7 cannot hold the long names: tar leaves them out and complains.
            run = subprocess.run(["tar", *form.split(), *sparse, "-C", tree, "-cf", "-", "."],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            archives.append(run.stdout)
    assert all(len(data) > 10240 for data in archives)
    found = differences(dump, oracle, archives)
    assert not found, explain(SEED, found, archives, tmp_path)
