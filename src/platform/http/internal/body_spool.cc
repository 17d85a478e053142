#include "platform/http/internal/body_spool.h"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "base/random.h"
#include "platform/runtime/system_error.h"

namespace sotto::http::internal {
namespace {

Error full(std::string_view what) {
  return Error(ErrorCode::kInsufficientStorage, "http.spool_full",
               std::string(what) + "; try again later or with a smaller body.");
}

/// The disk's errors as the client may see them.
Error storage_error(Error cause) {
  switch (cause.code()) {
    case ErrorCode::kCancelled:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kTooLarge:
      return cause;
    case ErrorCode::kInsufficientStorage:
      return full("The server has no room on its disk for the body of the request")
          .with_cause(std::move(cause));
    default:
      return Error(ErrorCode::kUnavailable, "http.spool_failed",
                   "The server cannot store the body of the request.")
          .with_cause(std::move(cause));
  }
}

}  // namespace

// A body has at most one piece in work, and one file to be closed.
BodySpool::BodySpool(SpoolOptions options)
    : options_(std::move(options)),
      disk_(options_.is_on() ? options_.disk_threads : 0,
            std::max<std::size_t>(options_.bodies_max, 1) * 2) {}

BodySpool::~BodySpool() { stop(); }

Result<> BodySpool::prepare() const {
  if (options_.folder.empty()) return {};
  std::error_code failure;
  if (std::filesystem::create_directories(options_.folder, failure) && !failure)
    std::filesystem::permissions(options_.folder, std::filesystem::perms::owner_all, failure);
  if (failure)
    return runtime::system_error(failure.value(), "make the folder " + options_.folder.string());
  auto file = make_file();  // Better now than at the first upload.
  if (file) return {};
  const ErrorCode code = file.error().code();
  return Error(code, "http.spool_failed",
               "Bodies of requests cannot be stored in " + options_.folder.string() + '.')
      .with_cause(std::move(file).error());
}

Result<> BodySpool::check_room(std::uint64_t size) const {
  if (!options_.is_on() || size <= options_.memory_max) return {};
  const std::uint64_t used = bytes_.load();
  if (used <= options_.bytes_max && size <= options_.bytes_max - used) return {};
  return full("The server holds as many bytes of large bodies as it may");
}

Result<std::unique_ptr<SpooledBody>> BodySpool::begin() {
  if (bodies_.fetch_add(1) >= options_.bodies_max) {
    bodies_.fetch_sub(1);
    return Error(ErrorCode::kOverloaded, "http.overloaded",
                 "Too many large bodies are being received; try again in a moment.");
  }
  return std::make_unique<SpooledBody>(*this);
}

Result<> BodySpool::submit(std::function<void()> work) { return disk_.submit(std::move(work)); }

void BodySpool::stop() { disk_.stop(); }

bool BodySpool::take(std::uint64_t size) {
  if (bytes_.fetch_add(size) + size <= options_.bytes_max) return true;
  bytes_.fetch_sub(size);
  return false;
}

void BodySpool::discard(std::unique_ptr<SpoolFile> file, std::uint64_t size) {
  // Shared, since the work of a pool must be copyable; the work alone holds it, so that it is
  // closed where the work runs.
  auto submitted =
      disk_.submit([this, size, owned = std::shared_ptr<SpoolFile>(std::move(file))]() mutable {
        owned.reset();
        release(size);
      });
  if (!submitted) release(size);  // Stopped: the file was closed here, with the work.
}

void BodySpool::release(std::uint64_t size) {
  bytes_.fetch_sub(size);
  bodies_.fetch_sub(1);
}

Result<std::unique_ptr<SpoolFile>> BodySpool::make_file() const {
  return options_.make_file ? options_.make_file() : make_spool_file(options_.folder);
}

SpooledBody::~SpooledBody() {
  writer_.reset();  // They use the file.
  reader_.reset();
  spool_.discard(std::move(file_), size_);
}

Result<> SpooledBody::append(const CallContext& context, std::string_view bytes) {
  if (!spool_.take(bytes.size()))
    return full("The server holds as many bytes of large bodies as it may");
  size_ += bytes.size();
  try {
    auto written = write(context, bytes);
    if (!written) return storage_error(std::move(written).error());
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOverloaded, "http.out_of_memory",
                 "There was not enough memory to store the body; try again later.");
  }
  return {};
}

Result<> SpooledBody::write(const CallContext& context, std::string_view bytes) {
  if (!writer_) {
    SystemRandom random;
    key_ = std::make_unique<crypto::Key>(crypto::Key::make(random));
    SOTTO_ASSIGN(file_, spool_.make_file());
    SOTTO_ASSIGN(writer_, crypto::StreamWriter::create(context, *key_, random, *file_));
  }
  return writer_->append(context, std::as_bytes(std::span(bytes)));
}

Result<> SpooledBody::finish(const CallContext& context) {
  const auto end = [&]() -> Result<> {
    SOTTO_TRY(writer_->finish(context));
    writer_.reset();
    SOTTO_ASSIGN(reader_, crypto::StreamReader::open(context, *key_, *file_));
    key_.reset();
    return {};
  };
  try {
    auto ended = end();
    if (!ended) return storage_error(std::move(ended).error());
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kOverloaded, "http.out_of_memory",
                 "There was not enough memory to store the body; try again later.");
  }
  return {};
}

Result<std::size_t> SpooledBody::read(const CallContext& context, std::uint64_t offset,
                                      std::span<std::byte> into) {
  return reader_->read(context, offset, into);
}

}  // namespace sotto::http::internal
