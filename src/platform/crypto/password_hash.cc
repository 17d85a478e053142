#include "platform/crypto/password_hash.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <sodium.h>
#include <sys/mman.h>
#include <system_error>
#include <utility>

#include "platform/crypto/internal/argon2_text.h"
#include "platform/crypto/internal/slots.h"

namespace sotto::crypto {
namespace {

constexpr std::uint64_t kMemoryMin = std::uint64_t{8} << 20;
constexpr std::uint64_t kMemoryMax = std::uint64_t{1} << 30;
constexpr std::uint32_t kPassesMin = 2;  // OWASP's least for argon2id with 19 MiB and more.
constexpr std::uint32_t kPassesMax = 64;
constexpr std::uint32_t kLanesMax = 16;

Error malformed() {
  return Error(ErrorCode::kDataLoss, "crypto.password_hash_malformed",
               "A stored password hash is damaged or of another kind.");
}

Error out_of_memory() {
  return Error(ErrorCode::kOverloaded, "crypto.out_of_memory",
               "There was not enough memory to check the password; try again later.");
}

/// Whether so much memory may be had. The library says "another password" where it cannot have it,
/// and a full server must not tell people that. (Another thread may take it in between: rare, and
/// then it is as if this were not asked.)
bool can_map(std::uint64_t size) {
  void* const memory = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  ::munmap(memory, static_cast<std::size_t>(size));
  return true;
}

/// A place among those at work, for a scope.
class Slot {
 public:
  static Result<Slot> take(const CallContext& context, internal::Slots& slots) {
    SOTTO_TRY(slots.take(context));
    return Slot(slots);
  }
  ~Slot() {
    if (slots_ != nullptr) slots_->give_back();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
  Slot& operator=(Slot&&) = delete;

 private:
  explicit Slot(internal::Slots& slots) : slots_(&slots) {}

  internal::Slots* slots_;
};

/// Takes `word` and the number behind it off the front of `text`.
bool take_number(std::string_view& text, std::string_view word, std::uint32_t& number) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::optional<internal::Argon2Cost> internal::parse_argon2_cost(std::string_view encoded) {
  std::uint32_t memory_kib = 0;
  Argon2Cost cost;
  if (!take_number(encoded, "$argon2id$v=19$m=", memory_kib) ||
      !take_number(encoded, ",t=", cost.passes) || !take_number(encoded, ",p=", cost.lanes) ||
      !encoded.starts_with('$'))
    return std::nullopt;
  cost.memory_kib = memory_kib;
  return cost;
}

PasswordHasher::PasswordHasher(const PasswordHashOptions& options)
    : options_(options), slots_(std::make_unique<internal::Slots>(options.concurrent_max)) {}
PasswordHasher::~PasswordHasher() = default;

Result<std::unique_ptr<PasswordHasher>> PasswordHasher::create(const PasswordHashOptions& options) {
  if (options.memory < kMemoryMin || options.memory > kMemoryMax || options.passes < 1 ||
      options.passes > kPassesMax || options.concurrent_max == 0)
    return Error(ErrorCode::kInvalidArgument, "crypto.password_options",
                 "Hashing a password takes from 8 MiB to 1 GiB, from 1 to 64 passes, and at least "
                 "one must be possible at a time.");
  SOTTO_CHECK(::sodium_init() >= 0);  // Chooses the fastest code for this processor; idempotent.
  return std::unique_ptr<PasswordHasher>(new PasswordHasher(options));
}

Result<std::string> PasswordHasher::hash(const CallContext& context, const Secret& password) const {
  const std::string_view bytes = password.reveal();
  if (bytes.size() > kPasswordSizeMax)
    return Error(ErrorCode::kInvalidArgument, "crypto.password_too_long",
                 "A password has at most " + std::to_string(kPasswordSizeMax) + " bytes.");
  SOTTO_ASSIGN(const Slot slot, Slot::take(context, *slots_));
  std::array<char, crypto_pwhash_argon2id_STRBYTES> encoded{};
  if (::crypto_pwhash_argon2id_str(encoded.data(), bytes.data(), bytes.size(), options_.passes,
                                   static_cast<std::size_t>(options_.memory)) != 0)
    return out_of_memory();
  return std::string(encoded.data());
}

Result<PasswordHasher::Verdict> PasswordHasher::verify(const CallContext& context,
                                                       const Secret& password,
                                                       std::string_view encoded) const {
  const auto cost = internal::parse_argon2_cost(encoded);
  if (!cost || encoded.size() >= crypto_pwhash_argon2id_STRBYTES ||
      encoded.find('\0') != std::string_view::npos)
    return malformed();
  if (cost->memory_kib > kMemoryMax >> 10 || cost->passes > kPassesMax || cost->memory_kib == 0 ||
      cost->lanes > kLanesMax)
    return malformed();
  SOTTO_ASSIGN(const Slot slot, Slot::take(context, *slots_));
  const std::string text(encoded);  // The library wants a NUL at its end.
  // A too long password costs what any other does, so that its length tells nothing; it fails
  // below.
  const std::string_view bytes = password.reveal().substr(0, kPasswordSizeMax);
  if (!can_map(cost->memory_kib << 10)) return out_of_memory();
  // The library tells another password from a text that is no hash by errno alone.
  errno = 0;
  const bool opened =
      ::crypto_pwhash_argon2id_str_verify(text.c_str(), bytes.data(), bytes.size()) == 0;
  if (!opened && errno != EINVAL) return malformed();
  const bool matches = opened && password.reveal().size() <= kPasswordSizeMax;
  return Verdict{.matches = matches,
                 .rehash_due = matches && (cost->memory_kib < options_.memory >> 10 ||
                                           cost->passes < options_.passes)};
}

Result<PasswordHashOptions> PasswordHasher::calibrate(const CallContext& context,
                                                      const Clock& clock,
                                                      std::chrono::milliseconds target,
                                                      PasswordHashOptions options) {
  PasswordHashOptions probe = options;
  probe.passes = 1;
  SOTTO_ASSIGN(const auto hasher, create(probe));
  const auto start = clock.steady_now();
  SOTTO_TRY(hasher->hash(context, Secret("calibration")));
  // A pass takes as long as the first, which also pays for touching the memory: a little is left.
  const auto pass =
      std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - start);
  const auto fitting = std::chrono::microseconds(target) / std::max(pass.count(), std::int64_t{1});
  options.passes =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(fitting.count(), kPassesMin, kPassesMax));
  return options;
}

}  // namespace sotto::crypto
