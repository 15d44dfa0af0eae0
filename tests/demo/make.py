#!/usr/bin/env python3
"""Make the history that `covatlas demo` embeds: a small library with coverage reports.

Reads `history/` (patches, and the series that orders them) and `requirements.txt` (coverage.py and
pytest). Writes `history.pack` and `refs` into src/commands/demo, or into the directory given as the
only argument.

It replays the history, runs the suites at every first-parent commit of main, commits the reports on
refs/demo/reports and packs everything. The same inputs give the same object ids: names and dates come
from the patches, the user's configuration is not read, and everything that differs from run to run is
removed from the reports (`plain_*`). Which lines and arcs coverage.py sees depends on the bytecode, so
all reports are made with one version of Python.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from email.parser import Parser
from email.policy import default as mail_policy
from email.utils import parseaddr
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parents[1] / "src" / "commands" / "demo"
PYTHON = (3, 11)

SUITES = {"unit": "tests/unit", "scenarios": "tests/scenarios"}
# Scenarios are slow, so a real project would not run them on every push. On the other commits the
# site shows their carried results.
SCENARIOS_EVERY = 3

REPORTS_REF = "refs/demo/reports"
# The environment of git, pytest and coverage.py. Only PATH comes from the caller.
CLEAN = {
    "PATH": os.environ["PATH"],
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}


class Repository:
    """A git repository with one worktree."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "--quiet", "--initial-branch=main", "--object-format=sha1", str(path))

    def git(self, *words: str, stdin: bytes = b"", **identity: str) -> bytes:
        """The output of one git command."""
        place = self.path if self.path.exists() else None
        done = subprocess.run(["git", *words], cwd=place, env=CLEAN | identity, input=stdin, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"git {' '.join(words)}: {done.stderr.decode()}{done.stdout.decode()}")
        return done.stdout

    def text(self, *words: str) -> str:
        """The output of one git command as text, without the last line's end."""
        return self.git(*words).decode().rstrip("\n")


def main() -> None:
    if sys.version_info[:2] != PYTHON:
        sys.exit(f"make.py: reports are made with Python {'.'.join(map(str, PYTHON))}, this is {sys.version.split()[0]}")
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder) / "stillvoice")
        replay(repository, HERE / "history")
        python = tools(Path(folder) / "tools")
        commit_reports(repository, dict(reports(repository, python)))
        pack(repository, output)


def replay(repository: Repository, history: Path) -> None:
    """Make the commits, tags and the merge that the series lists."""
    for line in (history / "series").read_text(encoding="utf-8").splitlines():
        match line.split():
            case [] | ["#", *_]:
                continue
            case ["am", name]:
                patch = history / name
                repository.git("am", "--quiet", "--committer-date-is-author-date", str(patch), **identity(patch)[0])
            case ["tag", tag, name]:
                who, message = identity(history / name)
                repository.git("tag", "--annotate", tag, "--message", message, **who)
            case ["branch", branch]:
                repository.git("switch", "--quiet", "--create", branch)
            case ["switch", branch]:
                repository.git("switch", "--quiet", branch)
            case ["merge", branch, name]:
                who, message = identity(history / name)
                repository.git("merge", "--quiet", "--no-ff", "-m", message, branch, **who)
                repository.git("branch", "--quiet", "--delete", branch)
            case _:
                sys.exit(f"{history / 'series'}: no such step: {line}")


def identity(path: Path) -> tuple[dict[str, str], str]:
    """Who made a step and when, as git's variables, and the message of the mail."""
    mail = Parser(policy=mail_policy).parsestr(path.read_text(encoding="utf-8"))
    name, address = parseaddr(str(mail["From"]))
    variables = {}
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {
            f"GIT_{role}_NAME": name,
            f"GIT_{role}_EMAIL": address,
            f"GIT_{role}_DATE": str(mail["Date"]),
        }
    return variables, f"{mail['Subject']}\n\n{mail.get_content()}".strip()


def tools(folder: Path) -> Path:
    """A Python with the pinned coverage.py and pytest."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(HERE / "requirements.txt")]
    # Not in the clean environment: pip may need the caller's proxy or index.
    subprocess.run(pip, check=True)
    return python


def reports(repository: Repository, python: Path) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each report; prints the table of covered lines on the way."""
    first_parents = repository.text("rev-list", "--first-parent", "--reverse", "main").split()
    since_scenarios = 0
    for commit in first_parents:
        repository.git("checkout", "--quiet", "--detach", commit)
        repository.git("clean", "-fdxq")
        suites = ["unit"]
        if (repository.path / SUITES["scenarios"]).is_dir():
            if since_scenarios % SCENARIOS_EVERY == 0:
                suites.append("scenarios")
            since_scenarios += 1
        for suite in suites:
            coverage, junit = run(repository, python, suite)
            yield f"{commit}/{suite}/coverage.json", coverage
            yield f"{commit}/{suite}/junit.xml", junit
            print(row(repository, commit, suite, coverage, junit), flush=True)


def run(repository: Repository, python: Path, suite: str) -> tuple[bytes, bytes]:
    """The reports of one suite at the commit that is checked out."""
    with tempfile.TemporaryDirectory() as folder:
        junit, coverage = Path(folder) / "junit.xml", Path(folder) / "coverage.json"
        environment = CLEAN | {"COVERAGE_FILE": str(Path(folder) / "data"), "HOME": folder}
        options = {"cwd": repository.path, "env": environment, "stdout": subprocess.DEVNULL}
        tests = ["-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={junit}", SUITES[suite]]
        code = subprocess.run([python, "-m", "coverage", "run", *tests], **options).returncode
        # 1 means that a test failed, which is a valid result; 2 and above that pytest itself failed.
        if code > 1:
            sys.exit(f"pytest ended with {code} in {suite}")
        subprocess.run([python, "-m", "coverage", "json", "-o", coverage], check=True, **options)
        date = repository.text("show", "--no-patch", "--format=%cI", "HEAD")
        return plain_coverage(coverage.read_bytes(), date), plain_junit(junit.read_bytes(), repository.path)


def plain_coverage(report: bytes, date: str) -> bytes:
    """The report of coverage.py, dated as the commit."""
    parsed = json.loads(report)
    parsed["meta"]["timestamp"] = date[:19]
    return json.dumps(parsed, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def plain_junit(report: bytes, root: Path) -> bytes:
    """The report of pytest without times, host name, absolute paths and addresses in memory."""
    text = report.decode().replace(f"{root}{os.sep}", "")
    tree = ET.fromstring(re.sub(r"\b0x[0-9a-f]{6,}", "0x0", text))
    for element in tree.iter():
        for name in ("timestamp", "hostname", "time"):
            element.attrib.pop(name, None)
    return ET.tostring(tree, encoding="utf-8", xml_declaration=True) + b"\n"


def row(repository: Repository, commit: str, suite: str, coverage: bytes, junit: bytes) -> str:
    """One line of the table: covered lines, and how many tests failed."""
    totals = json.loads(coverage)["totals"]
    covered, total = totals["covered_lines"], totals["num_statements"]
    cases = ET.fromstring(junit).iter("testsuite")
    tests = " ".join(f"{s.get('tests')} tests {s.get('failures')} failed {s.get('skipped')} skipped" for s in cases)
    subject = repository.text("show", "--no-patch", "--format=%s", commit)
    return f"{commit[:7]} {suite:9} {covered:4}/{total:<4} {100 * covered / total:5.1f} %  {tests:33}  {subject}"


def commit_reports(repository: Repository, files: dict[str, bytes]) -> None:
    """Commit all reports, in one commit without a parent."""
    index = {"GIT_INDEX_FILE": str(repository.path / ".git" / "reports-index")}
    entries = []
    for path, content in files.items():
        blob = repository.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        entries.append(f"100644 {blob}\t{path}\n")
    repository.git("update-index", "--index-info", stdin="".join(entries).encode(), **index)
    tree = repository.git("write-tree", **index).decode().strip()
    who = {}
    for role in ("AUTHOR", "COMMITTER"):
        date = repository.text("show", "--no-patch", "--format=%cI", "main")
        who |= {f"GIT_{role}_NAME": "CI", f"GIT_{role}_EMAIL": "ci@example.org", f"GIT_{role}_DATE": date}
    commit = repository.git("commit-tree", tree, "-m", "Reports of coverage.py and pytest", **who).decode().strip()
    repository.git("update-ref", REPORTS_REF, commit)


def pack(repository: Repository, output: Path) -> None:
    """Write all refs, and one pack with every object that they reach."""
    refs = repository.text("for-each-ref", "--format=%(objectname) %(refname)") + "\n"
    tips = "".join(line.split()[0] + "\n" for line in refs.splitlines())
    # With more threads, or reused deltas, the choice of deltas would depend on the machine.
    compact = ["--window=250", "--depth=50", "--threads=1", "--no-reuse-delta", "--no-reuse-object", "--compression=9"]
    packed = repository.git(
        "pack-objects", "--revs", "--stdout", "--delta-base-offset", "--quiet", *compact, stdin=tips.encode()
    )
    output.mkdir(parents=True, exist_ok=True)
    (output / "history.pack").write_bytes(packed)
    (output / "refs").write_text(refs, encoding="utf-8")
    print(f"{len(packed)} bytes in {output / 'history.pack'}")


if __name__ == "__main__":
    main()
