// Runs the ledger with merging on rows that hold, instead of keys and values, the tokens they are made of: what the
// compactor would do to numbers is done to lists of shares. For tests.
#include "arguments.h"
#include "ledger.h"
#include "simulate.h"

#include <algorithm>
#include <memory>
#include <string>

namespace {

constexpr uint32_t most_tokens = 20'000;
constexpr uint32_t most_lanes  = 8;

struct part {
    uint32_t token; // from 1
    double   share;
};

// One row: the parts of its mean, and the position its key is rotated to.
struct row {
    std::vector<part> parts;
    int32_t           rot = 0;
};

[[noreturn]] void broken(Napi::Env env, const char * what) { throw Napi::Error::New(env, what); }

void merge_rows(Napi::Env env, std::vector<row> & rows, const bonsai::merging & m) {
    std::vector<row> sums;
    for (size_t i = 0; i < m.heir.size(); ++i) {
        sums.push_back(rows[size_t(m.heir[i])]);
        for (auto & p : sums[i].parts) {
            p.share *= m.own[i];
        }
    }
    size_t v = 0;
    for (uint32_t round : m.rounds) {
        for (size_t i = 0; i < round; ++i, ++v) {
            const row & victim = rows[size_t(m.victim[v])];
            if (victim.rot + m.turn[v] != sums[i].rot) {
                broken(env, "a key was not rotated to its heir's position");
            }
            for (const auto & p : victim.parts) {
                sums[i].parts.push_back({ p.token, p.share * m.share[v] });
            }
        }
    }
    if (v != m.victim.size()) {
        broken(env, "the rounds do not add up to the victims");
    }
    for (size_t i = 0; i < m.heir.size(); ++i) {
        rows[size_t(m.heir[i])] = std::move(sums[i]);
    }
}

void move_rows(std::vector<row> & rows, const bonsai::group_moves & m, uint32_t first_resident) {
    std::vector<row> moved;
    for (int32_t from : m.from) {
        moved.push_back(rows[size_t(from)]);
    }
    for (size_t i = 0; i < moved.size(); ++i) {
        rows[size_t(m.to[i])] = std::move(moved[i]);
    }
    for (size_t i = 0; i < m.delta.size(); ++i) {
        rows[first_resident + i].rot += m.delta[i];
    }
}

} // namespace

// simulateMerging({policy, capacity, sinks, recent, cursor, block = 1, outliers = 0, staging, lanes = 1, ranked = false,
// merge = true, scores?}, total) -> per lane [{token, mass, tokens: number[], shares: number[]}] in time order, after a
// compaction of all `total` tokens. scores: Float32Array, fixed, of token t at t - 1; they are novelty as well.
Napi::Value simulate_merging(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const arguments::options o = { arguments::object(info[0], "options") };
    const uint32_t total = arguments::count(info[1], "total", 1, most_tokens);
    const Napi::Value given = o.from.Get("scores");
    const std::vector<float> scores = given.IsUndefined() ? std::vector<float>() : arguments::floats(given, "scores", most_tokens);
    if (!scores.empty() && scores.size() != total) {
        throw Napi::RangeError::New(env, "scores must hold one number per token");
    }
    auto layout = std::make_shared<bonsai::ledger_layout>();
    const std::string name = o.text("policy");
    layout->evict = bonsai::find_policy(name);
    if (!layout->evict || !layout->evict->evicts()) {
        throw Napi::RangeError::New(env, "there is no policy '" + name + "' that evicts");
    }
    layout->rank_by = bonsai::find_score(scores.empty() ? "none" : "keydiff");
    layout->staging = o.count("staging", 1, most_tokens);
    layout->merge   = o.flag_or("merge", true);
    layout->stagger = false;
    bonsai::group_layout group;
    group.n_lanes        = o.count_or("lanes", 1, 1, most_lanes);
    group.shape.capacity = o.count("capacity", 1, most_tokens);
    group.shape.sinks    = o.count("sinks", 0, group.shape.capacity);
    group.shape.recent   = o.count("recent", 0, group.shape.capacity);
    group.shape.block    = o.count_or("block", 1, 1, most_tokens);
    group.shape.outliers = o.count_or("outliers", 0, 0, group.shape.capacity);
    group.weight = 1;
    layout->groups.push_back(group);
    layout->n_masks = 1;
    layout->least_capacity = group.shape.capacity;

    bonsai::ledger ledger(layout);
    ledger.ranked = o.flag_or("ranked", false);
    const uint32_t cursor = o.count("cursor", 0, most_tokens);
    for (auto & lane : ledger.lanes[0]) {
        lane.state.cursor = cursor;
    }
    const size_t n_rows = layout->rows(0);
    std::vector<row> rows(n_rows * group.n_lanes); // row * n_lanes + lane, as a device has them
    const auto compact = [&] {
        bonsai::group_signals signals;
        signals.n_rows = n_rows;
        for (uint32_t h = 0; !scores.empty() && h < group.n_lanes; ++h) {
            std::vector<float> of(n_rows, 0.0f);
            for (const auto * entries : { &ledger.lanes[0][h].order, &ledger.staged }) {
                for (const auto & e : *entries) {
                    of[size_t(e.row)] = scores[size_t(e.pos)];
                }
            }
            signals.novelty.insert(signals.novelty.end(), of.begin(), of.end());
        }
        for (const auto & moves : ledger.compact(scores.empty() ? std::vector<bonsai::group_signals>() : std::vector<bonsai::group_signals>{ signals })) {
            merge_rows(env, rows, moves.merged);
            move_rows(rows, moves, layout->staging * group.n_lanes);
        }
    };
    for (int32_t pos = 0; pos < int32_t(total); ++pos) {
        if (ledger.must_compact(1)) {
            compact();
        }
        int32_t rot = 0;
        const uint32_t at = ledger.append(&pos, &rot, 1);
        ledger.settle();
        for (uint32_t h = 0; h < group.n_lanes; ++h) {
            rows[size_t(at) * group.n_lanes + h] = { { { uint32_t(pos) + 1, 1.0 } }, rot };
        }
    }
    compact();

    auto out = Napi::Array::New(env, group.n_lanes);
    for (uint32_t h = 0; h < group.n_lanes; ++h) {
        auto lane = Napi::Array::New(env);
        for (const auto & e : ledger.lanes[0][h].order) {
            const row & r = rows[size_t(e.row) * group.n_lanes + h];
            if (r.rot != e.rot) {
                broken(env, "a key is not rotated as the ledger believes");
            }
            auto tokens = Napi::Array::New(env), shares = Napi::Array::New(env);
            for (const auto & p : r.parts) {
                tokens.Set(tokens.Length(), p.token);
                shares.Set(shares.Length(), p.share);
            }
            auto item = Napi::Object::New(env);
            item.Set("token", double(e.pos + 1));
            item.Set("mass", e.mass);
            item.Set("tokens", tokens);
            item.Set("shares", shares);
            lane.Set(lane.Length(), item);
        }
        out.Set(h, lane);
    }
    return out;
}
