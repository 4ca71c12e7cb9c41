"""
A language model (Llama, Qwen2) as slow and readable as it can be, so that what is done to its cache is in plain sight.

Sizes: n tokens of one run, T rows in the cache, H query heads, G of them to each of KV heads, d channels of a head.
"""

import math
from dataclasses import dataclass

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_grad_enabled(False)


@dataclass
class Rows:
    """What a cache holds of one layer. Keys are rotated to the positions that they were read at."""

    k: torch.Tensor  # [KV, T, d]
    v: torch.Tensor  # [KV, T, d]
    kept: torch.Tensor | None = None  # bool [KV, T]; None: all
    bias: torch.Tensor | None = None  # [KV, T], added to the logits: log of the tokens that a row stands for

    def and_then(self, k, v):
        return Rows(torch.cat([self.k, k], 1), torch.cat([self.v, v], 1))


@dataclass
class Seen:
    """What attention of one layer was in one run."""

    layer: int
    q: torch.Tensor  # [H, n, d] before RoPE
    q_rotated: torch.Tensor  # [H, n, d]
    k: torch.Tensor  # [KV, n, d] before RoPE
    v: torch.Tensor  # [KV, n, d]
    weights: list  # of each KV head: [G, n, T + n]
    out: torch.Tensor  # [H, n, d]
    before: torch.Tensor  # [n, hidden], the residual stream
    after: torch.Tensor  # [n, hidden], with the attention output added


class Model:
    def __init__(self, file, threads=1):
        """file: a GGUF file of Llama's or Qwen2's architecture."""
        torch.set_num_threads(threads)
        where = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
        self.whole = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
        self.tokenizer = AutoTokenizer.from_pretrained(**where)
        config = self.whole.config
        self.layers = self.whole.model.layers
        self.n_layers = len(self.layers)
        self.H, self.KV = config.num_attention_heads, config.num_key_value_heads
        self.G = self.H // self.KV
        self.d = config.hidden_size // self.H
        self.eps = config.rms_norm_eps
        theta = config.rope_parameters["rope_theta"]
        self.frequencies = theta ** (-torch.arange(0, self.d, 2).float() / self.d)  # [d / 2]

    def tokens(self, text):
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def rotate(self, x, positions):
        """x [.., n, d] -> the same, rotated to its positions [n]."""
        angles = positions.float()[:, None] * self.frequencies
        angles = torch.cat([angles, angles], -1)  # [n, d]
        half = self.d // 2
        return x * angles.cos() + torch.cat([-x[..., half:], x[..., :half]], -1) * angles.sin()

    def norm(self, x, weight):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * weight

    def run(self, tokens, positions, cache=None, mask=None, outputs=None, on_layer=None):
        """
        tokens, positions: [n]. cache: Rows of every layer. mask: bool [n, n], which tokens of the run see which; None: causal.
        outputs: of which tokens log-probabilities are wanted; None: of none. on_layer: told what was Seen.
        Returns ([outputs, vocabulary] or None, [(k, v)] of every layer).
        """
        n = len(tokens)
        mask = torch.ones(n, n).tril().bool() if mask is None else mask
        blocked = torch.zeros(n, n).masked_fill(~mask, -torch.inf)
        x = self.whole.model.embed_tokens(tokens)
        made = []
        for i, layer in enumerate(self.layers):
            h = self.norm(x, layer.input_layernorm.weight)
            heads = lambda projection, count: projection(h).view(n, count, self.d).transpose(0, 1)
            a = layer.self_attn
            q, k, v = heads(a.q_proj, self.H), heads(a.k_proj, self.KV), heads(a.v_proj, self.KV)
            q_rotated, k_rotated = self.rotate(q, positions), self.rotate(k, positions)
            made.append((k_rotated, v))
            rows = cache[i] if cache else None
            out, weights = torch.empty(self.H, n, self.d), []
            for g in range(self.KV):
                mine = slice(g * self.G, (g + 1) * self.G)
                logits = q_rotated[mine] @ k_rotated[g].T / math.sqrt(self.d) + blocked
                values = v[g]
                if rows:
                    old = q_rotated[mine] @ rows.k[g].T / math.sqrt(self.d)
                    if rows.bias is not None:
                        old += rows.bias[g]
                    if rows.kept is not None:
                        old.masked_fill_(~rows.kept[g], -torch.inf)
                    logits, values = torch.cat([old, logits], -1), torch.cat([rows.v[g], v[g]])
                w = logits.softmax(-1)
                out[mine] = w @ values
                weights.append(w)
            before = x
            x = x + a.o_proj(out.transpose(0, 1).reshape(n, -1))
            if on_layer:
                on_layer(Seen(i, q, q_rotated, k, v, weights, out, before, x))
            x = x + layer.mlp(self.norm(x, layer.post_attention_layernorm.weight))
        if outputs is None:
            return None, made
        x = self.norm(x[outputs], self.whole.model.norm.weight)
        return self.whole.lm_head(x).log_softmax(-1), made
