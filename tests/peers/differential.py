#!/usr/bin/env python3
"""Compares `covatlas compare` with lcov 2's genhtml and with diff-cover, on neighbouring commits.

    differential.py REPOSITORY REPORTS --genhtml "perl …/bin/genhtml" --diff-cover diff-cover \
        --covatlas covatlas [--pairs 10]

REPOSITORY is a clone of the project. REPORTS is a folder of LCOV reports named `<commit>.info`; their
paths are relative to the root of the repository. Neither is changed: the script clones the clone into
a temporary folder and records the reports there. It prints a Markdown table that says, for each pair
of commits, how many lines, branches and functions both tools put into the same category. Below the
table it lists every disagreement.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

IGNORED = "source,inconsistent,path,unmapped,category,range,unsupported,count"


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def categories_of_genhtml(output):
    """The counts per file and kind: `line: UBC:81 CBC:1281` after `Processing file <path>`."""
    files, path = {}, None
    for row in output.splitlines():
        if found := re.match(r"Processing file (\S+)", row):
            path = found[1]
            files[path] = {}
        elif row.startswith("Processing ") or row.startswith("Overall"):
            path = None
        elif path and (found := re.match(r"\s*(line|branch|function): (.*)", row)):
            kind = {"line": "lines", "branch": "branches", "function": "functions"}[found[1]]
            files[path][kind] = Counter({name: int(count) for name, count in re.findall(r"([A-Z]{3}):(\d+)", found[2])})
    return files


def lines_of_genhtml(folder, category):
    """The lines of one category, per file, read from the HTML of the sources."""
    found = {}
    for page in Path(folder).rglob("*.gcov.html"):
        lines = set()
        for number, row in re.findall(r'<span id="L(\d+)">([^\n]*)', page.read_text()):
            # The categories of the branches come before that of the line.
            if (classes := re.findall(r'class="tla([A-Z]{3})\b', row)) and classes[-1] == category:
                lines.add(int(number))
        if lines:
            found[page.name.removesuffix(".gcov.html")] = lines
    return found


def lines_of_ours(compared, key):
    lines = {}
    for file in compared["files"]:
        here = {line for first, last in file[key] for line in range(first, last + 1)}
        if here:
            lines[Path(file["path"]).name] = here
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository")
    parser.add_argument("reports", type=Path)
    parser.add_argument("--genhtml", default="genhtml")
    parser.add_argument("--diff-cover", default="diff-cover")
    parser.add_argument("--covatlas", default="covatlas")
    parser.add_argument("--pairs", type=int, default=10)
    given = parser.parse_args()
    reports = {report.stem: report.resolve() for report in given.reports.glob("*.info")}
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        run(["git", "clone", "--quiet", given.repository, str(clone)])
        git = ["git", "-C", str(clone), "-c", "user.name=peer", "-c", "user.email=peer@example.com"]
        chain = run([*git, "rev-list", "--first-parent", "--reverse", "HEAD"]).split()
        commits = [commit for commit in chain if commit in reports]
        ours = [given.covatlas, "-q", "-C", str(clone)]
        for commit in commits:
            run([*ours, "record", "--commit", commit, "--suite", "unit", "--branch", "main", str(reports[commit])])
        # Spread evenly over the history, so that the pairs do not all come from one week.
        step = max(1, (len(commits) - 1) // given.pairs)
        pairs = list(zip(commits, commits[1:]))[::step][: given.pairs]
        report(given, git, ours, clone, folder, reports, pairs)


def report(given, git, ours, clone, folder, reports, pairs):
    print("| base | head | lines | branches | functions | UNC lines equal | LBC lines equal | diff-cover |")
    print("|---|---|---:|---:|---:|---|---|---|")
    total = {kind: [0, 0] for kind in ("lines", "branches", "functions")}
    notes = []
    for base, head in pairs:
        compared = json.loads(run([*ours, "compare", base, head, "--json"]))
        run([*git, "checkout", "--quiet", "--detach", head])
        diff = Path(folder, "change.diff")
        diff.write_text(run([*git, "diff", "--no-color", "--no-ext-diff", "--no-prefix", base, head]))
        html = Path(folder, f"html-{head}")
        output = run(
            [*shlex.split(given.genhtml), "--branch-coverage", "--ignore-errors", IGNORED, "--baseline-file",
             str(reports[base]), "--diff-file", str(diff), "--output-directory", str(html), str(reports[head])],
            cwd=clone,
        )
        theirs = categories_of_genhtml(output)
        row = []
        for kind in total:
            sums = [Counter(), Counter(compared["categories"].get(kind, {}))]
            for counts in theirs.values():
                sums[0].update(counts.get(kind, {}))
            same = sum((sums[0] & sums[1]).values())
            all_of_them = max(sum(sums[0].values()), sum(sums[1].values()))
            total[kind][0] += same
            total[kind][1] += all_of_them
            row.append(f"{same} of {all_of_them}")
            if kind != "functions" and sums[0] != sums[1]:
                notes.append(f"{head[:7]} {kind}: genhtml {dict(sums[0] - sums[1])}, covatlas {dict(sums[1] - sums[0])}")
        for category, key in (("UNC", "uncovered"), ("LBC", "lost")):
            one, other = lines_of_genhtml(html, category), lines_of_ours(compared, key)
            row.append("yes" if one == other else f"no: {one} {other}")
        cover = Path(folder, "diff-cover.json")
        run([*shlex.split(given.diff_cover), str(reports[head]), "--compare-branch", base, "--diff-range-notation", "..",
             "--format", f"json:{cover}"], cwd=clone)
        found = json.loads(cover.read_text())
        patch = compared["patch"].get("lines", {"covered": 0, "total": 0})
        said = (found["total_num_lines"] - found["total_num_violations"], found["total_num_lines"])
        row.append("equal" if said == (patch["covered"], patch["total"]) else f"{said}, ours {patch}")
        print(f"| {base[:7]} | {head[:7]} | {' | '.join(row)} |")
    shares = [f"{kind} {same} of {count} ({100 * same / count:.2f} %)" for kind, (same, count) in total.items() if count]
    print("\nIn the same category: " + ", ".join(shares) + ".")
    for note in notes:
        print(f"- {note}")


if __name__ == "__main__":
    main()
