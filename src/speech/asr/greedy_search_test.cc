#include "speech/asr/greedy_search.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <stop_token>

namespace sotto::asr {
namespace {

using testing::ElementsAre;

// Says the tokens of a script, one a step, as a model that is fairly sure would; then the end.
class ScriptedStepper final : public TokenStepper {
 public:
  explicit ScriptedStepper(std::vector<std::int64_t> script) : script_(std::move(script)) {}

  Result<std::span<const float>> next(const CallContext& context, std::int64_t token) override {
    SOTTO_TRY(context.check());
    fed.push_back(token);
    scores_.assign(50, 0.0F);
    scores_[static_cast<std::size_t>(step_ < script_.size() ? script_[step_] : 2)] = 10;
    ++step_;
    return std::span<const float>(scores_);
  }

  std::vector<std::int64_t> fed;

 private:
  std::vector<std::int64_t> script_;
  std::vector<float> scores_;
  std::size_t step_ = 0;
};

const CallContext kContext = CallContext::with_timeout(std::chrono::minutes(1));

TEST(GreedySearch, TakesTheBestTokensUntilTheEnd) {
  ScriptedStepper stepper({7, 9, 8});
  const auto hypothesis = search_greedily(kContext, stepper, 10).value();
  EXPECT_THAT(hypothesis.tokens, ElementsAre(7, 9, 8));
  EXPECT_THAT(stepper.fed, ElementsAre(1, 7, 9, 8));
  EXPECT_EQ(hypothesis.end, SearchEnd::kEndToken);
}

TEST(GreedySearch, TellsTheLogProbabilityOfEachToken) {
  ScriptedStepper stepper({7, 9});
  const auto hypothesis = search_greedily(kContext, stepper, 10).value();
  const double expected = 10 - std::log(std::exp(10.0) + 49);
  EXPECT_NEAR(hypothesis.log_probs[0], expected, 1e-5);
  EXPECT_NEAR(hypothesis.mean_log_prob(), expected, 1e-5);
}

TEST(GreedySearch, StopsAtTheBudgetOfTheSound) {
  std::vector<std::int64_t> script;
  for (std::int64_t i = 0; i < 40; ++i) script.push_back(3 + i);
  ScriptedStepper stepper(script);
  const auto hypothesis =
      search_greedily(kContext, stepper, 2, {.tokens_per_second_max = 5, .token_headroom = 3})
          .value();
  EXPECT_EQ(hypothesis.tokens.size(), 13U);
  EXPECT_EQ(hypothesis.end, SearchEnd::kBudget);
}

TEST(GreedySearch, KeepsTheTextUpToALoop) {
  std::vector<std::int64_t> script{30, 31};
  for (int i = 0; i < 10; ++i) script.insert(script.end(), {40, 41, 42, 43, 44});
  ScriptedStepper stepper(script);
  const auto hypothesis = search_greedily(kContext, stepper, 60).value();
  EXPECT_THAT(hypothesis.tokens, ElementsAre(30, 31, 40, 41, 42, 43, 44));
  EXPECT_EQ(hypothesis.log_probs.size(), 7U);
  EXPECT_EQ(hypothesis.end, SearchEnd::kLoop);
}

TEST(GreedySearch, LetsPeopleRepeatThemselves) {
  // "no no no no no no" and a sentence said twice.
  ScriptedStepper stepper({9, 9, 9, 9, 9, 9, 3, 4, 5, 6, 7, 8, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(search_greedily(kContext, stepper, 60).value().tokens.size(), 18U);
}

TEST(GreedySearch, EndsBetweenTwoTokensWhenStopped) {
  std::stop_source source;
  source.request_stop();
  ScriptedStepper stepper({7});
  EXPECT_EQ(search_greedily(kContext.with_stop(source.get_token()), stepper, 10).error().reason(),
            "base.cancelled");
  EXPECT_TRUE(stepper.fed.empty());
}

TEST(GreedySearch, AnEmptyHypothesisHasNoLogProbability) {
  ScriptedStepper stepper({});
  const auto hypothesis = search_greedily(kContext, stepper, 10).value();
  EXPECT_TRUE(hypothesis.tokens.empty());
  EXPECT_EQ(hypothesis.mean_log_prob(), 0);
}

TEST(LogSumExp, AgreesWithTheExactSum) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 8);
  for (const std::size_t size : {1U, 15U, 16U, 33U, 32'768U}) {
    std::vector<float> scores(size);
    for (float& score : scores) score = normal(random);
    const float best = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    for (const float score : scores) sum += std::exp(static_cast<double>(score - best));
    EXPECT_NEAR(log_sum_exp_above(scores, best), std::log(sum), 1e-4) << size;
  }
}

TEST(LogSumExp, BearsScoresFarApartAndNotANumber) {
  const std::vector<float> scores{0, -1e30F, -200, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_NEAR(log_sum_exp_above(scores, 0), 0, 1e-6);
}

}  // namespace
}  // namespace sotto::asr
