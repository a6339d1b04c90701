# SPDX-License-Identifier: Apache-2.0
"""A dockerd of the tests' own: private data, private socket, no network; stopped by its PID.

Needs root. The daemon brings its own containerd. Mounts that are left are taken away at the end.
"""
import json
import os
import shutil
import subprocess
import tempfile
import time


class Dockerd:
    """with Dockerd() as docker: docker.run("load", "-i", path)"""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="rootout-dockerd-")
        self.socket = os.path.join(self.base, "docker.sock")
        self.log = os.path.join(self.base, "log")
        self.process = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", self.base + "/data", "--exec-root", self.base + "/exec",
                 "--pidfile", self.base + "/pid", "-H", "unix://" + self.socket,
                 "--storage-driver", "overlay2", "--bridge", "none", "--iptables=false",
                 "--ip6tables=false", "--max-concurrent-uploads", "1"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while self.run("info", check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    text = log.read()[-3000:]
                self.__exit__()
                raise RuntimeError("dockerd did not start:\n" + text)
            time.sleep(0.2)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            left = [line.split()[1] for line in mounts if line.split()[1].startswith(self.base)]
        for place in sorted(left, reverse=True):
            subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(self.base, ignore_errors=True)

    def run(self, *args, check=True, **more):
        return subprocess.run(["docker", "-H", "unix://" + self.socket, *args], check=check,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **more)

    def layer_directories(self, image):
        """The image's layer directories, uppermost first."""
        data = json.loads(self.run("image", "inspect", image).stdout)[0]["GraphDriver"]["Data"]
        lower = data.get("LowerDir", "")
        return [data["UpperDir"]] + (lower.split(":") if lower else [])
