// What a short file costs through the warm fork server, against a server started for every file;
// and how fast FLAC is decoded, pipe and all. sotto-media lies beside this program.

#include <benchmark/benchmark.h>
#include <filesystem>
#include <vector>

#include "platform/runtime/child_process.h"
#include "speech/audio/audio_stream.h"

namespace {

using namespace sotto;
using namespace sotto::audio;

MediaHelperOptions helper_options() {
  return {.program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sotto-media"};
}

CallContext soon() { return CallContext::with_timeout(std::chrono::minutes(5)); }

std::filesystem::path make_file(const char* name, const char* seconds) {
  const auto path = std::filesystem::temp_directory_path() / name;
  const auto made = runtime::run_command(
      soon(),
      {.arguments = {"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                     std::string("anoisesrc=a=0.1:r=44100:d=") + seconds, "-ac", "2", path}},
      1000);
  SOTTO_CHECK(made && made->exit.success());
  return path;
}

std::size_t decode(MediaHelper& helper, const std::filesystem::path& path) {
  const auto source = open_source(path, {}).value();
  auto stream = AudioStream::open(soon(), helper, *source, {}).value();
  std::vector<float> buffer(16'000);
  std::size_t total = 0;
  for (;;) {
    const std::size_t count = stream->read(soon(), buffer).value();
    if (count == 0) return total;
    total += count;
  }
}

void BM_ShortFileThroughWarmServer(benchmark::State& state) {
  const auto path = make_file("sotto-bench-short.flac", "1");
  MediaHelper helper(helper_options());
  decode(helper, path);
  for (auto _ : state) benchmark::DoNotOptimize(decode(helper, path));
}
BENCHMARK(BM_ShortFileThroughWarmServer)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_ShortFileThroughNewServer(benchmark::State& state) {
  const auto path = make_file("sotto-bench-short.flac", "1");
  for (auto _ : state) {
    MediaHelper helper(helper_options());
    benchmark::DoNotOptimize(decode(helper, path));
  }
}
BENCHMARK(BM_ShortFileThroughNewServer)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_FlacStereo44100(benchmark::State& state) {
  const auto path = make_file("sotto-bench-long.flac", "120");
  MediaHelper helper(helper_options());
  double seconds = 0;
  for (auto _ : state) seconds += static_cast<double>(decode(helper, path)) / kSampleRate;
  state.counters["times_real_time"] = benchmark::Counter(seconds, benchmark::Counter::kIsRate);
}
BENCHMARK(BM_FlacStereo44100)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
