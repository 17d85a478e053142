#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace sotto::asr {

/// One hypothesis in the making: feeds a token, gives the scores of the next. The state behind it
/// (the attention cache) grows by one token a call.
class TokenStepper {
 public:
  virtual ~TokenStepper() = default;
  /// Unnormalised scores, one a token id; valid until the next call. Never empty.
  virtual Result<std::span<const float>> next(const CallContext& context, std::int64_t token) = 0;
};

struct GreedyOptions {
  std::int64_t start_token = 1;
  std::int64_t end_token = 2;
  /// Speech has about 3.3 tokens a second; Moonshine's authors stop at 6.5.
  double tokens_per_second_max = 6.5;
  /// Added to the budget: a one-second "eight of spades" has 6 tokens and punctuation.
  std::size_t token_headroom = 8;
};

enum class SearchEnd : std::uint8_t {
  kEndToken,  ///< The model said that it is done.
  kBudget,    ///< More tokens than the audio can hold.
  kLoop,      ///< The same words again and again; cut after the first time.
};

struct Hypothesis {
  std::vector<std::int64_t> tokens;  ///< Without the start and the end token.
  std::vector<float> log_probs;      ///< Natural log, one a token.
  SearchEnd end = SearchEnd::kEndToken;

  /// Mean of log_probs; 0 where there are none.
  double mean_log_prob() const;
};

/// Takes the best token at every step, until the model ends it, the budget for `audio_seconds` is
/// used, or a loop shows. Looks at the context before every token.
Result<Hypothesis> search_greedily(const CallContext& context, TokenStepper& stepper,
                                   double audio_seconds, const GreedyOptions& options = {});

/// Where the run at the end of `tokens` that repeats too often began, plus one period: how many
/// tokens to keep. The whole size where there is no loop.
std::size_t size_without_loop(std::span<const std::int64_t> tokens);

/// The natural log of the sum of exp(scores), less `best`, which must be their maximum: the
/// negative log-probability of the best token.
float log_sum_exp_above(std::span<const float> scores, float best);

}  // namespace sotto::asr
