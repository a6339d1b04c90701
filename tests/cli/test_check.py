# SPDX-License-Identifier: Apache-2.0
"""rootout check: verdicts, scores and exit statuses over every kind of target."""
import gzip
import os
import shutil
import subprocess

import pytest

from conftest import ARCHITECTURE, base_layer, checks_of, config, make, setuid

STATIC = ("first-process-non-root", "no-setuid-root")


def static_score(target):
    score = target["score"]["cbpp-0002"]["static"]
    return tuple(score[name] for name in STATIC)


@pytest.mark.parametrize("user, layers, status, verdict, score", [
    ("1000:1000", [base_layer()], 0, "pass", ("pass", "pass")),
    ("app", [base_layer()], 0, "pass", ("pass", "pass")),
    (None, [base_layer()], 1, "fail", ("fail", "pass")),
    ("", [base_layer()], 1, "fail", ("fail", "pass")),
    ("root", [base_layer()], 1, "fail", ("fail", "pass")),
    ("0:1000", [base_layer()], 1, "fail", ("fail", "pass")),
    ("+0", [base_layer()], 1, "fail", ("fail", "pass")),
    ("nobody", [base_layer()], 1, "wont-start", ("wont-start", "pass")),
    ("1000", [base_layer(setuid())], 1, "fail", ("pass", "fail")),
    ("0", [base_layer(setuid())], 1, "fail", ("fail", "fail")),
    ("1000", [base_layer(setuid(uid=1000))], 0, "pass", ("pass", "pass")),
    ("1000", [base_layer(setuid(mode=0o2755))], 0, "pass", ("pass", "pass")),
])
def test_verdicts(rootout, build, user, layers, status, verdict, score):
    report = rootout.json(build.archive(layers, user), status=status)
    assert report["schema"] == "rootout/report/1"
    assert report["verdict"] == verdict
    assert len(report["targets"]) == 1
    assert report["targets"][0]["verdict"] == verdict
    assert static_score(report["targets"][0]) == score
    assert report["errors"] == []


def test_whiteout_removes_setuid(rootout, build):
    removed = make.tar_bytes([make.member("f", "usr/bin/.wh.su")])
    layers = [base_layer(setuid()), removed]
    rootout.json(build.archive(layers), status=0)


def test_evidence_and_place(rootout, build):
    top = make.tar_bytes([setuid("opt/one"), make.member("h", "opt/two", 0o4755, link="opt/one")])
    layers = [base_layer(), top]
    history = [{"created_by": "base"}, {"created_by": "RUN nothing", "empty_layer": True},
               {"created_by": "COPY one /opt"}]
    report = rootout.json(build.archive(layers, history=history), status=1)
    found = [f for f in report["targets"][0]["findings"] if f["check"] == "image-setuid-root"]
    assert len(found) == 1
    assert found[0]["location"]["path"] == "/opt/one"
    assert found[0]["location"]["created_by"] == "COPY one /opt"
    assert found[0]["evidence"]["mode"] == "4755"
    assert found[0]["evidence"]["uid"] == 0
    assert "/opt/two" in str(found[0]["evidence"])
    assert found[0]["severity"] == "high"
    assert found[0]["remedy"]
    assert found[0]["waived"] is None


def kinds(build):
    """The same image in every form that a target may have."""
    layers = [base_layer(), make.tar_bytes([setuid()])]
    archive = build.archive(layers)
    layout = build.layout(layers)
    oci_archive = build.place / "layout.tar"
    subprocess.run(["tar", "-C", layout, "-cf", oci_archive, "oci-layout", "index.json", "blobs"],
                   check=True)
    packed = build.place / "web.tar.gz"
    packed.write_bytes(gzip.compress(archive.read_bytes(), 1))
    rootfs = build.place / "rootfs.tar"
    rootfs.write_bytes(base_layer(setuid()))
    return {"docker-archive": archive, "oci": layout, "oci-archive": oci_archive,
            "packed": packed, "rootfs-archive": rootfs}


@pytest.mark.parametrize("kind, prefix", [
    ("docker-archive", "docker-archive"), ("oci", "oci"), ("oci-archive", "oci-archive"),
    ("packed", "docker-archive"), ("rootfs-archive", "rootfs-archive"),
    ("docker-archive", None), ("oci", None), ("oci-archive", None), ("packed", None),
])
def test_kinds(rootout, build, kind, prefix):
    path = kinds(build)[kind]
    target = f"{prefix}:{path}" if prefix else str(path)
    report = rootout.json("--user", "1000:1000", target, status=1)
    assert report["targets"][0]["target"] == target
    assert "image-setuid-root" in checks_of(report["targets"][0])
    assert static_score(report["targets"][0]) == ("pass", "fail")


@pytest.mark.parametrize("kind", ["docker-archive", "oci-archive", "packed"])
def test_standard_input(rootout, build, kind):
    data = kinds(build)[kind].read_bytes()
    report = rootout.json("-", stdin=data, status=1)
    assert report["targets"][0]["target"] == "-"
    assert static_score(report["targets"][0]) == ("pass", "fail")


def test_rootfs_directory(rootout, build):
    root = build.rootfs()
    program = root / "su"
    program.write_bytes(b"x")
    unknown = rootout.json(f"rootfs:{root}", status=1)
    assert unknown["targets"][0]["kind"] == "rootfs"
    passes = rootout.json("--user", "app", f"rootfs:{root}", status=0)
    rootout.json("--user", "app", "--no-verify", f"rootfs:{root}", status=0)
    assert passes["targets"][0]["user"]["uid"] == 1000
    if os.geteuid() == 0:
        os.chown(program, 0, 0)
        program.chmod(0o4755)
        assert "image-setuid-root" in checks_of(
            rootout.json("--user", "app", f"rootfs:{root}", status=1)["targets"][0])


def test_skopeo_directory(rootout, build):
    if not shutil.which("skopeo"):
        pytest.skip("skopeo is not installed")
    place = build.place / "copied"
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet",
                    f"docker-archive:{build.archive([base_layer(setuid())])}", f"dir:{place}"],
                   check=True, stdout=subprocess.DEVNULL)
    for target in (f"dir:{place}", place):
        report = rootout.json(target, status=1)
        assert static_score(report["targets"][0]) == ("pass", "fail")


def test_several_images_and_targets(rootout, build):
    good, bad = [base_layer()], [base_layer(setuid())]
    both = build.archive_of([(["good:1"], config(good), good), (["bad:1"], config(bad), bad)])
    report = rootout.json(both, build.archive(name="other.tar"), status=1)
    assert [target["verdict"] for target in report["targets"]] == ["pass", "fail", "pass"]
    assert "good:1" in report["targets"][0]["name"]
    assert report["summary"]["targets"] == 3
    one = rootout.json(f"docker-archive:{both}:good:1", status=0)
    assert len(one["targets"]) == 1


def test_user_option(rootout, build):
    archive = build.archive(user="root")
    assert rootout.json("--user", "1000:1000", archive, status=0)["verdict"] == "pass"
    assert rootout.json("--user", "app:0", archive)["targets"][0]["user"]["gid"] == 0
    assert rootout.json("--user=", build.archive(), status=1)["verdict"] == "fail"


def test_fail_on(rootout, build):
    archive = build.archive([base_layer(setuid(mode=0o2755))], user="1000:1000")
    severities = {f["severity"] for f in rootout.json(archive, status=0)["targets"][0]["findings"]}
    assert severities and "high" not in severities
    rootout.json("--fail-on", "info", archive, status=1)
    rootout.json("--fail-on", "critical", build.archive(user="0"), status=1)


def test_platforms(rootout, build):
    layers = [base_layer()]
    layout = build.place / "many"
    layout.mkdir()
    other = "arm64" if ARCHITECTURE != "arm64" else "amd64"
    configs = [make.image_config(layers, {"User": user}, architecture=arch)
               for arch, user in ((ARCHITECTURE, "1000:1000"), (other, "0"))]
    make.oci_layout(str(layout), [("1", configs[0], layers), ("1", configs[1], layers)])
    index = make.json.loads((layout / "index.json").read_text())
    for entry, arch in zip(index["manifests"], (ARCHITECTURE, other)):
        entry["platform"] = {"os": "linux", "architecture": arch}
        del entry["annotations"]
    (layout / "index.json").write_text(make.json.dumps(index))
    host = rootout.json(layout, status=0)
    assert [t["platform"] for t in host["targets"]] == [f"linux/{ARCHITECTURE}"]
    rootout.json("--platform", f"linux/{other}", layout, status=1)
    both = rootout.json("--platform", "all", layout, status=1)
    assert [t["verdict"] for t in both["targets"]] == ["pass", "fail"]
    missing = rootout("check", "--platform", "plan9/mips", layout)
    assert missing.returncode == 2


def corrupt_blob(layout, digest):
    blob = layout / "blobs" / "sha256" / digest[7:]
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    blob.write_bytes(data)


def layer_digest(layout):
    read = lambda digest: make.json.loads((layout / "blobs" / "sha256" / digest[7:]).read_text())
    index = make.json.loads((layout / "index.json").read_text())
    return read(index["manifests"][0]["digest"])["layers"][0]["digest"]


def test_corrupt_layer_is_no_pass(rootout, build):
    layout = build.layout([base_layer(make.member("f", "data", body=os.urandom(9999)))])
    digest = layer_digest(layout)
    corrupt_blob(layout, digest)
    done = rootout("check", "--format", "json", layout)
    assert done.returncode == 2
    report = make.json.loads(done.stdout)
    assert report["targets"] == [] and len(report["errors"]) == 1
    assert digest[7:19] in report["errors"][0]["message"]
    assert digest[7:19] in done.stderr
    text = rootout("check", layout)
    assert text.returncode == 2
    assert digest[7:19] in text.stdout + text.stderr


def test_wrong_diff_id(rootout, build):
    layers = [base_layer()]
    lying = make.image_config([base_layer(setuid())], {"User": "1000"}, architecture=ARCHITECTURE)
    archive = build.archive_of([(["web:1"], lying, layers)])
    assert rootout("check", archive).returncode == 2


def test_missing_and_truncated(rootout, build):
    layout = build.layout()
    (layout / "blobs" / "sha256" / layer_digest(layout)[7:]).unlink()
    assert rootout("check", layout).returncode == 2
    archive = build.archive()
    archive.write_bytes(archive.read_bytes()[:5000])
    assert rootout("check", archive).returncode == 2
    assert rootout("check", build.place / "absent.tar").returncode == 2
    assert rootout("check", "-", stdin=b"").returncode == 2
    assert rootout("check", "-", stdin=b"no archive at all\n" * 999).returncode == 2


def test_errors_do_not_stop_the_run(rootout, build):
    done = rootout("check", "--format", "json", build.place / "absent.tar", build.archive(user="0"))
    report = make.json.loads(done.stdout)
    assert done.returncode == 2
    assert report["verdict"] == "fail"
    assert len(report["targets"]) == 1 and len(report["errors"]) == 1


def test_no_verify_is_no_pass(rootout, build):
    report = rootout.json("--no-verify", build.layout(), status=1)
    assert report["verdict"] == "unknown"
    rootout.json("--no-verify", "--allow-unknown", build.archive(), status=0)
    assert rootout.json("--no-verify", build.archive(user="0"), status=1)["verdict"] == "fail"


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_jobs_agree(rootout, build, jobs):
    layers = [base_layer()]
    for i in range(12):
        layers.append(make.tar_bytes([setuid(f"bin/{i}"), make.member("f", f"bin/.wh.{i - 2}")]))
    report = rootout.json("--jobs", jobs, build.layout(layers), status=1)
    found = [f["location"]["path"] for f in report["targets"][0]["findings"]
             if f["check"] == "image-setuid-root"]
    assert sorted(found) == ["/bin/10", "/bin/11"]


def test_limits(rootout, build):
    archive = build.archive([base_layer(), base_layer(), base_layer()])
    rootout.json("--limit", "layers=3", archive, status=0)
    done = rootout("check", "--limit", "layers=2", archive)
    assert done.returncode == 2
    assert "layers" in done.stdout + done.stderr


def test_symlinked_passwd(rootout, build):
    layer = make.tar_bytes([
        make.member("d", "etc", 0o755), make.member("l", "etc/passwd", link="../usr/lib/accounts"),
        make.member("f", "usr/lib/accounts", body=b"app:x:0:0::/:/bin/sh\n")])
    for target in (build.archive([layer], "app"), build.layout([layer], "app")):
        report = rootout.json(target, status=1)
        assert report["targets"][0]["user"]["uid"] == 0


def test_hardlinked_passwd(rootout, build):
    layer = make.tar_bytes([
        make.member("f", "usr/lib/accounts", body=b"app:x:0:0::/:/bin/sh\n"),
        make.member("d", "etc", 0o755), make.member("h", "etc/passwd", link="usr/lib/accounts")])
    report = rootout.json(build.layout([layer], "app"), status=1)
    assert report["targets"][0]["user"]["uid"] == 0


@pytest.mark.parametrize("system,user,verdict", [
    ("windows", "1000", "unknown"), ("windows", "ContainerUser", "unknown"), ("windows", "0", "fail"),
    ("Linux", "1000", "pass"), ("freebsd", None, "fail")])
def test_other_systems(rootout, build, system, user, verdict):
    """Whatever an image says that it is for: no pass by rules that are not its own."""
    data = make.image_config([base_layer()], {"User": user}, os=system, architecture=ARCHITECTURE)
    archive = build.archive_of([(["web:1"], data, [base_layer()])])
    target, = rootout.json(archive)["targets"]
    assert target["score"]["cbpp-0002"]["static"]["first-process-non-root"] == verdict
