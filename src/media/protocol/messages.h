#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

/// What the media helper and its caller say to each other. One message is one packet of a
/// SOCK_SEQPACKET socket, so a message is whole or absent and nothing has to be put together.
///
///   control socket   caller -> server: StartJob (with the job's socket), KillJob
///                    server -> caller: Hello, JobEnded
///   job's socket     caller -> child:  Open, Data, Seekable
///                    child  -> caller: Read, NeedSeek, Info, Pcm, Done, Failed
///
/// A packet is one byte for the kind, then the fields in order: integers little-endian, a text or
/// a blob as a 32-bit length and its bytes, an optional as a byte 0 or 1 and its value.
namespace sotto::media {

/// Both sides are built together; a helper of another build is refused at its Hello.
inline constexpr std::uint32_t kProtocolVersion = 1;
/// The most bytes of file or of samples in one message: four pages' worth of PCM (1 s), and small
/// enough that a full socket queue stays under a megabyte.
inline constexpr std::size_t kPayloadMax = std::size_t{64} << 10;
/// The longest text in a message; the sender cuts, the receiver refuses.
inline constexpr std::size_t kTextMax = 500;
/// The largest packet: a payload and the few bytes before it, or three texts.
inline constexpr std::size_t kPacketMax = kPayloadMax + 64;
/// The most channels that are decoded. What has more is not a recording of talk.
inline constexpr std::uint32_t kChannelsMax = 8;
/// What every file is decoded to.
inline constexpr std::uint32_t kSampleRate = 16000;

struct Hello {
  std::uint32_t version = kProtocolVersion;
  bool operator==(const Hello&) const = default;
};

struct StartJob {
  std::uint64_t job = 0;
  bool operator==(const StartJob&) const = default;
};

struct KillJob {
  std::uint64_t job = 0;
  bool operator==(const KillJob&) const = default;
};

/// How the process of a job ended: its exit status, or the signal that killed it.
struct JobEnded {
  std::uint64_t job = 0;
  bool by_signal = false;
  std::int32_t value = 0;
  bool operator==(const JobEnded&) const = default;
};

enum class ChannelMode : std::uint8_t { kMix, kPick, kEach };

/// The first message to a child: what its file is like and what is wanted of it.
struct Open {
  std::optional<std::uint64_t> size;  ///< Bytes of the file, where known.
  bool seekable = false;
  bool probe_only = false;  ///< Info, then Done; no samples.
  ChannelMode mode = ChannelMode::kMix;
  std::uint32_t channel = 0;  ///< For kPick, from 0.
  /// Lower-case file name extension, for the few formats without a header; may be empty.
  std::string extension;
  bool operator==(const Open&) const = default;
};

/// Answer to Read: at least a byte, none at the end of the file and beyond. A caller whose own
/// source fails just closes the socket.
struct Data {
  std::vector<std::byte> bytes;
  bool operator==(const Data&) const = default;
};

/// Answer to NeedSeek.
struct Seekable {
  std::uint64_t size = 0;
  bool operator==(const Seekable&) const = default;
};

struct Read {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;  ///< 1 to kPayloadMax.
  bool operator==(const Read&) const = default;
};

/// The container can only be read by jumping about in it.
struct NeedSeek {
  bool operator==(const NeedSeek&) const = default;
};

struct Info {
  std::string container;                    ///< FFmpeg's name, e.g. "matroska,webm".
  std::string codec;                        ///< FFmpeg's name, e.g. "opus".
  std::uint32_t sample_rate = 0;            ///< Of the stream.
  std::uint32_t channels = 0;               ///< Of the stream.
  std::uint32_t output_channels = 0;        ///< Of the samples that follow.
  std::int64_t start_ms = 0;                ///< When the audio begins on the container's clock.
  std::optional<std::int64_t> duration_ms;  ///< What the header says or the size suggests.
  bool operator==(const Info&) const = default;
};

/// 32-bit floats, little-endian, interleaved, whole frames of Info::output_channels.
struct Pcm {
  std::vector<std::byte> bytes;
  bool operator==(const Pcm&) const = default;
};

/// The end of a file that gave samples.
struct Done {
  bool truncated = false;                 ///< Audio that the file promises is missing.
  std::uint64_t damaged_frame_count = 0;  ///< Frames that could not be decoded.
  std::uint64_t non_finite_count = 0;     ///< Samples that were NaN or infinite.
  std::uint64_t clock_restart_count = 0;  ///< Times the container's clock jumped back.
  bool operator==(const Done&) const = default;
};

/// Why there are no (more) samples. The order is the wire's; failure.h has the words.
enum class FailureKind : std::uint8_t {
  kEmpty,
  kUnsupported,
  kNoAudio,
  kTooManyChannels,
  kBadChannel,
  kGapTooLong,
  kDecodeFailed,
  kProtocolViolation,
};
inline constexpr std::uint8_t kFailureKindCount = 8;

struct Failed {
  FailureKind kind = FailureKind::kDecodeFailed;
  std::string message;  ///< For the user.
  std::string detail;   ///< For the log.
  bool operator==(const Failed&) const = default;
};

using ToServer = std::variant<StartJob, KillJob>;
using FromServer = std::variant<Hello, JobEnded>;
using ToChild = std::variant<Open, Data, Seekable>;
using FromChild = std::variant<Read, NeedSeek, Info, Pcm, Done, Failed>;

/// The packet of a message. Texts longer than kTextMax are cut; a payload longer than kPayloadMax
/// is a bug of the sender.
std::vector<std::byte> encode(const ToServer& message);
std::vector<std::byte> encode(const FromServer& message);
std::vector<std::byte> encode(const ToChild& message);
std::vector<std::byte> encode(const FromChild& message);

/// The message of a packet; "media.protocol_violation" for anything that encode() cannot have
/// written: unknown kinds, bytes missing or left over, numbers outside their range.
Result<ToServer> decode_to_server(std::span<const std::byte> packet);
Result<FromServer> decode_from_server(std::span<const std::byte> packet);
Result<ToChild> decode_to_child(std::span<const std::byte> packet);
Result<FromChild> decode_from_child(std::span<const std::byte> packet);

}  // namespace sotto::media
