#include "speech/asr/greedy_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace sotto::asr {
namespace {

// How often a run of so many tokens may stand in a row. People do say "no, no, no, no" and sing
// refrains; they do not say twelve tokens four times within one breath.
struct LoopRule {
  std::size_t period_max;
  std::size_t repeats_max;
};
constexpr LoopRule kLoopRules[] = {{1, 8}, {3, 6}, {24, 3}};

std::size_t repeats_at_end(std::span<const std::int64_t> tokens, std::size_t period) {
  std::size_t matching = 0;
  while (matching + period < tokens.size() &&
         tokens[tokens.size() - 1 - matching] == tokens[tokens.size() - 1 - matching - period]) {
    ++matching;
  }
  return matching / period + 1;
}

// exp(x) for x <= 0 within 2e-7 of the true value, without a branch or a call, so that the compiler
// turns the loop over a vocabulary into vector code.
inline float exp_negative(float x) {
  x = x > -87.0F ? x : -87.0F;  // Also what a damaged model's NaN becomes.
  const float scaled = x * 1.44269504F;
  const auto whole = static_cast<float>(static_cast<std::int32_t>(scaled - 0.5F));
  const float part = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  // Minimax polynomial of exp on +-ln(2)/2, from Cephes' expf.
  float y = 1.9875691500e-4F;
  y = y * part + 1.3981999507e-3F;
  y = y * part + 8.3334519073e-3F;
  y = y * part + 4.1665795894e-2F;
  y = y * part + 1.6666665459e-1F;
  y = y * part + 5.0000001201e-1F;
  y = y * part * part + part + 1.0F;
  return y * std::bit_cast<float>((static_cast<std::int32_t>(whole) + 127) << 23);
}

constexpr std::size_t kLanes = 16;

std::size_t index_of_best(std::span<const float> scores) {
  // The maximum first and its place afterwards: the first part is vector code, and max_element with
  // its running index is not.
  std::array<float, kLanes> best{};
  best.fill(scores[0]);
  std::size_t i = 0;
  for (; i + kLanes <= scores.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      best[lane] = scores[i + lane] > best[lane] ? scores[i + lane] : best[lane];
    }
  }
  float top = *std::max_element(best.begin(), best.end());
  for (; i < scores.size(); ++i) top = std::max(top, scores[i]);
  const auto found = std::find(scores.begin(), scores.end(), top);
  return found == scores.end() ? 0 : static_cast<std::size_t>(found - scores.begin());
}

}  // namespace

double Hypothesis::mean_log_prob() const {
  if (log_probs.empty()) return 0;
  return std::accumulate(log_probs.begin(), log_probs.end(), 0.0) /
         static_cast<double>(log_probs.size());
}

float log_sum_exp_above(std::span<const float> scores, float best) {
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= scores.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += exp_negative(scores[i + lane] - best);
    }
  }
  float sum = std::accumulate(sums.begin(), sums.end(), 0.0F);
  for (; i < scores.size(); ++i) sum += exp_negative(scores[i] - best);
  return std::log(sum);
}

std::size_t size_without_loop(std::span<const std::int64_t> tokens) {
  std::size_t period = 1;
  for (const LoopRule& rule : kLoopRules) {
    for (; period <= rule.period_max; ++period) {
      const std::size_t repeats = repeats_at_end(tokens, period);
      if (repeats > rule.repeats_max) return tokens.size() - (repeats - 1) * period;
    }
  }
  return tokens.size();
}

Result<Hypothesis> search_greedily(const CallContext& context, TokenStepper& stepper,
                                   double audio_seconds, const GreedyOptions& options) {
  const std::size_t budget =
      static_cast<std::size_t>(std::max(0.0, audio_seconds) * options.tokens_per_second_max) +
      options.token_headroom;
  Hypothesis hypothesis;
  std::int64_t token = options.start_token;
  while (hypothesis.tokens.size() < budget) {
    SOTTO_TRY(context.check());
    SOTTO_ASSIGN(const std::span<const float> scores, stepper.next(context, token));
    const std::size_t best = index_of_best(scores);
    token = static_cast<std::int64_t>(best);
    if (token == options.end_token) return hypothesis;
    hypothesis.tokens.push_back(token);
    hypothesis.log_probs.push_back(-log_sum_exp_above(scores, scores[best]));
    if (const std::size_t size = size_without_loop(hypothesis.tokens);
        size < hypothesis.tokens.size()) {
      hypothesis.tokens.resize(size);
      hypothesis.log_probs.resize(size);
      hypothesis.end = SearchEnd::kLoop;
      return hypothesis;
    }
  }
  hypothesis.end = SearchEnd::kBudget;
  return hypothesis;
}

}  // namespace sotto::asr
