# SPDX-License-Identifier: Apache-2.0
"""The program as its users meet it: arguments in, exit status, stdout and stderr out.

ROOTOUT names the program (default build/rootout). Every test runs in a directory of its own, so that
no policy file of the checkout is found.
"""
import json
import os
import pathlib
import platform
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import images as make  # noqa: E402

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
PROGRAM = os.environ.get("ROOTOUT", str(ROOT / "build" / "rootout"))
PASSWD = b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"


class Rootout:
    """Runs the program in `cwd`."""

    def __init__(self, cwd):
        self.cwd = cwd

    @staticmethod
    def environment(env=None):
        inherited = {name: value for name, value in os.environ.items()
                     if name not in ("COLUMNS", "NO_COLOR", "TERM")}
        return dict(inherited, **(env or {}))

    def __call__(self, *args, stdin=b"", env=None, stdout=subprocess.PIPE):
        done = subprocess.run([PROGRAM, *map(str, args)], input=stdin, stdout=stdout,
                              stderr=subprocess.PIPE, cwd=self.cwd, env=self.environment(env),
                              timeout=60, check=False)
        done.stdout = (done.stdout or b"").decode("utf-8", "replace")
        done.stderr = done.stderr.decode("utf-8", "replace")
        assert "Sanitizer" not in done.stderr, done.stderr
        assert done.returncode >= 0, f"died of signal {-done.returncode}: {done.stderr}"
        return done

    def start(self, *args, **more):
        return subprocess.Popen([PROGRAM, *map(str, args)], cwd=self.cwd,
                                env=self.environment(), **more)

    def json(self, *args, status=None, **more):
        done = self("check", "--format", "json", *args, **more)
        if status is not None:
            assert done.returncode == status, done.stderr + done.stdout
        return json.loads(done.stdout)


@pytest.fixture
def rootout(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    return Rootout(work)


def base_layer(*more):
    """A layer with a passwd file, and what else is given."""
    return make.tar_bytes([make.member("d", "etc", 0o755),
                           make.member("f", "etc/passwd", body=PASSWD), *more])


def setuid(path="usr/bin/su", mode=0o4755, uid=0):
    return make.member("f", path, mode, uid, body=b"\x7fELF")


def config(layers, user="1000:1000", history=None, **more):
    settings = {"Cmd": ["/bin/app"], **more}
    if user is not None:
        settings["User"] = user
    return make.image_config(layers, settings, architecture=ARCHITECTURE,
                             **({"history": history} if history else {}))


class Builder:
    """Makes images in one directory; every method returns the path."""

    def __init__(self, place):
        self.place = place

    def archive(self, layers=None, user="1000:1000", name="web.tar", reference="web:1", **more):
        layers = layers if layers is not None else [base_layer()]
        return self.archive_of([([reference], config(layers, user, **more), layers)], name)

    def archive_of(self, images, name="web.tar"):
        make.docker_archive(str(self.place / name), images)
        return self.place / name

    def layout(self, layers=None, user="1000:1000", name="layout", reference="1", **more):
        layers = layers if layers is not None else [base_layer()]
        (self.place / name).mkdir()
        make.oci_layout(str(self.place / name), [(reference, config(layers, user, **more), layers)])
        return self.place / name

    def rootfs(self, name="rootfs"):
        root = self.place / name
        (root / "etc").mkdir(parents=True)
        (root / "etc" / "passwd").write_bytes(PASSWD)
        return root


@pytest.fixture
def build(tmp_path):
    place = tmp_path / "images"
    place.mkdir()
    return Builder(place)


def short(value):
    """A parameter in a test's name, which pytest puts into the environment."""
    return ascii(value)[:24]


def checks_of(target):
    return sorted({finding["check"] for finding in target["findings"]})
