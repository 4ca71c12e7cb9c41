"""
    python scripts/lab/page.py docs/results/systems-*.json > docs/results/systems.md

One page of all systems: what each claims, and what came out.
"""

import json
import sys
from pathlib import Path

from systems import TABLE

found = [json.loads(Path(file).read_text()) for file in sys.argv[1:]]
print(Path(__file__).with_name("page.md").read_text().rstrip() + "\n")


def cell(run, name, share):
    row = next((row for row in run["rows"] if row["name"] == name and abs(row["share"] - share) < 1e-6), None)
    if row is None:
        return ["", "", ""]
    following = "" if row["following"] is None else f"{row['following']:.2f}"
    return [f"{row['nats']:.2f}", f"{row['exact']} of {run['questions']}", following]


def table(head, rows):
    print("| " + " | ".join(head) + " |\n| " + " | ".join("---" for _ in head) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


for run in found:
    print(f"## {run['model']}, {run['corpus']}, {run['tokens']:,} tokens\n")
    print(f"With everything in the cache: {', '.join(cell(run, 'everything', 1)[:2])} right, the file that follows {cell(run, 'everything', 1)[2]}.\n")
    # A share that few were tried with is left out.
    shares = [s for s in (1 / 4, 1 / 16, 1 / 64) if sum(row["share"] == s for row in run["rows"]) > 10]
    head = ["system"] + [f"{1 / s:.0f}x: {what}" for s in shares for what in ("nats", "right", "follows")]
    by_bytes = [x for x in TABLE if len(x.shares) > 1]
    order = lambda x: float(cell(run, x.name, shares[-1 if len(shares) < 2 else 1])[0] or 99)
    print("### The same bytes for each\n")
    table(head, [[x.name] + [c for s in shares for c in cell(run, x.name, s)] for x in sorted(by_bytes, key=order)])
    print("### Those that have a size of their own\n")
    fixed = [x for x in TABLE if len(x.shares) == 1]
    rows = []
    for x in fixed:
        row = next((row for row in run["rows"] if row["name"] == x.name), None)
        if row:
            rows.append([x.name, f"{100 * (row['attended'] if x.shares == (0.0,) else x.shares[0]):.0f} %"] + cell(run, x.name, row["share"]))
    table(["system", "of the bytes", "nats", "right", "follows"], rows)

print("## What each claims\n\nIn the words of their abstracts as we remember them; look there before quoting. Scores and bounds are in `/scripts/lab/systems.py`.\n")
table(["system", "source", "claim", "here"], [[x.name, x.source, x.claim, x.note] for x in TABLE])
