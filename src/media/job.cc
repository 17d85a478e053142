#include "media/job.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <poll.h>
#include <utility>
#include <vector>

#include "media/decoder.h"
#include "media/protocol/packet_socket.h"

namespace sotto::media {
namespace {

static_assert(std::endian::native == std::endian::little, "Pcm is little-endian on the wire");

/// The child's end of a job's socket. Asking and sending share it, so both live in one class.
class Caller final : public Input, public Output {
 public:
  explicit Caller(int socket) : socket_(socket), buffer_(kPacketMax) {}

  /// The request that starts a job; none where the caller has gone or talks nonsense.
  std::optional<Open> request() {
    auto message = receive_message();
    if (!message) return std::nullopt;
    auto* open = std::get_if<Open>(&*message);
    if (open == nullptr) return std::nullopt;
    size_ = open->size;
    seekable_ = open->seekable;
    return std::move(*open);
  }

  std::optional<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> bytes) override {
    if (failed_) return std::nullopt;
    if (bytes.empty()) return 0;
    const auto length = static_cast<std::uint32_t>(std::min(bytes.size(), kPayloadMax));
    if (!say(Read{.offset = offset, .length = length})) return std::nullopt;
    const auto answer = receive_message();
    if (!answer) return std::nullopt;
    if (const auto* data = std::get_if<Data>(&*answer); data && data->bytes.size() <= length) {
      std::copy(data->bytes.begin(), data->bytes.end(), bytes.begin());
      return data->bytes.size();
    }
    failed_ = true;
    return std::nullopt;
  }
  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return seekable_; }
  bool make_seekable() override {
    if (!say(NeedSeek{})) return false;
    const auto answer = receive_message();
    if (!answer) return false;
    const auto* seekable = std::get_if<Seekable>(&*answer);
    if (seekable == nullptr) {
      failed_ = true;
      return false;
    }
    size_ = seekable->size;
    seekable_ = true;
    return true;
  }
  bool failed() const override { return failed_; }
  bool abandoned() const override {
    pollfd event{.fd = socket_, .events = 0, .revents = 0};
    return ::poll(&event, 1, 0) > 0 && (event.revents & (POLLHUP | POLLERR)) != 0;
  }

  bool info(const Info& info) override { return say(info); }
  bool samples(std::span<const float> samples) override {
    const auto bytes = std::as_bytes(samples);
    return say(Pcm{.bytes = {bytes.begin(), bytes.end()}});
  }
  bool done(const Done& done) override { return say(done); }
  bool failed(const Failed& failed) override { return say(failed); }

 private:
  bool say(const FromChild& message) {
    if (send(socket_, encode(message), Waiting::kForever) == Transfer::kDone) return true;
    failed_ = true;
    return false;
  }

  std::optional<ToChild> receive_message() {
    auto packet = receive(socket_, buffer_, Waiting::kForever);
    if (packet && packet->transfer == Transfer::kDone) {
      auto message = decode_to_child(packet->bytes);
      if (message) return std::move(*message);
    }
    failed_ = true;
    return std::nullopt;
  }

  const int socket_;
  std::vector<std::byte> buffer_;
  std::optional<std::uint64_t> size_;
  bool seekable_ = false;
  bool failed_ = false;
};

}  // namespace

void serve_job(int socket) {
  Caller caller(socket);
  const auto request = caller.request();
  if (request) decode(*request, caller, caller);
}

}  // namespace sotto::media
