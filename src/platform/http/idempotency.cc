#include "platform/http/idempotency.h"

#include <algorithm>
#include <memory>
#include <openssl/evp.h>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "platform/http/problem.h"

namespace sotto::http {
namespace {

constexpr std::size_t kKeyMax = 255;
constexpr std::size_t kPiece = 65'536;  // Of a spooled body, hashed at a time.

struct DigestFreer {
  void operator()(EVP_MD_CTX* digest) const { ::EVP_MD_CTX_free(digest); }
};

/// SHA-256 over texts, each with its length, so that nothing can move from one into the next.
class Fingerprinter {
 public:
  Fingerprinter()
      : digest_(::EVP_MD_CTX_new()),
        good_(digest_ && ::EVP_DigestInit_ex(digest_.get(), ::EVP_sha256(), nullptr) == 1) {}
  void begin(std::uint64_t size) { add(std::as_bytes(std::span(&size, 1))); }
  void add(std::span<const std::byte> bytes) {
    good_ = good_ && ::EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size()) == 1;
  }
  void add_text(std::string_view text) {
    begin(text.size());
    add(std::as_bytes(std::span(text.data(), text.size())));
  }
  Result<RequestFingerprint> finish() {
    RequestFingerprint out{};
    good_ = good_ && ::EVP_DigestFinal_ex(digest_.get(), out.data(), nullptr) == 1;
    if (!good_) return SOTTO_BUG("SHA-256 failed");
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, DigestFreer> digest_;
  bool good_;
};

Result<RequestFingerprint> fingerprint(const CallContext& context, Request& request) {
  Fingerprinter digest;
  digest.add_text(request.target.query());
  digest.add_text(request.field("Content-Type").value_or(""));
  digest.begin(request.body.size());
  if (ByteView* const spooled = request.body.spooled()) {
    std::vector<std::byte> piece(kPiece);
    for (std::uint64_t offset = 0; offset < spooled->size();) {
      SOTTO_TRY(context.check());
      SOTTO_ASSIGN(const std::size_t count, spooled->read(context, offset, piece));
      if (count == 0) break;
      digest.add(std::span(piece).first(count));
      offset += count;
    }
  } else {
    const std::string_view bytes = request.body.bytes();
    digest.add(std::as_bytes(std::span(bytes.data(), bytes.size())));
  }
  return digest.finish();
}

/// Whose key it is, of which route. No part but the last can hold the separator.
std::string id_of(const Request& request, std::string_view key) {
  std::string id = request.principal.empty() ? "address " + request.peer.to_string()
                                             : "principal " + request.principal;
  id += '\n';
  id += to_string(request.method());
  id += '\n';
  id += request.target.path();
  id += '\n';
  id += key;
  return id;
}

bool is_in_memory(const Response& response) {
  return !response.view && !response.events && !response.websocket;
}

KeptAnswer keep(const Response& response) {
  KeptAnswer kept{.status = response.status,
                  .content_type = std::string(response.content_type),
                  .etag = response.etag,
                  .body = response.body};
  for (const auto& [name, value] : response.fields)
    if (equals_ignoring_case(name, "Location")) kept.location = value;
  return kept;
}

Response replay(KeptAnswer kept) {
  Response response = Response::empty(kept.status);
  response.body = std::move(kept.body);
  response.etag = std::move(kept.etag);
  // As a field of its own: content_type is a literal, and this one is not.
  if (!kept.content_type.empty()) response.with("Content-Type", std::move(kept.content_type));
  if (!kept.location.empty()) response.with("Location", std::move(kept.location));
  response.with("Idempotency-Replayed", "true");
  return response;
}

/// Lets the request come again unless it was done, however the handler ends.
class ClaimGuard {
 public:
  ClaimGuard(IdempotencyStore& store, const std::string& id) : store_(store), id_(id) {}
  ~ClaimGuard() {
    // A store that cannot forget keeps the claim until it is too old; nothing more can be done.
    if (open_) (void)store_.abandon(own_time(), id_);
  }
  ClaimGuard(const ClaimGuard&) = delete;
  ClaimGuard& operator=(const ClaimGuard&) = delete;
  /// What was done stays done where remembering it fails: the claim then refuses a second time.
  void finish(KeptAnswer answer) {
    open_ = false;
    (void)store_.finish(own_time(), id_, std::move(answer));
  }

 private:
  /// Not the request's time, which may be what the handler has used up.
  static CallContext own_time() { return CallContext::with_timeout(std::chrono::seconds(5)); }

  IdempotencyStore& store_;
  const std::string& id_;
  bool open_ = true;
};

Result<Response> run_once(IdempotencyStore& store, const Handler& handler,
                          const CallContext& context, Request& request) {
  const auto field = request.field("Idempotency-Key");
  if (!field) return handler(context, request);
  SOTTO_ASSIGN(const std::string_view key, parse_idempotency_key(*field));
  SOTTO_ASSIGN(const RequestFingerprint print, fingerprint(context, request));
  const std::string id = id_of(request, key);
  SOTTO_ASSIGN(IdempotencyStore::Claim claim, store.begin(context, id, print));
  switch (claim.state) {
    case IdempotencyStore::State::kNew:
      break;
    case IdempotencyStore::State::kInProgress:
      return Error(
          ErrorCode::kConflict, "http.idempotency_in_progress",
          "The first request with this Idempotency-Key is still in work; ask again later.");
    case IdempotencyStore::State::kFinished:
      return replay(std::move(claim.answer));
    case IdempotencyStore::State::kMismatch:
      return Error(ErrorCode::kInvalidArgument, "http.idempotency_mismatch",
                   "This Idempotency-Key came with another request; take a new key for each.");
  }
  ClaimGuard guard(store, id);
  SOTTO_ASSIGN(Response response, handler(context, request));
  if (response.status >= 500) return response;
  if (!is_in_memory(response)) return SOTTO_BUG("an idempotent answer that is not in memory");
  guard.finish(keep(response));
  return response;
}

}  // namespace

Result<std::string_view> parse_idempotency_key(std::string_view field) {
  field = trim(field);
  if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
    field = field.substr(1, field.size() - 2);
  const bool visible = std::all_of(field.begin(), field.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (field.empty() || field.size() > kKeyMax || !visible)
    return Error(ErrorCode::kInvalidArgument, "http.bad_idempotency_key",
                 "An Idempotency-Key has 1 to 255 visible ASCII characters but quotes and back "
                 "slashes, such as a UUID.");
  return field;
}

Handler idempotent(IdempotencyStore& store, Handler handler) {
  return [&store, handler = std::move(handler)](const CallContext& context, Request& request) {
    return run_once(store, handler, context, request);
  };
}

void MemoryIdempotencyStore::forget_old() {
  const auto oldest = clock_.steady_now() - options_.lifetime;
  while (!order_.empty() && order_.front().first <= oldest) {
    const auto entry = entries_.find(order_.front().second);
    SOTTO_CHECK(entry != entries_.end());
    if (const auto& answer = entry->second.answer) bytes_ -= answer->body.size();
    entries_.erase(entry);
    order_.pop_front();
  }
}

Result<IdempotencyStore::Claim> MemoryIdempotencyStore::begin(
    const CallContext& context, const std::string& id, const RequestFingerprint& fingerprint) {
  SOTTO_TRY(context.check());
  const MutexLock lock(mutex_);
  forget_old();
  if (const auto found = entries_.find(id); found != entries_.end()) {
    const Entry& entry = found->second;
    if (entry.fingerprint != fingerprint) return Claim{.state = State::kMismatch};
    if (!entry.answer) return Claim{.state = State::kInProgress};
    return Claim{.state = State::kFinished, .answer = *entry.answer};
  }
  if (entries_.size() >= options_.count_max || bytes_ >= options_.bytes_max)
    return Error(ErrorCode::kOverloaded, "http.idempotency_full",
                 "Too many requests with an Idempotency-Key are remembered; send it without one, "
                 "or later.");
  const auto now = clock_.steady_now();
  entries_.emplace(id, Entry{.fingerprint = fingerprint, .answer = std::nullopt});
  order_.emplace_back(now, id);
  return Claim{.state = State::kNew};
}

Result<> MemoryIdempotencyStore::finish(const CallContext& /*context*/, const std::string& id,
                                        KeptAnswer answer) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.answer) return {};  // Too old meanwhile.
  bytes_ += answer.body.size();
  found->second.answer = std::move(answer);
  return {};
}

Result<> MemoryIdempotencyStore::abandon(const CallContext& /*context*/, const std::string& id) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.answer) return {};
  // Most often the newest, since it fails at once.
  for (auto entry = order_.rbegin(); entry != order_.rend(); ++entry) {
    if (entry->second != id) continue;
    order_.erase(std::next(entry).base());
    break;
  }
  entries_.erase(found);
  return {};
}

}  // namespace sotto::http
