#include <benchmark/benchmark.h>
#include <span>
#include <string>
#include <vector>

#include "platform/crypto/key_ring.h"
#include "platform/crypto/password_hash.h"
#include "platform/crypto/stream.h"
#include "platform/crypto/testing/memory_stream.h"
#include "platform/crypto/token.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t kSize = std::size_t{8} << 20;

CallContext for_ever() { return {CallContext::kNoDeadline, {}}; }

Key some_key() {
  SeededRandom random;
  return Key::make(random);
}

/// Takes what it is given, so that encryption alone is measured.
class Nowhere final : public StreamSink {
 public:
  Result<> write(const CallContext& /*context*/, std::span<const std::byte> bytes) override {
    benchmark::DoNotOptimize(bytes.data());
    return {};
  }
};

void seal(StreamSink& sink, std::span<const std::byte> plain) {
  SeededRandom random;
  auto writer = StreamWriter::create(for_ever(), some_key(), random, sink);
  SOTTO_CHECK((*writer)->append(for_ever(), plain));
  SOTTO_CHECK((*writer)->finish(for_ever()));
}

void seal_stream(benchmark::State& state) {
  const std::vector<std::byte> plain(kSize);
  Nowhere sink;
  for (auto _ : state) seal(sink, plain);
  state.SetBytesProcessed(static_cast<std::int64_t>(kSize) * state.iterations());
}
BENCHMARK(seal_stream);

void open_stream(benchmark::State& state) {
  std::vector<std::byte> plain(kSize);
  MemoryStream source;
  seal(source, plain);
  for (auto _ : state) {
    const auto reader = StreamReader::open(for_ever(), some_key(), source);
    SOTTO_CHECK((*reader)->read(for_ever(), 0, plain));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(kSize) * state.iterations());
}
BENCHMARK(open_stream);

void wrap_and_unwrap_a_key(benchmark::State& state) {
  const KeyRing ring(some_key());
  const Key key = some_key();
  SystemRandom random;
  for (auto _ : state)
    SOTTO_CHECK(ring.unwrap(ring.wrap(key, "recording 7", random), "recording 7"));
}
BENCHMARK(wrap_and_unwrap_a_key);

void check_a_token(benchmark::State& state) {
  SystemRandom random;
  const Key key = some_key();
  const Secret token = make_token("sotto_k_", random);
  for (auto _ : state) {
    SOTTO_CHECK(parse_token("sotto_k_", token.reveal()));
    benchmark::DoNotOptimize(hash_token(key, token.reveal()));
  }
}
BENCHMARK(check_a_token);

void hash_a_password(benchmark::State& state) {
  const auto hasher = PasswordHasher::create({});
  const Secret password("open sesame");
  for (auto _ : state) SOTTO_CHECK((*hasher)->hash(for_ever(), password));
}
BENCHMARK(hash_a_password)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sotto::crypto
