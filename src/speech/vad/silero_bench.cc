// What one window of 32 ms costs, in kernels of our own and through ONNX Runtime.

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "speech/vad/onnx_silero_vad.h"
#include "speech/vad/silero_vad.h"

namespace {

using namespace sotto;

std::filesystem::path model_file() {
  const char* folder = std::getenv("SOTTO_MODELS");
  SOTTO_CHECK(folder != nullptr);
  return std::filesystem::path(folder) / "silero-vad/silero_vad_v6.onnx";
}

void measure(benchmark::State& state, vad::Vad& vad) {
  std::vector<float> window(vad.window_samples());
  for (std::size_t i = 0; i < window.size(); ++i) window[i] = i % 50 < 25 ? 0.1F : -0.1F;
  const CallContext context = CallContext::with_timeout(std::chrono::minutes(5));
  for (auto _ : state) benchmark::DoNotOptimize(vad.score(context, window).value());
  state.counters["times_real_time"] =
      benchmark::Counter(static_cast<double>(state.iterations() * 512) / vad::kSampleRate,
                         benchmark::Counter::kIsRate);
}

void BM_SileroOwn(benchmark::State& state) {
  vad::SileroVad vad(vad::SileroVad::Model::create(model_file()).value());
  measure(state, vad);
}
BENCHMARK(BM_SileroOwn)->Unit(benchmark::kMicrosecond);

void BM_SileroOnnx(benchmark::State& state) {
  const auto runtime = infer::Runtime::create().value();
  vad::OnnxSileroVad vad(vad::OnnxSileroVad::Model::create(*runtime, model_file()).value());
  measure(state, vad);
}
BENCHMARK(BM_SileroOnnx)->Unit(benchmark::kMicrosecond);

}  // namespace
