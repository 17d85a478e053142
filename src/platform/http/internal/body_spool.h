#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "platform/crypto/key.h"
#include "platform/crypto/stream.h"
#include "platform/http/body.h"
#include "platform/http/internal/handler_pool.h"
#include "platform/http/spool.h"

namespace sotto::http::internal {

class SpooledBody;

/// What all spooled bodies of a server share: the options, what is used of their bounds, and the
/// threads that touch the disk. Any thread; nothing here blocks but stop().
class BodySpool {
 public:
  explicit BodySpool(SpoolOptions options);
  ~BodySpool();
  BodySpool(const BodySpool&) = delete;
  BodySpool& operator=(const BodySpool&) = delete;

  const SpoolOptions& options() const { return options_; }
  std::uint64_t bytes_used() const { return bytes_.load(std::memory_order_relaxed); }

  /// Makes the folder and tries it: "http.spool_failed", runtime::system_error's errors.
  Result<> prepare() const;
  /// "http.spool_full" where a body of this size would not find room now. Takes none: a client that
  /// only announces a large body must not keep others out.
  Result<> check_room(std::uint64_t size) const;
  /// A body to be filled; "http.overloaded" above bodies_max. It may not outlive the spool.
  Result<std::unique_ptr<SpooledBody>> begin();
  /// Runs `work` on a disk thread; "http.overloaded", "runtime.queue_closed" once stopped.
  Result<> submit(std::function<void()> work);
  /// Finishes what was submitted and joins.
  void stop();

 private:
  friend class SpooledBody;

  bool take(std::uint64_t size);
  /// Closes the file on a disk thread, since freeing a large one takes its time, and gives back
  /// what the body used.
  void discard(std::unique_ptr<SpoolFile> file, std::uint64_t size);
  void release(std::uint64_t size);
  Result<std::unique_ptr<SpoolFile>> make_file() const;

  const SpoolOptions options_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::size_t> bodies_{0};
  HandlerPool disk_;  // Last: its threads use what stands above.
};

/// One body on disk, encrypted under a key that is in this object alone. First append() and
/// finish(), on disk threads; then read() on a handler's. One thread at a time.
class SpooledBody final : public ByteView {
 public:
  explicit SpooledBody(BodySpool& spool) : spool_(spool) {}
  ~SpooledBody() override;
  SpooledBody(const SpooledBody&) = delete;
  SpooledBody& operator=(const SpooledBody&) = delete;

  /// "http.spool_full" where the server's bound or the disk is full, "http.spool_failed" where the
  /// disk fails otherwise, the context's errors, "http.out_of_memory".
  Result<> append(const CallContext& context, std::string_view bytes);
  /// Of the same errors.
  Result<> finish(const CallContext& context);

  std::uint64_t size() const override { return size_; }
  /// "crypto.stream_damaged" where somebody changed the file, the disk's errors.
  Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                           std::span<std::byte> into) override;

 private:
  Result<> write(const CallContext& context, std::string_view bytes);

  BodySpool& spool_;
  std::uint64_t size_ = 0;
  std::unique_ptr<SpoolFile> file_;
  std::unique_ptr<crypto::Key> key_;
  std::unique_ptr<crypto::StreamWriter> writer_;
  std::unique_ptr<crypto::StreamReader> reader_;
};

}  // namespace sotto::http::internal
