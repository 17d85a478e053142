#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <stop_token>
#include <vector>

#include "speech/vad/vad.h"

namespace sotto::vad {

/// What every Vad keeps, fakes included. A maker has `static std::unique_ptr<Vad> make()`, which
/// gives null where the model is not at hand: the case is skipped then.
template <typename Maker>
class VadContract : public testing::Test {
 protected:
  void SetUp() override {
    vad_ = Maker::make();
    if (vad_ == nullptr) GTEST_SKIP() << "SOTTO_MODELS is not set";
  }

  std::vector<float> window(float level) const {
    std::vector<float> samples(vad_->window_samples());
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i % 7 < 3 ? level : -level;
    return samples;
  }
  float score(float level) { return vad_->score(context_, window(level)).value(); }

  std::unique_ptr<Vad> vad_;
  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
};

TYPED_TEST_SUITE_P(VadContract);

TYPED_TEST_P(VadContract, ScoresAreProbabilities) {
  for (const float level : {0.0F, 0.001F, 0.3F, 1.0F}) {
    EXPECT_GE(this->score(level), 0) << level;
    EXPECT_LE(this->score(level), 1) << level;
  }
}

TYPED_TEST_P(VadContract, HearsNoSpeechInSilence) {
  for (int i = 0; i < 50; ++i) EXPECT_LT(this->score(0), 0.2F) << i;
}

TYPED_TEST_P(VadContract, ResetForgetsTheStream) {
  std::vector<float> first;
  for (const float level : {0.1F, 0.5F, 0.2F}) first.push_back(this->score(level));
  this->vad_->reset();
  std::vector<float> again;
  for (const float level : {0.1F, 0.5F, 0.2F}) again.push_back(this->score(level));
  EXPECT_EQ(first, again);
}

TYPED_TEST_P(VadContract, EndsWithItsContext) {
  std::stop_source source;
  source.request_stop();
  const auto result =
      this->vad_->score(this->context_.with_stop(source.get_token()), this->window(0));
  EXPECT_EQ(result.error().reason(), "base.cancelled");
}

REGISTER_TYPED_TEST_SUITE_P(VadContract, ScoresAreProbabilities, HearsNoSpeechInSilence,
                            ResetForgetsTheStream, EndsWithItsContext);

}  // namespace sotto::vad
