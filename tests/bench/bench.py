#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What rootout costs, as ratios measured in one run: interleaved, warm cache, medians.

    tests/bench/bench.py [--build DIR] [--runs N] [--small] [--peers]

The image is a real Debian root file system (made once, kept in DIR/bench), as one and as eight
layers, gzip and zstd, and as an uncompressed docker-archive. --small makes a smaller one. --peers
adds docker load + find, umoci unpack + find, and skopeo, which take long.
"""
import argparse
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from images import docker_archive, image_config, put_blob, sha256  # noqa: E402

PACKAGES = ("python3,gcc,g++,golang-go,default-jdk-headless,texlive-latex-recommended,"
            "libreoffice-core,nginx,postgresql,git,vim")
SMALL = "python3,gcc,nginx"


def sh(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL,
                          **more)


def write_layout(place, layers, compress, media):
    """An OCI layout of uncompressed layer files; each is compressed by an outside program."""
    place.mkdir()
    descriptors, diff_ids = [], []
    for layer in layers:
        diff_ids.append("sha256:" + hash_file(layer))
        blob = place / "blob"
        with open(blob, "wb") as out:
            sh(*compress, layer, stdout=out)
        digest = hash_file(blob)
        target = place / "blobs" / "sha256" / digest
        target.parent.mkdir(parents=True, exist_ok=True)
        size = blob.stat().st_size
        blob.rename(target)
        descriptors.append({"mediaType": media, "digest": "sha256:" + digest, "size": size})
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"User": "1000"},
                         "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   "digest": put_blob(place, config), "size": len(config)},
        "layers": descriptors}).encode()
    index = {"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json",
         "digest": put_blob(place, manifest), "size": len(manifest),
         "annotations": {"org.opencontainers.image.ref.name": "latest"}}]}
    (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="ascii")
    (place / "index.json").write_text(json.dumps(index), encoding="ascii")


def hash_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def split(tar, count, place):
    """The tar's members as `count` tars of about the same size."""
    total, paths = tar.stat().st_size, []
    with tarfile.open(tar) as source:
        member = source.next()
        for number in range(count):
            path = place / f"part{number}.tar"
            paths.append(path)
            with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as out:
                while member and (number == count - 1 or path.stat().st_size < total / count):
                    if member.islnk():  # its target may be in another part
                        member.type, member.size, member.linkname = tarfile.REGTYPE, 0, ""
                    out.addfile(member, source.extractfile(member) if member.size else None)
                    member = source.next()
    return paths


def many_small(path, count, size):
    """A layer of `count` files of about `size` bytes of text in directories of a thousand."""
    rng = random.Random(count)
    words = [bytes(rng.choices(b"abcdefghijklmnopqrstuvwxyz", k=rng.randrange(2, 11)))
             for _ in range(4000)]
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for number in range(count):
            info = tarfile.TarInfo(f"data/{number // 1000:04}/file-{number:07}")
            body = b" ".join(rng.choices(words, k=size // 7)) if size else b""
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))


def one_image_archive(path, layer):
    """docker-archive of one layer file, streamed."""
    diff_id = "sha256:" + hash_file(layer)
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"User": "1000"},
                         "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
    with tarfile.open(path, "w") as tar:
        tar.add(layer, "layer.tar")
        for name, data in ((sha256(config)[7:] + ".json", config), ("manifest.json", json.dumps(
                [{"Config": sha256(config)[7:] + ".json", "RepoTags": ["bench:1"],
                  "Layers": ["layer.tar"]}]).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def make(place, packages):
    """All test images below place, once."""
    if (place / "made").exists():
        return
    full = place / "full.tar"
    print("making the test images (some minutes)...", file=sys.stderr)
    if not full.exists():
        place.mkdir(parents=True, exist_ok=True)
        part = place / "part.tar"
        sh("mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", "bookworm", part)
        part.rename(full)
    for old in place.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    parts = split(full, 8, place)
    media = "application/vnd.oci.image.layer.v1.tar"
    write_layout(place / "gzip1", [full], ["gzip", "-6", "-c"], media + "+gzip")
    write_layout(place / "gzip8", parts, ["gzip", "-6", "-c"], media + "+gzip")
    write_layout(place / "zstd8", parts, ["zstd", "-q", "-c"], media + "+zstd")
    one_image_archive(place / "docker.tar", full)
    for path in parts:
        path.unlink()
    small = place / "small.tar"
    many_small(small, 60000, 2000)
    write_layout(place / "smallfiles", [small], ["gzip", "-6", "-c"], media + "+gzip")
    many_small(small, 1000000, 0)
    write_layout(place / "million", [small], ["gzip", "-6", "-c"], media + "+gzip")
    small.unlink()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for number in range(40):
            info = tarfile.TarInfo(f"file{number}")
            info.size = 128 << 10
            tar.addfile(info, io.BytesIO(os.urandom(info.size)))
    docker_archive(place / "five.tar", [(["five:1"], image_config(
        [layer.getvalue()], {"User": "1000"}), [layer.getvalue()])])
    (place / "made").touch()


class Run:
    """One command, measured as a whole process."""

    def __init__(self, name, *command):
        self.name, self.command = name, [str(word) for word in command]
        self.wall, self.cpu, self.user, self.rss = [], [], [], []

    def peak(self):
        """Peak RSS in KiB, by a small parent: a child is charged with what it was forked from."""
        done = subprocess.run(["/usr/bin/time", "-q", "-f", "%M", *self.command], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
        self.rss.append(int(done.stderr.split()[-1]))

    def once(self, keep=True):
        start = time.perf_counter()
        child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            sys.exit(f"{self.name} exited {child.returncode}: {' '.join(self.command)}")
        if keep:
            self.wall.append(wall)
            self.cpu.append(usage.ru_utime + usage.ru_stime)
            self.user.append(usage.ru_utime)

    def median(self):
        return statistics.median(self.wall)


def measure(runs, count):
    for run in runs:
        run.peak()
    for _ in range(count):
        for run in runs:
            run.once()


def blob_of(layout):
    return max((layout / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)


def ratio(a, b):
    """Median of the pairwise ratios: a's n-th run over b's n-th."""
    return statistics.median(x / y for x, y in zip(a.wall, b.wall))


def report(label, value, bar, holds):
    print(f"{label:58} {value:>10}   bar {bar:>9}   {'holds' if holds else 'MISSED'}")


def bars(program, place, count):
    check = [program, "check", "-q", "--no-progress", "--no-policy"]
    raw = [*check, "--no-verify"]
    blob, small_blob = blob_of(place / "gzip1"), blob_of(place / "smallfiles")
    runs = {
        "igzip": Run("igzip -dc", "igzip", "-dc", blob),
        "gzip1-raw": Run("1 layer gzip, no digests", *raw, f"oci:{place}/gzip1"),
        "gzip1": Run("1 layer gzip, both digests", *check, f"oci:{place}/gzip1"),
        "gzip8-raw": Run("8 layers gzip, no digests", *raw, f"oci:{place}/gzip8"),
        "gzip8": Run("8 layers gzip, both digests", *check, f"oci:{place}/gzip8"),
        "zstd8": Run("8 layers zstd, both digests", *check, f"oci:{place}/zstd8"),
        "docker": Run("docker-archive, diffIDs", *check, f"docker-archive:{place}/docker.tar"),
        "headers": Run("docker-archive, headers only", *raw, f"docker-archive:{place}/docker.tar"),
        "cat": Run("cat of the docker-archive", "cat", place / "docker.tar"),
        "igzip-small": Run("igzip -dc, small files", "igzip", "-dc", small_blob),
        "small-raw": Run("60,000 small files", *raw, f"oci:{place}/smallfiles"),
        "five": Run("a 5 MB image", *check, f"docker-archive:{place}/five.tar"),
        "million": Run("1,000,000 entries", *check, f"oci:{place}/million"),
    }
    measure(list(runs.values()), count)
    for run in runs.values():
        print(f"{run.name:58} {run.median() * 1000:8.1f} ms  cpu {statistics.median(run.cpu):6.3f} s"
              f"  rss {max(run.rss) / 1024:6.1f} MiB")
    print()
    value = ratio(runs["gzip1-raw"], runs["igzip"])
    report("1. 1 layer gzip, no digests / igzip -dc", f"{value:.2f}", "<= 0.95", value <= 0.95)
    value = ratio(runs["gzip1"], runs["gzip1-raw"])
    report("2. 1 layer gzip, both digests / without", f"{value:.2f}", "<= 1.08", value <= 1.08)
    value = ratio(runs["gzip8"], runs["gzip8-raw"])
    report("3. 8 layers gzip, both digests / without", f"{value:.2f}", "<= 1.50", value <= 1.5)
    value = ratio(runs["cat"], runs["headers"])
    report("4. cat of the docker-archive / headers only", f"{value:.1f}", ">= 7", value >= 7)
    # The user time of a scan that reads headers only: what it spends in the kernel is for seeking,
    # which a scan that inflates does not do.
    value = statistics.median(runs["headers"].user) / statistics.median(runs["igzip"].cpu)
    report("5a. walker, merge, checks / inflating (CPU)", f"{value * 100:.1f} %", "<= 2 %",
           value <= 0.02)
    value = (statistics.median(runs["small-raw"].cpu) / statistics.median(runs["igzip-small"].cpu)
             - 1)
    report("5b. the same on a layer of small files", f"{value * 100:.1f} %", "<= 6 %", value <= 0.06)
    value = runs["five"].median() * 1000
    report("7. a 5 MB image, exec to exit", f"{value:.1f} ms", "<= 12 ms", value <= 12)
    for name, bar in (("gzip1", 35), ("gzip8", 35), ("zstd8", 55)):
        value = max(runs[name].rss) / 1024
        report(f"8. peak RSS, {name}", f"{value:.1f} MiB", f"<= {bar}", value <= bar)
    path = len("data/0000/file-0000000")
    value = (max(runs["million"].rss) - max(runs["five"].rss)) * 1024 / 1_000_000 - path
    report("8. memory an entry beyond the path (1,000,000)", f"{value:.0f} B", "<= 200 B",
           value <= 200)
    return runs


def peers(runs, place):
    """What people do by hand, once each: they take from seconds to minutes."""
    from dockerd import Dockerd
    done = []
    scratch = place / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    done.append(Run("skopeo copy to dir (no scan)", "skopeo", "copy", f"oci:{place}/gzip8",
                    f"dir:{scratch}/dir"))
    done.append(Run("umoci unpack + find", "sh", "-c",
                    f"umoci unpack --image {place}/gzip8:latest {scratch}/u && "
                    f"find {scratch}/u -perm -4000"))
    for run in done:
        run.once()
    with Dockerd() as docker:
        client = f"docker -H unix://{docker.socket}"
        run = Run("docker load + docker run find", "sh", "-c",
                  f"{client} load -i {place}/docker.tar && {client} run --rm --network none "
                  "bench:1 find / -xdev -perm -4000")
        run.once()
        done.append(run)
    for run in done:
        base = runs["docker" if "docker" in run.name else "gzip8"].median()
        print(f"{run.name:58} {run.median() / base:8.1f} x rootout's time")
    shutil.rmtree(scratch, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--peers", action="store_true")
    args = parser.parse_args()
    build = args.build.resolve()
    place = build / ("bench-small" if args.small else "bench")
    make(place, SMALL if args.small else PACKAGES)
    runs = bars(build / "rootout", place, args.runs)
    if args.peers:
        peers(runs, place)


if __name__ == "__main__":
    main()
