# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the tests' own dockerd, and our side of the comparison (BUILD_DIR: meson's)."""
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from dockerd import Dockerd  # noqa: E402


@pytest.fixture(scope="session")
def docker():
    if os.geteuid() != 0:
        pytest.skip("dockerd and chown need root")
    with Dockerd() as daemon:
        yield daemon


@pytest.fixture(scope="session")
def merged_dump():
    program = pathlib.Path(os.environ.get("BUILD_DIR", ROOT / "build"))
    program = program / "tests" / "differential" / "merged_dump"

    def run(*targets):
        return subprocess.run([program, *targets], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, encoding="utf-8").stdout
    return run
