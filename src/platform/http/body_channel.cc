#include "platform/http/body_channel.h"

#include <limits>
#include <utility>

#include "platform/http/internal/output_channel.h"

namespace sotto::http {

using State = internal::OutputChannel::State;

std::shared_ptr<BodyChannel> BodyChannel::create(BodyChannelOptions options) {
  return std::shared_ptr<BodyChannel>(new BodyChannel(std::move(options)));
}

BodyChannel::BodyChannel(BodyChannelOptions options)
    : channel_(std::make_shared<internal::OutputChannel>(options.bytes_max,
                                                         std::numeric_limits<std::size_t>::max())),
      options_(std::move(options)) {}

BodyChannel::~BodyChannel() { fail(); }

Result<> BodyChannel::write(const CallContext& context, std::string_view bytes) {
  return channel_->push(context, bytes);
}

Result<> BodyChannel::try_write(std::string_view bytes) { return channel_->try_push(bytes); }

void BodyChannel::end() { channel_->finish(State::kEnded); }

void BodyChannel::fail() { channel_->finish(State::kFailed); }

bool BodyChannel::is_open() const { return channel_->state() == State::kOpen; }

}  // namespace sotto::http
