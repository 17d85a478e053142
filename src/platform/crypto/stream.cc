#include "platform/crypto/stream.h"

#include <algorithm>
#include <sodium.h>
#include <utility>

#include "platform/crypto/internal/chunk_cipher.h"

namespace sotto::crypto {
namespace {

constexpr std::uint64_t kSealedChunkSize = kStreamChunkSize + kStreamTagSize;

// An empty stream has one chunk, of nothing.
std::uint64_t last_index_of(std::uint64_t plain_size) {
  return plain_size == 0 ? 0 : (plain_size - 1) / kStreamChunkSize;
}

Error damaged(std::string detail) {
  return Error(ErrorCode::kDataLoss, "crypto.stream_damaged",
               "An encrypted file is damaged, cut off, or does not belong to its key.")
      .with_detail(std::move(detail));
}

}  // namespace

std::optional<std::uint64_t> stream_sealed_size(std::uint64_t plain_size) {
  if (plain_size > kStreamPlainMax) return std::nullopt;
  return kStreamHeaderSize + plain_size + (last_index_of(plain_size) + 1) * kStreamTagSize;
}

std::optional<std::uint64_t> stream_plain_size(std::uint64_t sealed_size) {
  if (sealed_size < kStreamHeaderSize + kStreamTagSize) return std::nullopt;
  const std::uint64_t chunks = sealed_size - kStreamHeaderSize;
  const std::uint64_t count = (chunks - 1) / kSealedChunkSize + 1;
  const std::uint64_t last = chunks - (count - 1) * kSealedChunkSize;
  if (last < kStreamTagSize || (last == kStreamTagSize && count > 1)) return std::nullopt;
  const std::uint64_t plain_size = chunks - count * kStreamTagSize;
  if (plain_size > kStreamPlainMax) return std::nullopt;
  return plain_size;
}

StreamWriter::StreamWriter(std::unique_ptr<internal::ChunkCipher> cipher, StreamSink& sink,
                           std::uint64_t plain_max)
    : cipher_(std::move(cipher)), sink_(sink), plain_max_(std::min(plain_max, kStreamPlainMax)) {}

StreamWriter::~StreamWriter() { ::sodium_memzero(pending_.data(), pending_.size()); }

Result<std::unique_ptr<StreamWriter>> StreamWriter::create(const CallContext& context,
                                                           const Key& key, Random& random,
                                                           StreamSink& sink,
                                                           const StreamOptions& options) {
  const auto header = internal::StreamHeader::make(random);
  SOTTO_TRY(sink.write(context, header.bytes()));
  auto cipher = std::make_unique<internal::ChunkCipher>(key, header, options.context);
  return std::unique_ptr<StreamWriter>(
      new StreamWriter(std::move(cipher), sink, options.plain_max));
}

Result<> StreamWriter::append(const CallContext& context, std::span<const std::byte> bytes) {
  SOTTO_CHECK(!finished_);
  if (failure_) return *failure_;
  if (bytes.size() > plain_max_ - plain_size_)
    return Error(ErrorCode::kTooLarge, "crypto.stream_too_large",
                 "There is more to encrypt than " + std::to_string(plain_max_) + " bytes.");
  plain_size_ += bytes.size();
  while (!bytes.empty()) {
    if (pending_.size() == kStreamChunkSize) {
      SOTTO_TRY(write(context, pending_, false));
      pending_.clear();
    }
    // What is more than a chunk needs no copy: it is certain that another one follows.
    if (pending_.empty() && bytes.size() > kStreamChunkSize) {
      SOTTO_TRY(write(context, bytes.first(kStreamChunkSize), false));
      bytes = bytes.subspan(kStreamChunkSize);
      continue;
    }
    pending_.reserve(kStreamChunkSize);  // At once, so that growing leaves no copies behind.
    const auto piece = bytes.first(std::min(bytes.size(), kStreamChunkSize - pending_.size()));
    pending_.insert(pending_.end(), piece.begin(), piece.end());
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Result<> StreamWriter::finish(const CallContext& context) {
  SOTTO_CHECK(!finished_);
  if (failure_) return *failure_;
  SOTTO_TRY(write(context, pending_, true));
  finished_ = true;
  return {};
}

Result<> StreamWriter::write(const CallContext& context, std::span<const std::byte> plain,
                             bool is_last) {
  sealed_.resize(plain.size() + kStreamTagSize);
  cipher_->seal(chunk_index_++, is_last, plain, sealed_);
  auto written = sink_.write(context, sealed_);
  // Sealing this place again with other bytes would use a nonce twice: the writer ends here.
  if (!written) failure_ = written.error();
  return written;
}

StreamReader::StreamReader(std::unique_ptr<internal::ChunkCipher> cipher, StreamSource& source,
                           std::uint64_t plain_size)
    : cipher_(std::move(cipher)),
      source_(source),
      plain_size_(plain_size),
      last_index_(last_index_of(plain_size)) {}

StreamReader::~StreamReader() { ::sodium_memzero(plain_.data(), plain_.size()); }

Result<std::unique_ptr<StreamReader>> StreamReader::open(const CallContext& context, const Key& key,
                                                         StreamSource& source,
                                                         const StreamOptions& options) {
  internal::StreamHeader::Bytes bytes{};
  SOTTO_ASSIGN(const std::size_t count, source.read(context, 0, bytes));
  SOTTO_ASSIGN(const auto header, internal::StreamHeader::parse(std::span(bytes).first(count)));
  const auto plain_size = stream_plain_size(source.size());
  if (!plain_size) return damaged("no stream has " + std::to_string(source.size()) + " bytes");
  auto cipher = std::make_unique<internal::ChunkCipher>(key, header, options.context);
  std::unique_ptr<StreamReader> reader(new StreamReader(std::move(cipher), source, *plain_size));
  SOTTO_TRY(reader->load(context, reader->last_index_));
  return reader;
}

Result<std::size_t> StreamReader::read(const CallContext& context, std::uint64_t offset,
                                       std::span<std::byte> into) {
  if (offset >= plain_size_) return std::size_t{0};
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), plain_size_ - offset));
  for (std::size_t done = 0; done < size;) {
    SOTTO_TRY(load(context, (offset + done) / kStreamChunkSize));
    const auto start = static_cast<std::size_t>((offset + done) % kStreamChunkSize);
    const auto piece =
        std::span(plain_).subspan(start, std::min(size - done, plain_.size() - start));
    std::ranges::copy(piece, into.subspan(done).begin());
    done += piece.size();
  }
  return size;
}

Result<> StreamReader::load(const CallContext& context, std::uint64_t index) {
  if (index == loaded_index_) return {};
  loaded_index_ = kNone;
  const bool is_last = index == last_index_;
  const auto size = static_cast<std::size_t>(is_last ? plain_size_ - index * kStreamChunkSize
                                                     : std::uint64_t{kStreamChunkSize});
  sealed_.resize(size + kStreamTagSize);
  plain_.reserve(static_cast<std::size_t>(
      std::min<std::uint64_t>(plain_size_, kStreamChunkSize)));  // No copies by growing.
  plain_.resize(size);
  SOTTO_ASSIGN(const std::size_t count,
               source_.read(context, kStreamHeaderSize + index * kSealedChunkSize, sealed_));
  const std::string place = "chunk " + std::to_string(index);
  if (count != sealed_.size()) return damaged(place + " is not there any more");
  if (!cipher_->open(index, is_last, sealed_, plain_)) return damaged(place + " does not open");
  loaded_index_ = index;
  return {};
}

}  // namespace sotto::crypto
