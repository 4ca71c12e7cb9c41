"""
    pip install torch transformers accelerate gguf
    python scripts/lab/run.py --model <file.gguf> --corpus <folder> --tokens 3200 --out docs/results/systems.json

Reads a repository once in full, lets every system keep its part, and asks the same questions over what is left.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

import systems
from material import ask, material, queries, read, Score
from model import Model


def kept_share(r, cache):
    """Rows that attention looks at, of all."""
    each = [rows.kept.float().mean().item() if rows.kept is not None else 1.0 for rows in cache]
    return sum(each) / len(each)


def ask_each(r, m, choose, asked):
    """A cache for every question; the file that follows is given the first question's."""
    found = []
    for i, q in enumerate(m.questions):
        cache = choose(asked[i])
        found.append(ask(r, type(m)(m.tokens, [q], m.following[: 300 if i == 0 else 2]), cache))
    return Score(sum(s.nats for s in found) / len(found), sum(s.exact for s in found), None), cache


def remembered(file, model, m):
    """What was read and replayed before, so that another system is tried at once."""
    if not file or not file.exists():
        r = read(model, m.tokens)
        if file:
            for alone in (False, True):
                systems.replayed(r, alone)
            torch.save((replace(r, model=None), [systems.replayed(r, alone) for alone in (False, True)]), file)
        return r
    r, replays = torch.load(file, weights_only=False)
    r.model = model
    for alone, scores in zip((False, True), replays):
        systems.REPLAYED[(id(r), alone)] = scores
    return r


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--model", type=Path, required=True)
    options.add_argument("--corpus", type=Path, required=True)
    options.add_argument("--tokens", type=int, default=3200)
    options.add_argument("--shares", default="4,16,64", help="how many times fewer bytes")
    options.add_argument("--only", default="", help="systems whose name begins so")
    options.add_argument("--keep", type=Path, help="where what was read is kept, for the next time")
    options.add_argument("--out", type=Path, required=True)
    args = options.parse_args()
    wanted = {1 / float(x) for x in args.shares.split(",")}
    model = Model(args.model)
    m = material(model, args.corpus, args.tokens)
    began = time.time()
    r = remembered(args.keep, model, m)
    found = {"model": args.model.name, "corpus": args.corpus.name, "tokens": r.N, "questions": len(m.questions), "rows": []}
    if args.out.exists():
        before = json.loads(args.out.read_text())
        if all(before[k] == found[k] for k in ("model", "corpus", "tokens", "questions")):
            found = before
    print(f"{r.N} tokens read in {time.time() - began:.0f} s, {len(m.questions)} questions", flush=True)
    done = {(row["name"], row["share"]) for row in found["rows"]}
    asked = None

    def note(name, share, score, attended, seconds):
        found["rows"].append(dict(name=name, share=share, attended=attended, nats=score.nats, exact=score.exact, following=score.following, seconds=seconds))
        args.out.write_text(json.dumps(found, indent=1))
        print(f"{share:6.3f} {attended:6.3f} {score.nats:6.3f} {score.exact:3d} {score.following or 0:6.3f} {seconds:5.0f} s  {name}", flush=True)

    if ("everything", 1) not in done:
        note("everything", 1, ask(r, m, r.rows), 1, 0)
    for share in sorted({s for x in systems.TABLE for s in x.shares}, reverse=True):
        for x in systems.TABLE:
            if share not in x.shares or not x.name.startswith(args.only) or (x.name, share) in done:
                continue
            if len(x.shares) > 1 and share not in wanted:
                continue
            began = time.time()
            cache = x.make(r, share)
            if x.per_question:
                asked = asked or queries(r, m, systems.streaming(r, 1 / 4))
                score, cache = ask_each(r, m, cache, asked)
            else:
                score = ask(r, m, cache)
            note(x.name, share, score, kept_share(r, cache), time.time() - began)


torch.manual_seed(1)
main()
