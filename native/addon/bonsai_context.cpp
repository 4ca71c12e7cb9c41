#include "bonsai_context.h"

#include "arguments.h"

#include <stdexcept>
#include <vector>

// What bonsai_options points to lives as long as the context.
struct bonsai_context::options {
    std::string           policy, positions, score;
    std::vector<uint32_t> budgets;
    bonsai_options        plain = {};
};

bonsai_context::bonsai_context() = default;
bonsai_context::~bonsai_context() = default;

void bonsai_context::ask(const Napi::Value & value) {
    if (value.IsNull() || value.IsUndefined()) {
        asked.reset();
        return;
    }
    const arguments::options from{ arguments::object(value, "the options of the bounded cache") };
    auto read = std::make_unique<options>();
    read->policy    = from.text("policy");
    read->positions = from.text("positions");
    read->score     = from.text_or("score", "none");
    read->budgets   = arguments::counts(from.from.Get("budgets"), "budgets", arguments::max_layers);
    const std::string gqa = from.text_or("gqa", "mean");
    if (read->positions != "auto" && read->positions != "original" && read->positions != "rank") {
        throw Napi::RangeError::New(value.Env(), "positions must be one of auto, original, rank");
    }
    if (gqa != "mean" && gqa != "max") {
        throw Napi::RangeError::New(value.Env(), "gqa must be mean or max");
    }
    bonsai_options & o = read->plain;
    o.policy        = read->policy.c_str();
    o.positions     = read->positions.c_str();
    o.budgets       = read->budgets.data();
    o.n_budgets     = read->budgets.size();
    o.staging       = from.count("staging", 0, UINT32_MAX);
    o.sinks         = from.count("sinks", 0, UINT32_MAX);
    o.recent_share  = float(from.number_or("recentShare", 0.5));
    o.block         = from.count_or("block", 1, 0, UINT32_MAX);
    o.stagger       = from.flag_or("stagger", true);
    o.score         = read->score.c_str();
    o.outlier_share = float(from.number_or("outlierShare", 0.5));
    o.samples       = from.count_or("samples", 8, 1, UINT32_MAX);
    o.min_seen      = from.count_or("minSeen", 1, 0, UINT32_MAX);
    o.gqa_max       = gqa == "max";
    o.merge         = from.flag_or("merge", false);
    if (const char * complaint = bonsai_get_api()->check(&o)) {
        throw Napi::RangeError::New(value.Env(), complaint);
    }
    asked = std::move(read);
}

llama_context * bonsai_context::create(llama_model * model, const llama_context_params & params) {
    llama_context * context = nullptr;
    bonsai_created created;
    if (const char * why = bonsai_get_api()->create(asked ? &asked->plain : nullptr, model, &params, &context, &created)) {
        throw std::runtime_error(why);
    }
    handle = created.handle;
    notice = created.notice;
    return context;
}

void bonsai_context::publish(Napi::Object context) const {
    auto bonsai = Napi::Object::New(context.Env());
    bonsai.Set("handle", double(handle));
    bonsai.Set("notice", notice);
    context.Set("bonsai", bonsai);
}
