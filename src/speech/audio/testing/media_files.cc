#include "speech/audio/testing/media_files.h"

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sotto::audio {

double Decoded::seconds() const {
  const std::size_t frame_count = samples.size() / info.output_channels;
  return static_cast<double>(frame_count) / kSampleRate;
}

double Decoded::level(double from_s, double to_s, std::size_t channel) const {
  const std::size_t channels = info.output_channels;
  double sum = 0;
  std::size_t count = 0;
  const auto to = static_cast<std::size_t>(to_s * kSampleRate);
  for (auto i = static_cast<std::size_t>(from_s * kSampleRate); i < to; ++i, ++count) {
    if (i * channels + channel >= samples.size()) break;
    const double sample = samples[i * channels + channel];
    sum += sample * sample;
  }
  return count > 0 ? std::sqrt(sum / static_cast<double>(count)) : 0.0;
}

MediaHelperOptions built_helper() {
  const char* folder = std::getenv("SOTTO_BINARY_DIR");
  SOTTO_CHECK(folder != nullptr);
  return {.program = std::filesystem::path(folder) / "sotto-media"};
}

CallContext soon() { return CallContext::with_timeout(std::chrono::minutes(2)); }

void make_file(const std::vector<std::string>& arguments, const std::filesystem::path& output) {
  std::vector<std::string> all = {"ffmpeg", "-v", "error", "-nostdin", "-y"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.push_back(output.native());
  const auto result =
      runtime::run_command(soon(), {.arguments = all, .capture_error = true}, 10'000);
  ASSERT_TRUE(result) << result.error().describe();
  ASSERT_TRUE(result->exit.success()) << output << ": " << result->output;
}

runtime::ChildProcess cat(const std::filesystem::path& file) {
  return runtime::ChildProcess::start({.arguments = {"cat", file.native()}, .capture_output = true})
      .value();
}

Result<Decoded> decode(MediaHelper& helper, ByteSource& source, const DecodeOptions& options) {
  const CallContext context = soon();
  SOTTO_ASSIGN(auto stream, AudioStream::open(context, helper, source, options));
  Decoded decoded{.info = stream->info()};
  std::vector<float> buffer(std::size_t{10'000} * decoded.info.output_channels);
  for (;;) {
    SOTTO_ASSIGN(const std::size_t frames, stream->read(context, buffer));
    if (frames == 0) break;
    decoded.samples.insert(
        decoded.samples.end(), buffer.begin(),
        buffer.begin() + static_cast<std::ptrdiff_t>(frames * decoded.info.output_channels));
  }
  SOTTO_ASSIGN(decoded.summary, stream->finish());
  return decoded;
}

Result<Decoded> decode_file(MediaHelper& helper, const std::filesystem::path& file,
                            const DecodeOptions& options) {
  SOTTO_ASSIGN(auto source, open_source(file, {}));
  return decode(helper, *source, options);
}

Result<Decoded> decode_pipe(MediaHelper& helper, const std::filesystem::path& file,
                            const DecodeOptions& options) {
  const runtime::ChildProcess writer = cat(file);
  SOTTO_ASSIGN(auto source, open_source(runtime::UniqueFd(::dup(writer.output().get())), {}));
  return decode(helper, *source, options);
}

}  // namespace sotto::audio
