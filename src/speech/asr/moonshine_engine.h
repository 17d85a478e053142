#pragma once

#include <filesystem>
#include <memory>

#include "platform/infer/runtime.h"
#include "speech/asr/engine.h"
#include "speech/asr/greedy_search.h"
#include "speech/asr/moonshine_model.h"
#include "speech/asr/sentence_split.h"
#include "speech/asr/tokenizer.h"

namespace sotto::asr {

/// When a hypothesis is taken for what it is: words made up on a sound without any.
struct GateOptions {
  /// Mean log-probability below which nothing was said.
  double mean_log_prob_min = -1.5;
};

struct MoonshineOptions {
  /// Trained on up to 30 s; LibriSpeech's longest utterance, 35 s, still comes out whole.
  double segment_seconds_max = 40;
  GreedyOptions search;
  GateOptions gate;
  SentenceSplitOptions sentences;
};

/// Moonshine, English: sound to sentences.
class MoonshineEngine final : public Engine {
 public:
  /// Loads the model and llama-tokenizer.js of `folder`. Errors: those of MoonshineModel::create
  /// and Tokenizer::load.
  static Result<std::unique_ptr<Engine>> create(const infer::Runtime& runtime,
                                                const std::filesystem::path& folder,
                                                const MoonshineOptions& options = {});

  Result<> accepts(const AudioSegment& segment, const DecodeOptions& options) const override;
  Result<Recognition> recognize(const CallContext& context, const AudioSegment& segment,
                                const DecodeOptions& options) const override;

 private:
  MoonshineEngine(std::unique_ptr<MoonshineModel> model, Tokenizer tokenizer,
                  const MoonshineOptions& options);
  std::vector<transcript::Segment> to_segments(const AudioSegment& audio,
                                               const Hypothesis& hypothesis) const;

  std::unique_ptr<MoonshineModel> model_;
  Tokenizer tokenizer_;
  MoonshineOptions options_;
};

}  // namespace sotto::asr
