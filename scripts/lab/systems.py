"""
Every system that Bonsai's two papers name, and some newer ones, as the smallest honest experiment: what each would keep of a
repository that has been read. A system is a function of what was Read and of `share`, the part of the bytes that it may keep; it
returns the cache, or a function that gives the cache for one question's queries. Departures from the papers are said where they are.
"""

import math
from dataclasses import dataclass, replace
from typing import Callable

import torch

from material import CHUNK
from model import Rows

SINKS = 4
TABLE = []


@dataclass
class System:
    name: str
    source: str
    claim: str
    shares: tuple  # of the bytes; a width or depth method has its published one
    make: Callable  # (Read, share) -> cache
    note: str = ""
    per_question: bool = False  # make returns a function of the question's queries


def system(name, source, claim, shares=(1 / 4, 1 / 16, 1 / 64), note="", per_question=False):
    def add(make):
        TABLE.append(System(name, source, claim, shares, make, note, per_question))
        return make

    return add


# ---- keeping rows


def only(r, kept):
    return [replace(rows, kept=kept[i]) for i, rows in enumerate(r.rows)]


def best(scores, budget, recent=0):
    """The `budget` best of every lane [KV, N]: sinks and the newest `recent` first."""
    s = scores.clone()
    s[:, :SINKS] = torch.inf
    if recent:
        s[:, -recent:] = torch.inf
    kept = torch.zeros_like(s, dtype=torch.bool)
    return kept.scatter_(1, s.topk(min(budget, s.shape[1]), dim=1).indices, True)


def equal_lanes(r, share, scores, recent=0.0):
    C = int(r.N * share)
    return only(r, [best(s, C, int(C * recent)) for s in scores])


def by_layer(r, share, scores, weights, recent=0.0, least=16):
    """Layer budgets in proportion to weights [layers], none below `least`, their sum conserved."""
    C, w = int(r.N * share), torch.as_tensor(weights).float()
    floor = torch.tensor(float(min(least + SINKS, C)))
    b = floor + (C * len(w) - floor * len(w)) * w / w.sum()
    for _ in range(20):  # what a layer cannot use goes to the others
        over = (b - r.N).clamp(min=0).sum()
        b = b.clamp(max=r.N)
        free = b < r.N
        if over < 1 or not free.any():
            break
        b[free] += over / free.sum()
    return only(r, [best(s, int(b[i]), int(b[i] * recent)) for i, s in enumerate(scores)])


def competing(r, share, scores, floor, within_layer):
    """Lanes share a total: of a layer, or of all layers. Each is safe for `floor` of the mean budget. Padding is not counted."""
    C = int(r.N * share)
    safe = [best(s, max(SINKS, int(C * floor))) for s in scores]
    s = torch.stack([torch.where(k, torch.inf, x) for k, x in zip(safe, scores)])  # [layers, KV, N]
    if within_layer:
        limits = s.flatten(1).topk(C * r.model.KV, dim=1).values[:, -1][:, None, None]
    else:
        limits = s.flatten().topk(C * r.model.KV * len(s)).values[-1]
    return only(r, list(s >= limits))


def streaming(r, share):
    C = int(r.N * share)
    kept = torch.zeros(r.model.KV, r.N, dtype=torch.bool)
    kept[:, :SINKS] = True
    kept[:, -(C - SINKS) :] = True
    return only(r, [kept] * len(r.rows))


system("StreamingLLM", "2309.17453", "endless text with sinks and the newest rows")(streaming)


def keydiff(keys):
    """1 - cosine with the mean direction of all keys. keys [KV, N, d]"""
    u = torch.nn.functional.normalize(keys, dim=-1)
    return 1 - torch.cosine_similarity(u, u.mean(1, keepdim=True), dim=-1)


@system("KeyDiff, a quarter recent", "2504.15364", "within 0.04 % of the whole cache at 8,192 of 16,384 rows (LongBench)")
def _(r, share):
    return equal_lanes(r, share, [keydiff(rows.k) for rows in r.rows], 0.25)


@system("KeyDiff of keys before RoPE", "2504.15364", "as KeyDiff")
def _(r, share):
    return equal_lanes(r, share, [keydiff(k) for k in r.k])


@system("L2 norm", "2406.11430", "half the rows without loss; 90 % fewer at passkeys")
def _(r, share):
    return equal_lanes(r, share, [-rows.k.norm(dim=-1) for rows in r.rows])


@system("H2O", "2306.14048", "a fifth of the rows as good as all")
def _(r, share):
    return equal_lanes(r, share, [s * torch.arange(r.N, 0, -1) for s in r.received], 0.5)


@system("TOVA", "2401.06104", "an eighth of the rows", note="all at once at the end, not token by token")
def _(r, share):
    return equal_lanes(r, share, r.newest)


def smooth(s, width=7):
    return torch.nn.functional.max_pool1d(s[:, None], width, 1, width // 2)[:, 0]


@system("SnapKV", "2404.14469", "16,000 tokens in 1,024 rows", note="it is meant to look at the question, which is not known here")
def _(r, share):
    return equal_lanes(r, share, [smooth(s) for s in r.newest])


def tree(scores, C, recent):
    """TreeKV, token by token: beyond the newest `recent`, the worse of two neighbours leaves, and the pair moves on."""
    kept = torch.zeros_like(scores, dtype=torch.bool)
    for lane, s in enumerate(scores.tolist()):
        rows, cursor = [], 0
        room = C - SINKS - recent
        for i in range(SINKS, len(s) - recent):
            rows.append(i)
            if len(rows) > room:
                cursor = cursor if cursor + 1 < len(rows) else 0
                rows.pop(cursor if s[rows[cursor]] < s[rows[cursor + 1]] else cursor + 1)
                cursor += 1
        kept[lane, rows] = True
    kept[:, :SINKS] = True
    kept[:, -recent:] = True
    return kept


@system("TreeKV", "2501.04987", "16 times fewer rows on 16,000 tokens; best of LongBench at 6 %")
def _(r, share):
    C = int(r.N * share)
    return only(r, [tree(s, C, C // 2) for s in r.received])


@system("Cascading KV", "2406.17808", "5.6 % better than StreamingLLM on LongBench", note="four caches, each keeps the best of ever longer stretches")
def _(r, share):
    C = int(r.N * share)
    kept = [torch.zeros(r.model.KV, r.N, dtype=torch.bool) for _ in r.rows]
    for layer, s in enumerate(r.received):
        kept[layer][:, :SINKS] = True
        end = r.N
        for cache in range(4):
            for _ in range((C - SINKS) // 4):
                start = max(SINKS, end - 2**cache)
                if start >= end:
                    break
                for lane in range(r.model.KV):
                    kept[layer][lane, start + s[lane, start:end].argmax()] = True
                end = start
    return only(r, kept)


# ---- layers and heads


def squeezed(cosines, p):
    """SqueezeAttention: layers in three classes by cosine, the highest class keeps p of the mean budget."""
    c = sorted(cosines)
    n = len(c)
    spread = lambda part: sum((x - sum(part) / len(part)) ** 2 for x in part)
    cuts = min(((spread(c[:a]) + spread(c[a:b]) + spread(c[b:]), b) for a in range(1, n - 1) for b in range(a + 1, n)))
    limit, third = c[cuts[1]], n - cuts[1]
    return [p if x >= limit else (n - third * p) / (n - third) for x in cosines]


@system("SqueezeAttention (0.35) over KeyDiff", "2404.04793", "30 to 70 % less memory at equal quality")
def _(r, share):
    return by_layer(r, share, [keydiff(rows.k) for rows in r.rows], squeezed(r.cosine, 0.35), 0.25)


@system("PyramidKV over SnapKV", "2406.02069", "12 % of the rows as good as all, at 0.7 % 20 points better")
def _(r, share):
    n = len(r.rows)
    return by_layer(r, share, [smooth(s) for s in r.newest], [2 - 1.9 * i / (n - 1) for i in range(n)])


@system("PrefixKV over H2O's mean", "2412.03409", "20 % of the rows of a vision model", note="each layer keeps the rows that hold an equal part of its attention")
def _(r, share):
    C, curves = int(r.N * share), []
    for s in r.received:
        x = s.mean(0).sort(descending=True).values
        curves.append((x / x.sum()).cumsum(0))
    low, high = 0.0, 1.0
    for _ in range(40):
        p = (low + high) / 2
        total = sum(int((c < p).sum()) + 1 for c in curves)
        low, high = (low, p) if total > C * len(curves) else (p, high)
    return by_layer(r, share, r.received, [int((c < low).sum()) + 1 for c in curves])


@system("ZigZagKV over SnapKV", "2412.09036", "better than SnapKV and PyramidKV below 512 rows", note="a layer's uncertainty: rows that hold 90 % of a late query's attention")
def _(r, share):
    return by_layer(r, share, [smooth(s) for s in r.newest], [s.mean().item() for s in r.spread])


@system("BaKlaVa over KeyDiff", "2502.13176", "up to 70 % less memory", note="a KV head's share by how much attention changes a token's own value; padding is not counted")
def _(r, share):
    C, importance = int(r.N * share), torch.stack(r.change)
    w = importance / importance.mean()
    b = (C * (0.25 + 0.75 * w)).clamp(max=r.N).int()
    scores = [keydiff(rows.k) for rows in r.rows]
    kept = [torch.cat([best(s[h : h + 1], int(b[i, h])) for h in range(r.model.KV)]) for i, s in enumerate(scores)]
    return only(r, kept)


@system("AdaKV over KeyDiff (floor 0.2)", "2407.11550", "better than SnapKV and PyramidKV at equal bytes", note="padding is not counted")
def _(r, share):
    return competing(r, share, [keydiff(rows.k) for rows in r.rows], 0.2, True)


# ---- newer scores


@system("LagKV", "2504.04704", "no attention weights are needed")
def _(r, share, part=128):
    def normalised(x, against):
        low, high = against.amin(1, keepdim=True), against.amax(1, keepdim=True)
        return ((x - low) / (high - low + 1e-6)).std(-1).softmax(-1)

    scores = []
    for rows in r.rows:
        s = torch.zeros(r.model.KV, r.N)
        for a in range(SINKS, r.N - 1, part):
            b = min(r.N, a + part)
            after = slice(b, min(r.N, b + part)) if b + part // 2 < r.N else slice(max(SINKS, a - part), max(SINKS + 1, a))
            both = [normalised(x[:, a:b], x[:, after]) for x in (rows.k, rows.v)]
            s[:, a:b] = (both[0] + both[1]) * (b - a)
        scores.append(s)
    return equal_lanes(r, share, scores, 0.1)


@system("Leverage of keys before RoPE", "2507.08143", "no question and no attention weights are needed")
def _(r, share):
    def leverage(k):
        u = torch.linalg.svd(k - k.mean(1, keepdim=True), full_matrices=False).U  # [KV, N, d]
        return u.pow(2).sum(-1)

    return equal_lanes(r, share, [leverage(k) for k in r.k])


def expected(r):
    """Attention that a normally distributed query of the next 512 positions would give, times the value's norm. [KV, N] of every layer."""
    m, half = r.model, r.model.d // 2
    angles = (torch.arange(r.N, r.N + 512).float()[:, None] * m.frequencies).repeat(1, 2)
    turn = torch.zeros(m.d, m.d)
    turn[range(half), range(half, m.d)], turn[range(half, m.d), range(half)] = -1.0, 1.0
    R = torch.diag(angles.cos().mean(0)) + torch.diag(angles.sin().mean(0)) @ turn
    scores = []
    for i, rows in enumerate(r.rows):
        mean = r.q_sum[i] / r.N
        spread = R @ (r.q_outer[i] / r.N - mean[:, :, None] * mean[:, None]) @ R.T
        mean = mean @ R.T
        k = rows.k.repeat_interleave(m.G, 0)  # [H, N, d]
        logits = (k @ mean[:, :, None])[..., 0] / math.sqrt(m.d) + ((k @ spread) * k).sum(-1) / (2 * m.d)
        scores.append((logits.softmax(-1).view(m.KV, m.G, -1).mean(1) + 0.01) * rows.v.norm(dim=-1))
    return scores


@system("Expected attention", "2510.00636", "no second pass and no training")
def _(r, share):
    return equal_lanes(r, share, expected(r))


@system("Expected attention, all lanes share", "2510.00636", "as above", note="padding is not counted")
def _(r, share):
    return competing(r, share, expected(r), 0.2, False)


REPLAYED = {}


def replayed(r, alone, size=512):
    """
    KVzip: the model repeats the repository piece by piece; a row's score is the largest attention that a repeating query gave it.
    alone: over the sinks and the piece, as rows in an archive could be; otherwise over everything before it.
    """
    if (key := (id(r), alone)) in REPLAYED:
        return REPLAYED[key]
    m = r.model
    scores = [torch.zeros(m.KV, r.N) for _ in r.rows]
    for a in range(0, r.N, size):
        b = min(r.N, a + size)
        start = f" Start with:\n{m.tokenizer.decode(r.tokens[a - 8 : a])}" if a else ""
        ask = m.tokens(f"<|im_end|>\n<|im_start|>user\nRepeat the previous context exactly.{start}<|im_end|>\n<|im_start|>assistant\n")
        text = torch.cat([torch.tensor(ask), r.tokens[a:b]])
        seen = torch.cat([torch.arange(min(SINKS, a)), torch.arange(a, b)]) if alone else torch.arange(b)
        cache = [Rows(rows.k[:, seen], rows.v[:, seen]) for rows in r.rows]

        def look(s):
            for g, w in enumerate(s.weights):
                now = w[:, :, : len(seen)].amax((0, 1))[-(b - a) :]
                scores[s.layer][g, a:b] = torch.maximum(scores[s.layer][g, a:b], now)

        for at in range(0, len(text), CHUNK):
            part = text[at : at + CHUNK]
            _, made = m.run(part, torch.arange(b + at, b + at + len(part)), cache, on_layer=look)
            cache = [rows.and_then(k, v) for rows, (k, v) in zip(cache, made)]
    REPLAYED[key] = scores
    return scores


for where, alone in (("over everything", False), ("over the piece alone", True)):
    for who, floor in (("lanes equal", None), ("heads of a layer share", True), ("all lanes share", False)):

        def _(r, share, alone=alone, floor=floor):
            s = replayed(r, alone)
            return equal_lanes(r, share, s) if floor is None else competing(r, share, s, 0.2, floor)

        system(f"KVzip's replay {where}, {who}", "2505.23416", "90 % fewer rows with 5 points lost on RULER 4k", note="" if floor is None else "padding is not counted")(_)


def demand(r, share, alone, floor=0.2):
    """Rows that every lane [layers, KV] gets where all lanes compete by replay."""
    cache = competing(r, share, replayed(r, alone), floor, False)
    return torch.stack([rows.kept.sum(1) for rows in cache]).float()


for where, alone in (("over everything", False), ("over the piece alone", True)):

    @system(f"Layer budgets by replay {where}, KeyDiff", "ours", "", note="rows that a layer would get from KVzip with all lanes sharing, shared equally by its heads")
    def _(r, share, alone=alone):
        return by_layer(r, share, [keydiff(rows.k) for rows in r.rows], demand(r, share, alone, 0).mean(1), 0.25)

    @system(f"Layer budgets by replay {where}, replay", "ours", "", note="the same, with KVzip's scores")
    def _(r, share, alone=alone):
        return by_layer(r, share, replayed(r, alone), demand(r, share, alone, 0).mean(1))

    @system(f"Head budgets by replay {where}, KeyDiff", "ours", "", note="rows that a head would get, chosen by KeyDiff; padding is not counted")
    def _(r, share, alone=alone):
        b = demand(r, share, alone).int()
        scores = [keydiff(rows.k) for rows in r.rows]
        return only(r, [torch.cat([best(s[h : h + 1], int(b[i, h])) for h in range(r.model.KV)]) for i, s in enumerate(scores)])


# ---- merging: the mass of what was merged is told to attention as log(mass)


def merged(r, kept, told, least):
    """What is not kept goes into the kept row of its lane with the most similar key, where the cosine reaches `least`."""
    cache = []
    for i, rows in enumerate(r.rows):
        k, v, bias = rows.k.clone(), rows.v.clone(), torch.zeros(r.model.KV, r.N)
        for h in range(r.model.KV):
            stay, go = kept[i][h].nonzero()[:, 0], (~kept[i][h]).nonzero()[:, 0]
            u = torch.nn.functional.normalize(rows.k[h], dim=-1)
            cosine, heir = (u[go] @ u[stay].T).max(1)
            heir[stay[heir] < SINKS] = -1
            ok = (cosine >= least) & (heir >= 0)
            go, heir = go[ok], stay[heir[ok]]
            mass = torch.ones(r.N).index_add(0, heir, torch.ones(len(heir)))
            k[h] = k[h].index_add(0, heir, rows.k[h][go]) / mass[:, None]
            v[h] = v[h].index_add(0, heir, rows.v[h][go]) / mass[:, None]
            bias[h] = mass.log()
        cache.append(Rows(k, v, kept[i], bias if told else None))
    return cache


def ems(r, share, told):
    C = int(r.N * share)
    scores = [torch.maximum(a / a.mean(1, keepdim=True), b / b.mean(1, keepdim=True)) for a, b in zip(r.newest, r.received)]
    return merged(r, [best(s, C, C // 4) for s in scores], told, least=0.6)


@system("EMS", "2412.08521", "95 % of retrieval with 2 % of the rows", note="score: the larger of local and global attention, each by its mean")
def _(r, share):
    return ems(r, share, told=True)


@system("EMS, mass not told", "2412.08521", "as above")
def _(r, share):
    return ems(r, share, told=False)


@system("KVMerger", "2407.08454", "half and a third of the rows, better than H2O", note="neighbours of similar keys become one row; weights by distance from the one with the most attention")
def _(r, share):
    C, cache = int(r.N * share), []
    for i, rows in enumerate(r.rows):
        k, v = rows.k.clone(), rows.v.clone()
        kept, bias = torch.zeros(r.model.KV, r.N, dtype=torch.bool), torch.zeros(r.model.KV, r.N)
        for h in range(r.model.KV):
            near = torch.cosine_similarity(rows.k[h, :-1], rows.k[h, 1:], dim=-1)
            near[:SINKS] = -torch.inf
            cuts = near.argsort()[: C - 1] + 1  # the least similar neighbours are parted
            group = torch.zeros(r.N, dtype=torch.long).index_fill_(0, cuts, 1).cumsum(0)
            for members in torch.split(torch.arange(r.N), group.bincount().tolist()):
                pivot = members[r.received[i][h, members].argmax()]
                away = (rows.k[h, members] - rows.k[h, pivot]).pow(2).sum(-1)
                w = (-away / (2 * away.mean() + 1e-6)).exp()
                w = (w / w.sum())[:, None]
                k[h, pivot], v[h, pivot] = (w * rows.k[h, members]).sum(0), (w * rows.v[h, members]).sum(0)
                kept[h, pivot], bias[h, pivot] = True, math.log(len(members))
        cache.append(Rows(k, v, kept, bias))
    return cache


@system("SubGen", "2402.06082", "half the rows, better than H2O", note="half of the rows are k-centres of the keys with their clusters' mass, half are drawn by the square of the value's norm")
def _(r, share):
    C, cache = int(r.N * share), []
    draw = torch.Generator().manual_seed(1)
    for i, rows in enumerate(r.rows):
        kept, bias = torch.zeros(r.model.KV, r.N, dtype=torch.bool), torch.zeros(r.model.KV, r.N)
        for h in range(r.model.KV):
            keys, centres = rows.k[h], [SINKS]
            far = (keys - keys[SINKS]).norm(dim=-1)
            owner = torch.full((r.N,), SINKS)
            while len(centres) < (C - SINKS) // 2:
                centres.append(int(far.argmax()))
                away = (keys - keys[centres[-1]]).norm(dim=-1)
                owner[away < far] = centres[-1]
                far = torch.minimum(far, away)
            centres = torch.tensor(centres)
            bias[h, centres] = owner.bincount(minlength=r.N)[centres].clamp(min=1).float().log()
            kept[h, centres] = True
            p = rows.v[h].norm(dim=-1).pow(2) * ~kept[h]
            kept[h, torch.multinomial(p, C - SINKS - len(centres), generator=draw)] = True
            kept[h, :SINKS] = True
            bias[h, :SINKS] = 0
        cache.append(replace(rows, kept=kept, bias=bias))
    return cache


# ---- precision


def coarse(x, bits, dim, size=32, symmetric=False):
    """Asymmetric rounding to `bits` in groups of `size` along dim, or symmetric as ggml's blocks."""
    x = x.movedim(dim, -1)
    n = x.shape[-1]
    padded = torch.nn.functional.pad(x, (0, -n % size), mode="replicate" if n % size else "constant") if n % size else x
    g = padded.unflatten(-1, (-1, size))
    if symmetric:
        step = g.abs().amax(-1, keepdim=True) / (2 ** (bits - 1) - 1) + 1e-9
        out = (g / step).round() * step
    else:
        low = g.amin(-1, keepdim=True)
        step = (g.amax(-1, keepdim=True) - low) / (2**bits - 1) + 1e-9
        out = ((g - low) / step).round() * step + low
    return out.flatten(-2)[..., :n].movedim(-1, dim)


@system("KIVI, 2 bits", "2402.02750", "2.6 times less memory in all, almost no loss", shares=(3 / 16,), note="keys by channel in groups of 32 tokens, values by token, the newest 32 whole")
def _(r, share):
    def layer(rows):
        k, v = coarse(rows.k, 2, 1), coarse(rows.v, 2, 2)
        k[:, -32:], v[:, -32:] = rows.k[:, -32:], rows.v[:, -32:]
        return Rows(k, v)

    return [layer(rows) for rows in r.rows]


@system("2 bits by token, keys too", "2402.02750", "what KIVI is compared with", shares=(3 / 16,))
def _(r, share):
    return [Rows(coarse(rows.k, 2, 2), coarse(rows.v, 2, 2)) for rows in r.rows]


@system("ZipCache, 4 and 2 bits", "2405.14256", "4.98 times smaller, 0.38 % lost (GSM8k)", shares=(3.6 / 16,), note="the 60 % with the most normalised attention have 4 bits; channels are normalised first")
def _(r, share):
    def layer(rows, s):
        fine = best(s, int(0.6 * r.N))[..., None]
        scale = lambda x: x.abs().amax(1, keepdim=True).sqrt() + 1e-6
        mixed = lambda x: torch.where(fine, coarse(x / scale(x), 4, 2, 64), coarse(x / scale(x), 2, 2, 64)) * scale(x)
        return Rows(mixed(rows.k), mixed(rows.v))

    return [layer(rows, r.received[i]) for i, rows in enumerate(r.rows)]


@system("More tokens, lower precision", "2412.12706", "4 times the rows at 4 bits beat 16 bits", note="KeyDiff keeps 3.5 times the rows, in symmetric 4 bits by token")
def _(r, share):
    C = min(r.N, int(r.N * share * 16 / 4.5))
    q4 = lambda x: coarse(x, 4, 2, 32, True)
    return [Rows(q4(rows.k), q4(rows.v), best(keydiff(rows.k), C, C // 4)) for rows in r.rows]


@system("More tokens, lower precision, KIVI's grouping", "2412.12706", "as above", note="the same with keys by channel")
def _(r, share):
    C = min(r.N, int(r.N * share * 16 / 5))
    return [Rows(coarse(rows.k, 4, 1), coarse(rows.v, 4, 2), best(keydiff(rows.k), C, C // 4)) for rows in r.rows]


# ---- depth and width, at about what the papers do


@system("ThinK", "2407.21018", "40 % of the key channels away, almost no loss", shares=(0.8,), note="channels by |q| |k| of the last queries")
def _(r, share):
    cache = []
    for i, rows in enumerate(r.rows):
        q = r.q_last[i].reshape(r.model.KV, -1, r.model.d)
        weight = q.norm(dim=1) * rows.k.norm(dim=1)  # [KV, d]
        drop = weight.topk(int(0.4 * r.model.d), largest=False, dim=1).indices
        cache.append(Rows(rows.k.scatter(2, drop[:, None].expand(-1, r.N, -1), 0.0), rows.v))
    return cache


@system("LoRC", "2410.03111", "55 to 60 % of the cache, little loss", shares=(0.6,), note="keys and values in the best subspaces of their projections; later layers have lower rank; the ranks' mean is the share")
def _(r, share):
    m, n, cache = r.model, r.model.n_layers, []
    for i, (layer, rows) in enumerate(zip(m.layers, r.rows)):
        width = m.KV * m.d
        rank = int(width * min(1.0, share + 0.4 * (0.5 - i / (n - 1))))

        def project(x, linear):
            flat = x.transpose(0, 1).reshape(r.N, width)
            bias = 0 if linear.bias is None else linear.bias
            u = torch.linalg.svd(linear.weight, full_matrices=False).U[:, :rank]
            return (((flat - bias) @ u) @ u.T + bias).view(r.N, m.KV, m.d).transpose(0, 1)

        k = m.rotate(project(r.k[i], layer.self_attn.k_proj), torch.arange(r.N))
        cache.append(Rows(k, project(rows.v, layer.self_attn.v_proj)))
    return cache


@system("MiniCache", "2405.14366", "41 % less memory with 4-bit rows, near lossless in its words", shares=(0.77,), note="from the middle on, pairs of layers share directions; the 5 % least alike rows stay apart")
def _(r, share):
    cache = list(r.rows)

    def pair(a, b):
        na, nb = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
        ua, ub = a / na, b / nb
        angle = (ua * ub).sum(-1, keepdim=True).clamp(-0.9999, 0.9999).arccos()
        both = (torch.sin(0.4 * angle) * ub + torch.sin(0.6 * angle) * ua) / torch.sin(angle)
        apart = angle >= angle.flatten(1).topk(max(1, r.N // 20), dim=1).values[:, -1][:, None, None]
        return torch.where(apart, a, both * na), torch.where(apart, b, both * nb)

    for i in range(len(cache) // 2, len(cache) - 1, 2):
        (ka, kb), (va, vb) = pair(cache[i].k, cache[i + 1].k), pair(cache[i].v, cache[i + 1].v)
        cache[i], cache[i + 1] = Rows(ka, va), Rows(kb, vb)
    return cache


@system("KVSharer", "2410.18517", "30 % less memory, 1.3 times faster", shares=(0.83,), note="the least alike layers share; a sixth of them, only those between the first and the last eighth")
def _(r, share):
    n, cache = len(r.rows), list(r.rows)
    mean = [torch.cat([rows.k.flatten(1), rows.v.flatten(1)], 1).flatten() for rows in r.rows]
    pairs = sorted(((mean[a] - mean[b]).norm().item(), a, b) for a in range(n // 8, n) for b in range(a + 1, n - n // 8))[::-1]
    given = set()
    for _, a, b in pairs:
        if len(given) >= n // 6:
            break
        if a not in given and b not in given:
            cache[b] = r.rows[a]
            given.add(b)
    return cache


# ---- all rows are there, a question attends to a part of them


def pages(r, share, size=16, streaming_heads=False):
    """Quest's bounds: of every page the channels' least and largest keys; the pages with the largest bound under any query."""
    C = int(r.N * share)
    n = r.N // size
    bounds = [(rows.k[:, : n * size].unflatten(1, (n, size)).amin(2), rows.k[:, : n * size].unflatten(1, (n, size)).amax(2)) for rows in r.rows]

    def choose(queries):
        cache = []
        for (low, high), q, rows in zip(bounds, queries, r.rows):
            kept = torch.zeros(r.model.KV, r.N, dtype=torch.bool)
            kept[:, :SINKS] = True
            for h in range(r.model.KV):
                mine = q[h * r.model.G : (h + 1) * r.model.G].flatten(0, 1)[:, None]  # [G * n, 1, d]
                best_pages = torch.maximum(mine * low[h], mine * high[h]).sum(-1).amax(0).topk((C - SINKS) // size).indices
                for page in best_pages.tolist():
                    kept[h, page * size : (page + 1) * size] = True
                if streaming_heads and h % 2:
                    kept[h] = False
                    kept[h, :SINKS] = True
                    kept[h, -(C - SINKS) :] = True
            cache.append(replace(rows, kept=kept))
        return cache

    return choose


system("Quest (pages by the question)", "2406.10774", "1,024 of 10,000 rows find the passkey", per_question=True)(pages)


@system("LServe", "2502.14866", "half the heads stream, pages for the others; equal quality", per_question=True, note="every second KV head streams, without DuoAttention's training")
def _(r, share):
    return pages(r, share, streaming_heads=True)


@system("ClusterKV", "2412.03213", "1,000 to 2,000 rows of 32,000, negligible loss", per_question=True, note="k-means by cosine, one cluster for 80 tokens")
def _(r, share):
    C, clusters = int(r.N * share), []
    n = max(2, r.N // 80)
    for rows in r.rows:
        u = torch.nn.functional.normalize(rows.k, dim=-1)  # [KV, N, d]
        centres = u[:, torch.linspace(0, r.N - 1, n).long()]
        for _ in range(8):
            mine = (u @ centres.transpose(1, 2)).argmax(-1)  # [KV, N]
            for h in range(r.model.KV):
                sums = torch.zeros(n, r.model.d).index_add_(0, mine[h], u[h])
                centres[h] = torch.nn.functional.normalize(sums, dim=-1)
        clusters.append((mine, centres))

    def choose(queries):
        cache = []
        for (mine, centres), q, rows in zip(clusters, queries, r.rows):
            kept = torch.zeros(r.model.KV, r.N, dtype=torch.bool)
            for h in range(r.model.KV):
                order = (q[h * r.model.G : (h + 1) * r.model.G].flatten(0, 1) @ centres[h].T).amax(0).argsort(descending=True)
                rank = order.argsort()[mine[h]]
                kept[h, rank.argsort(stable=True)[:C]] = True
            kept[:, :SINKS] = True
            cache.append(replace(rows, kept=kept))
        return cache

    return choose


@system("Softmax mass of pages (ours)", "docs/archive.md", "the demo model's constants are all found", per_question=True, note="pages of 16 with the most attention under the question's own queries")
def _(r, share, size=16):
    C, n = int(r.N * share), r.N // size

    def choose(queries):
        cache = []
        for q, rows in zip(queries, r.rows):
            kept = torch.zeros(r.model.KV, r.N, dtype=torch.bool)
            kept[:, :SINKS] = True
            for h in range(r.model.KV):
                w = (q[h * r.model.G : (h + 1) * r.model.G].flatten(0, 1) @ rows.k[h, : n * size].T / math.sqrt(r.model.d)).softmax(-1)
                for page in w.unflatten(-1, (n, size)).sum((0, 2)).topk((C - SINKS) // size).indices.tolist():
                    kept[h, page * size : (page + 1) * size] = True
            cache.append(replace(rows, kept=kept))
        return cache

    return choose


@system("DBudgetKV", "2502.16886", "stops by itself where quality would suffer", shares=(0.0,), note="a lane keeps rows until the norm of the late queries' attention is 99 % of all; what that takes is the share")
def _(r, share):
    kept = []
    for i, rows in enumerate(r.rows):
        w = (r.q_last[i].reshape(r.model.KV, -1, r.model.d) @ rows.k.transpose(1, 2) / math.sqrt(r.model.d)).softmax(-1)  # [KV, G * LAST, N]
        energy = w.pow(2).sum(1)  # [KV, N]
        total = energy.sort(descending=True, dim=1).values.cumsum(1)
        needed = ((total / total[:, -1:]).sqrt() < 0.99).sum(1) + 1
        kept.append(torch.cat([best(energy[h : h + 1], int(needed[h]) + SINKS) for h in range(r.model.KV)]))
    return only(r, kept)

