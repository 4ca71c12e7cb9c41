"""A repository with planted constants, read once in full, and what is asked about it."""

import random
from dataclasses import dataclass, field
from pathlib import Path

import torch

from model import Model, Rows

FIRST = "HARBOR LANTERN MEADOW COPPER VIOLET ANCHOR SADDLE TIMBER GLACIER WILLOW FALCON PEBBLE".split()
SECOND = "LIMIT WINDOW QUOTA OFFSET MARGIN CEILING".split()
CHUNK = 256  # tokens of one run
LONGEST = 4500  # characters of a file
LAST = 32  # the newest queries, for scores that look at them alone


@dataclass
class Read:
    """Everything that was seen while the repository was read, and nothing of what is asked later."""

    model: Model
    tokens: torch.Tensor  # [N]
    rows: list  # Rows of every layer
    k: list  # of every layer [KV, N, d], before RoPE
    received: list  # [KV, N] mean attention of the queries that came after, and the token's own
    newest: list  # [KV, N] mean attention of the last queries
    spread: list  # [n_queries] per layer: rows that hold 90 % of a late query's attention
    q_sum: list  # [H, d] queries before RoPE
    q_outer: list  # [H, d, d]
    q_last: list  # [H, LAST, d] rotated
    cosine: list  # per layer: of the residual stream before and after attention
    change: list  # [KV] per layer: 1 - cosine of a token's own value and its attention output

    @property
    def N(self):
        return len(self.tokens)


@dataclass
class Question:
    tokens: list
    answer: list


@dataclass
class Material:
    tokens: list
    questions: list = field(default_factory=list)
    following: list = field(default_factory=list)  # a file that is not in the repository


def material(model, folder, size, constants=3, seed=1):
    """Files of a folder, shuffled, until `size` tokens are reached; `constants` are planted in each between its paragraphs."""
    draw = random.Random(seed)
    paths = sorted(p for p in Path(folder).rglob("*") if p.suffix in (".py", ".ts") and p.stat().st_size > 800)
    draw.shuffle(paths)
    names = [f"{a}_{b}" for a in FIRST for b in SECOND]
    draw.shuffle(names)
    made = Material(model.tokens("<|im_start|>system\nYou answer questions about this repository.\n"))
    for path in paths:
        text = path.read_text().split("# limitations under the License.")[-1][:LONGEST]
        name = path.relative_to(folder).as_posix()
        if len(made.tokens) >= size:
            made.following = model.tokens(f"\n# File: {name}\n```\n{text}")[:160]
            break
        lines = text.split("\n")
        for _ in range(constants):
            constant, value = names.pop(), str(draw.randrange(1000, 9999))
            gaps = [i for i, line in enumerate(lines) if not line] or [len(lines)]
            lines.insert(draw.choice(gaps), f"\n{'export const ' if path.suffix == '.ts' else ''}{constant} = {value}")
            ask = f"<|im_end|>\n<|im_start|>user\nWhat is the value of {constant} in {name}? Answer with the number alone.<|im_end|>\n<|im_start|>assistant\n"
            made.questions.append(Question(model.tokens(ask), model.tokens(value)))
        made.tokens += model.tokens(f"\n# File: {name}\n```\n" + "\n".join(lines) + "\n```\n")
    return made


def read(model, tokens):
    tokens = torch.tensor(tokens)
    N, each = len(tokens), range(model.n_layers)
    r = Read(
        model, tokens, None,
        k=[[] for _ in each], received=[torch.zeros(model.KV, N) for _ in each],
        newest=[torch.zeros(model.KV, N) for _ in each], spread=[[] for _ in each], q_sum=[torch.zeros(model.H, model.d) for _ in each],
        q_outer=[torch.zeros(model.H, model.d, model.d) for _ in each], q_last=[None for _ in each], cosine=[0.0 for _ in each],
        change=[torch.zeros(model.KV) for _ in each],
    )  # fmt: skip

    def look(s):
        i, n = s.layer, s.q.shape[1]
        r.k[i].append(s.k)
        r.q_sum[i] += s.q.sum(1)
        r.q_outer[i] += s.q.transpose(1, 2) @ s.q
        r.q_last[i] = s.q_rotated[:, -LAST:]
        r.cosine[i] += torch.cosine_similarity(s.before, s.after, dim=-1).sum().item() / N
        own = s.v.repeat_interleave(model.G, 0)  # [H, n, d]
        r.change[i] += (1 - torch.cosine_similarity(own, s.out, dim=-1)).view(model.KV, -1).mean(1) * n / N
        for g, w in enumerate(s.weights):
            T = w.shape[2]
            r.received[i][g, :T] += w.mean(0).sum(0)
            if T == N:
                last = w[:, -LAST:]
                r.newest[i][g] = last.mean((0, 1))
                mass = last.flatten(0, 1).sort(descending=True).values.cumsum(-1)
                r.spread[i].append((mass < 0.9).sum(-1).float())

    cache = None
    for a in range(0, N, CHUNK):
        part = tokens[a : a + CHUNK]
        _, made = model.run(part, torch.arange(a, a + len(part)), cache, on_layer=look)
        cache = [Rows(k, v) if cache is None else cache[i].and_then(k, v) for i, (k, v) in enumerate(made)]
    r.rows = cache
    r.k = [torch.cat(k, 1) for k in r.k]
    r.spread = [torch.cat(s) for s in r.spread]
    r.received = [s / torch.arange(N, 0, -1) for s in r.received]
    return r


@dataclass
class Score:
    nats: float  # per token of the right answers
    exact: int  # answers, each of whose tokens was the most likely one
    following: float  # nats per token of the file that follows


def ask(r, m, cache):
    """All questions, and the file that follows, beside one another over one cache: none sees another."""
    parts = [q.tokens + q.answer for q in m.questions] + [m.following]
    n = sum(map(len, parts))
    mask, positions, at = torch.zeros(n, n, dtype=torch.bool), [], 0
    for part in parts:
        mask[at : at + len(part), at : at + len(part)] = torch.ones(len(part), len(part)).tril().bool()
        positions += range(r.N, r.N + len(part))
        at += len(part)
    outputs, wanted, at = [], [], 0
    for q in m.questions:
        first = at + len(q.tokens) - 1
        outputs += range(first, first + len(q.answer))
        wanted += q.answer
        at = first + 1 + len(q.answer)
    outputs += range(at, n - 1)
    wanted += m.following[1:]
    everything = torch.tensor([t for part in parts for t in part])
    logs, _ = r.model.run(everything, torch.tensor(positions), cache, mask, outputs)
    nats, best, at, exact = -logs[torch.arange(len(wanted)), wanted], logs.argmax(-1) == torch.tensor(wanted), 0, 0
    for q in m.questions:
        exact += bool(best[at : at + len(q.answer)].all())
        at += len(q.answer)
    return Score(nats[:at].mean().item(), exact, nats[at:].mean().item())


def queries(r, m, cache):
    """The rotated queries of the questions [H, n, d] of every layer, over a cache: what a page or a cluster is chosen by."""
    found = []
    for q in m.questions:
        mine = []
        r.model.run(torch.tensor(q.tokens), torch.arange(r.N, r.N + len(q.tokens)), cache, on_layer=lambda s: mine.append(s.q_rotated))
        found.append(mine)
    return found
