#include "media/protocol/messages.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace sotto::media {
namespace {

// Kinds are written once: a removed one is never given again within a protocol version.
enum class Kind : std::uint8_t {
  kHello = 1,
  kStartJob = 2,
  kKillJob = 3,
  kJobEnded = 4,
  kOpen = 16,
  kData = 17,
  kSeekable = 18,
  kRead = 32,
  kNeedSeek = 33,
  kInfo = 34,
  kPcm = 35,
  kDone = 36,
  kFailed = 37,
};

constexpr std::uint64_t kOffsetMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kExtensionMax = 16;

Error violation(const char* what) {
  return Error(ErrorCode::kInternal, "media.protocol_violation",
               "The media decoder and Sotto did not understand each other.")
      .with_detail(what);
}

class Writer {
 public:
  explicit Writer(Kind kind) { integer(static_cast<std::uint8_t>(kind)); }

  template <typename T>
  void integer(T value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      packet_.push_back(static_cast<std::byte>(bits & 0xFF));
      if constexpr (sizeof(T) > 1) bits = static_cast<std::make_unsigned_t<T>>(bits >> 8);
    }
  }
  void boolean(bool value) { integer(static_cast<std::uint8_t>(value ? 1 : 0)); }
  template <typename T>
  void optional(const std::optional<T>& value) {
    boolean(value.has_value());
    if (value) integer(*value);
  }
  void blob(std::span<const std::byte> bytes) {
    SOTTO_CHECK(bytes.size() <= kPayloadMax);
    integer(static_cast<std::uint32_t>(bytes.size()));
    packet_.insert(packet_.end(), bytes.begin(), bytes.end());
  }
  void text(const std::string& value) {
    blob(std::as_bytes(std::span(value)).first(std::min(value.size(), kTextMax)));
  }
  std::vector<std::byte> take() { return std::move(packet_); }

 private:
  std::vector<std::byte> packet_;
};

/// Reads fields in order; after the first field that is not there, every other is empty too and
/// finish() refuses the packet. So decoding needs one check, at its end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> packet) : rest_(packet) {}

  template <typename T>
  T integer() {
    if (rest_.size() < sizeof(T)) {
      fail();
      return T{};
    }
    std::make_unsigned_t<T> bits = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      if constexpr (sizeof(T) > 1) bits = static_cast<std::make_unsigned_t<T>>(bits << 8);
      bits = static_cast<std::make_unsigned_t<T>>(bits | std::to_integer<std::uint8_t>(rest_[i]));
    }
    rest_ = rest_.subspan(sizeof(T));
    return static_cast<T>(bits);
  }
  /// An integer that lies within [low, high].
  template <typename T>
  T within(T low, T high) {
    const T value = integer<T>();
    if (value < low || value > high) {
      fail();
      return low;
    }
    return value;
  }
  bool boolean() { return within<std::uint8_t>(0, 1) == 1; }
  std::span<const std::byte> blob(std::size_t size_max) {
    const std::size_t size = integer<std::uint32_t>();
    if (size > size_max || size > rest_.size()) {
      fail();
      return {};
    }
    const auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  std::vector<std::byte> bytes() {
    const auto view = blob(kPayloadMax);
    return {view.begin(), view.end()};
  }
  std::string text(std::size_t size_max = kTextMax) {
    const auto view = blob(size_max);
    return {reinterpret_cast<const char*>(view.data()), view.size()};
  }
  std::optional<std::uint64_t> optional_offset() {
    if (!boolean()) return std::nullopt;
    return within<std::uint64_t>(0, kOffsetMax);
  }
  std::optional<std::int64_t> optional_milliseconds() {
    if (!boolean()) return std::nullopt;
    return integer<std::int64_t>();
  }

  template <typename Message, typename Any>
  Result<Any> finish(Message message) {
    if (failed_) return violation("a field is missing or outside its range");
    if (!rest_.empty()) return violation("bytes after the last field");
    return Any(std::move(message));
  }

 private:
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  std::span<const std::byte> rest_;
  bool failed_ = false;
};

struct Encoder {
  std::vector<std::byte> operator()(const Hello& message) const {
    Writer writer(Kind::kHello);
    writer.integer(message.version);
    return writer.take();
  }
  std::vector<std::byte> operator()(const StartJob& message) const {
    Writer writer(Kind::kStartJob);
    writer.integer(message.job);
    return writer.take();
  }
  std::vector<std::byte> operator()(const KillJob& message) const {
    Writer writer(Kind::kKillJob);
    writer.integer(message.job);
    return writer.take();
  }
  std::vector<std::byte> operator()(const JobEnded& message) const {
    Writer writer(Kind::kJobEnded);
    writer.integer(message.job);
    writer.boolean(message.by_signal);
    writer.integer(message.value);
    return writer.take();
  }
  std::vector<std::byte> operator()(const Open& message) const {
    Writer writer(Kind::kOpen);
    writer.optional(message.size);
    writer.boolean(message.seekable);
    writer.boolean(message.probe_only);
    writer.integer(static_cast<std::uint8_t>(message.mode));
    writer.integer(message.channel);
    writer.text(message.extension.substr(0, kExtensionMax));
    return writer.take();
  }
  std::vector<std::byte> operator()(const Data& message) const {
    Writer writer(Kind::kData);
    writer.blob(message.bytes);
    return writer.take();
  }
  std::vector<std::byte> operator()(const Seekable& message) const {
    Writer writer(Kind::kSeekable);
    writer.integer(message.size);
    return writer.take();
  }
  std::vector<std::byte> operator()(const Read& message) const {
    Writer writer(Kind::kRead);
    writer.integer(message.offset);
    writer.integer(message.length);
    return writer.take();
  }
  std::vector<std::byte> operator()(const NeedSeek&) const {
    return Writer(Kind::kNeedSeek).take();
  }
  std::vector<std::byte> operator()(const Info& message) const {
    Writer writer(Kind::kInfo);
    writer.text(message.container);
    writer.text(message.codec);
    writer.integer(message.sample_rate);
    writer.integer(message.channels);
    writer.integer(message.output_channels);
    writer.integer(message.start_ms);
    writer.optional(message.duration_ms);
    return writer.take();
  }
  std::vector<std::byte> operator()(const Pcm& message) const {
    Writer writer(Kind::kPcm);
    writer.blob(message.bytes);
    return writer.take();
  }
  std::vector<std::byte> operator()(const Done& message) const {
    Writer writer(Kind::kDone);
    writer.boolean(message.truncated);
    writer.integer(message.damaged_frame_count);
    writer.integer(message.non_finite_count);
    writer.integer(message.clock_restart_count);
    return writer.take();
  }
  std::vector<std::byte> operator()(const Failed& message) const {
    Writer writer(Kind::kFailed);
    writer.integer(static_cast<std::uint8_t>(message.kind));
    writer.text(message.message);
    writer.text(message.detail);
    return writer.take();
  }
};

Result<ToChild> decode_open(Reader& reader) {
  Open open;
  open.size = reader.optional_offset();
  open.seekable = reader.boolean();
  open.probe_only = reader.boolean();
  open.mode = static_cast<ChannelMode>(reader.within<std::uint8_t>(0, 2));
  open.channel = reader.integer<std::uint32_t>();
  open.extension = reader.text(kExtensionMax);
  return reader.finish<Open, ToChild>(std::move(open));
}

Result<FromChild> decode_info(Reader& reader) {
  Info info;
  info.container = reader.text();
  info.codec = reader.text();
  info.sample_rate = reader.within<std::uint32_t>(1, 1'000'000);
  info.channels = reader.within<std::uint32_t>(1, kChannelsMax);
  info.output_channels = reader.within<std::uint32_t>(1, kChannelsMax);
  info.start_ms = reader.integer<std::int64_t>();
  info.duration_ms = reader.optional_milliseconds();
  return reader.finish<Info, FromChild>(std::move(info));
}

Result<FromChild> decode_done(Reader& reader) {
  Done done;
  done.truncated = reader.boolean();
  done.damaged_frame_count = reader.integer<std::uint64_t>();
  done.non_finite_count = reader.integer<std::uint64_t>();
  done.clock_restart_count = reader.integer<std::uint64_t>();
  return reader.finish<Done, FromChild>(done);
}

Result<FromChild> decode_failed(Reader& reader) {
  Failed failed;
  failed.kind =
      static_cast<FailureKind>(reader.within<std::uint8_t>(0, std::uint8_t{kFailureKindCount - 1}));
  failed.message = reader.text();
  failed.detail = reader.text();
  return reader.finish<Failed, FromChild>(std::move(failed));
}

}  // namespace

std::vector<std::byte> encode(const ToServer& message) { return std::visit(Encoder{}, message); }
std::vector<std::byte> encode(const FromServer& message) { return std::visit(Encoder{}, message); }
std::vector<std::byte> encode(const ToChild& message) { return std::visit(Encoder{}, message); }
std::vector<std::byte> encode(const FromChild& message) { return std::visit(Encoder{}, message); }

// The kind may be any byte, so these switches end in the refusal that the others have no need of.

Result<ToServer> decode_to_server(std::span<const std::byte> packet) {
  Reader reader(packet);
  const Kind kind{reader.integer<std::uint8_t>()};
  if (kind == Kind::kStartJob)
    return reader.finish<StartJob, ToServer>({.job = reader.integer<std::uint64_t>()});
  if (kind == Kind::kKillJob)
    return reader.finish<KillJob, ToServer>({.job = reader.integer<std::uint64_t>()});
  return violation("an unknown kind of message to the server");
}

Result<FromServer> decode_from_server(std::span<const std::byte> packet) {
  Reader reader(packet);
  const Kind kind{reader.integer<std::uint8_t>()};
  if (kind == Kind::kHello)
    return reader.finish<Hello, FromServer>({.version = reader.integer<std::uint32_t>()});
  if (kind == Kind::kJobEnded) {
    JobEnded ended;
    ended.job = reader.integer<std::uint64_t>();
    ended.by_signal = reader.boolean();
    ended.value = reader.integer<std::int32_t>();
    return reader.finish<JobEnded, FromServer>(ended);
  }
  return violation("an unknown kind of message from the server");
}

Result<ToChild> decode_to_child(std::span<const std::byte> packet) {
  Reader reader(packet);
  const Kind kind{reader.integer<std::uint8_t>()};
  if (kind == Kind::kOpen) return decode_open(reader);
  if (kind == Kind::kData) return reader.finish<Data, ToChild>({.bytes = reader.bytes()});
  if (kind == Kind::kSeekable)
    return reader.finish<Seekable, ToChild>({.size = reader.within<std::uint64_t>(0, kOffsetMax)});
  return violation("an unknown kind of message to the decoder");
}

Result<FromChild> decode_from_child(std::span<const std::byte> packet) {
  Reader reader(packet);
  const Kind kind{reader.integer<std::uint8_t>()};
  if (kind == Kind::kRead) {
    Read read;
    read.offset = reader.within<std::uint64_t>(0, kOffsetMax);
    read.length = reader.within<std::uint32_t>(1, kPayloadMax);
    return reader.finish<Read, FromChild>(read);
  }
  if (kind == Kind::kNeedSeek) return reader.finish<NeedSeek, FromChild>({});
  if (kind == Kind::kInfo) return decode_info(reader);
  if (kind == Kind::kPcm) {
    Pcm pcm{.bytes = reader.bytes()};
    if (pcm.bytes.empty() || pcm.bytes.size() % sizeof(float) != 0)
      return violation("samples that are not whole");
    return reader.finish<Pcm, FromChild>(std::move(pcm));
  }
  if (kind == Kind::kDone) return decode_done(reader);
  if (kind == Kind::kFailed) return decode_failed(reader);
  return violation("an unknown kind of message from the decoder");
}

}  // namespace sotto::media
