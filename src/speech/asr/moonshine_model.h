#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "platform/infer/session.h"
#include "speech/asr/greedy_search.h"

namespace sotto::asr {

/// Moonshine's two networks (Jeffries et al., arXiv:2410.15608; ONNX as in moonshine-js): sound to
/// states, then one token at a time with a cache. Tensors in, tensors out; sizes are read from the
/// files, so base and tiny are the same code. Any number of threads at once.
class MoonshineModel {
 public:
  /// Loads encoder_model.onnx and decoder_model_merged.onnx of `folder` side by side. Errors: those
  /// of infer::Session::create, "asr.model_mismatch" (a model, but not Moonshine's).
  static Result<std::unique_ptr<MoonshineModel>> create(const infer::Runtime& runtime,
                                                        const std::filesystem::path& folder);

  /// States of 16 kHz sound, [1, frames, width]. Very short sound is continued with silence.
  Result<infer::Tensor> encode(const CallContext& context, std::span<const float> samples) const;

  /// A new hypothesis over `states`. The model must outlive it; one thread.
  std::unique_ptr<TokenStepper> start(infer::Tensor states) const;

  /// How many token ids the decoder scores.
  std::size_t token_count() const { return token_count_; }

 private:
  class Stepper;
  // One attention cache: what the decoder takes it in as and gives it back as.
  struct Cache {
    std::string past;
    std::string present;
    infer::Shape empty_shape;
    // Keys and values of the sound are the same at every token: given back once, then kept.
    bool is_of_sound = false;
  };

  MoonshineModel(std::unique_ptr<infer::Session> encoder, std::unique_ptr<infer::Session> decoder);
  Result<> read_ports();

  std::unique_ptr<infer::Session> encoder_;
  std::unique_ptr<infer::Session> decoder_;
  std::vector<Cache> caches_;
  std::vector<const char*> first_outputs_;
  std::vector<const char*> later_outputs_;
  std::size_t token_count_ = 0;
};

}  // namespace sotto::asr
