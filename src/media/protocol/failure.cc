#include "media/protocol/failure.h"

#include "base/text.h"

namespace sotto::media {
namespace {

struct Row {
  ErrorCode code;
  std::string_view reason;
};

Row row_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kEmpty:
      return {ErrorCode::kInvalidArgument, "media.empty"};
    case FailureKind::kUnsupported:
      return {ErrorCode::kUnsupported, "media.unsupported"};
    case FailureKind::kNoAudio:
      return {ErrorCode::kInvalidArgument, "media.no_audio"};
    case FailureKind::kTooManyChannels:
      return {ErrorCode::kUnsupported, "media.too_many_channels"};
    case FailureKind::kBadChannel:
      return {ErrorCode::kInvalidArgument, "media.bad_channel"};
    case FailureKind::kGapTooLong:
      return {ErrorCode::kInvalidArgument, "media.gap_too_long"};
    case FailureKind::kDecodeFailed:
      return {ErrorCode::kInvalidArgument, "media.decode_failed"};
    case FailureKind::kProtocolViolation:
      break;
  }
  return {ErrorCode::kInternal, "media.protocol_violation"};
}

}  // namespace

Error to_error(const Failed& failed) {
  const Row row = row_of(failed.kind);
  // The texts come from a process that has parsed hostile bytes: made fit for a terminal here.
  return Error(row.code, row.reason, printable(failed.message))
      .with_detail(printable(failed.detail));
}

}  // namespace sotto::media
