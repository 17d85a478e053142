#include "platform/http/tls.h"

#include <array>
#include <openssl/err.h>
#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "platform/http/internal/key_file.h"
#include "platform/http/internal/tls_state.h"
#include "platform/runtime/file.h"

namespace sotto::http {
namespace internal {
namespace {

/// Mozilla's intermediate profile 5.7 without its DHE suites, whose key exchange costs a server far
/// more than the client that asks for it. TLS 1.3 has its own list, OpenSSL's.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

constexpr std::uint64_t kOptions = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA;
/// Buffers are given back while a connection is idle, and a write that was begun may be gone on
/// with from elsewhere: what is sent moves between calls.
constexpr long kModes =
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;

std::string quoted(const std::filesystem::path& path) { return printable(path.native()); }

Error unreadable(const std::filesystem::path& path) {
  return Error(ErrorCode::kInvalidArgument, "http.tls_certificate_unreadable",
               "The file " + quoted(path) +
                   " holds no certificate in PEM, a broken one, or more than a chain can have.")
      .with_detail(openssl_failure());
}

Error bad_key(const std::filesystem::path& path) {
  return Error(ErrorCode::kInvalidArgument, "http.tls_key_unreadable",
               "The file " + quoted(path) +
                   " holds no private key in PEM that can be used without a passphrase.")
      .with_detail(openssl_failure());
}

Error unusable(std::string what) {
  return Error(ErrorCode::kUnavailable, "http.tls_unavailable", std::move(what))
      .with_detail(openssl_failure());
}

/// A client that offers protocols but not ours would misunderstand every byte (RFC 7301 §3.2).
int choose_protocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kHttp11.data(), kHttp11.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

Result<SslContextPtr> make_context() {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1 ||
      SSL_CTX_set1_groups_list(context.get(), kGroups) != 1 ||
      SSL_CTX_set_num_tickets(context.get(), 0) != 1)
    return unusable("TLS cannot be set up as this server needs it.");
  SSL_CTX_set_options(context.get(), kOptions);
  SSL_CTX_set_mode(context.get(), kModes);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context.get(), 1);  // One recv(2) a record instead of two.
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

/// Refused by OpenSSL for its size or its signature, or not.
bool is_weak() {
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  return reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL ||
         reason == SSL_R_CA_MD_TOO_WEAK;
}

Result<> use_certificate(SSL_CTX* context, const TlsFiles& files, std::vector<X509Ptr>& chain,
                         EVP_PKEY* key) {
  ERR_clear_error();
  bool taken = SSL_CTX_use_certificate(context, chain.front().get()) == 1;
  for (std::size_t i = 1; taken && i < chain.size(); ++i)
    taken = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!taken) {
    if (!is_weak()) return unreadable(files.certificate);
    return Error(ErrorCode::kInvalidArgument, "http.tls_certificate_weak",
                 "The certificate in " + quoted(files.certificate) +
                     " is too weak: it needs RSA of 2048 bits or P-256, and SHA-256.")
        .with_detail(openssl_failure());
  }
  if (X509_check_private_key(chain.front().get(), key) != 1 ||
      SSL_CTX_use_PrivateKey(context, key) != 1)
    return Error(ErrorCode::kInvalidArgument, "http.tls_key_mismatch",
                 "The key in " + quoted(files.key) + " is not that of the first certificate in " +
                     quoted(files.certificate) + '.')
        .with_detail(openssl_failure());
  return {};
}

}  // namespace

Result<TlsState::Loaded> TlsState::load(const TlsFiles& files) {
  SOTTO_ASSIGN(const std::string pem, runtime::read_file(files.certificate, kPemMax));
  auto chain = read_certificates(pem);
  if (chain.empty()) return unreadable(files.certificate);
  SOTTO_ASSIGN(const Secret key_pem, read_key_file(files.key));
  const KeyPtr key = read_key(key_pem.reveal());
  if (!key) return bad_key(files.key);
  Loaded loaded;
  SOTTO_ASSIGN(loaded.context, make_context());
  SOTTO_TRY(use_certificate(loaded.context.get(), files, chain, key.get()));
  X509& own = *chain.front();
  loaded.certificate = {.names = names_of(own),
                        .fingerprint = fingerprint_of(own),
                        .not_before = wall_time_of(X509_get0_notBefore(&own)),
                        .not_after = wall_time_of(X509_get0_notAfter(&own))};
  return loaded;
}

TlsEnd TlsState::accept() {
  const MutexLock lock(mutex_);
  return TlsEnd(SSL_new(loaded_.context.get()));
}

void TlsState::replace(Loaded loaded) {
  const MutexLock lock(mutex_);
  std::swap(loaded_, loaded);
}

TlsCertificate TlsState::certificate() {
  const MutexLock lock(mutex_);
  return loaded_.certificate;
}

}  // namespace internal

TlsContext::TlsContext(TlsFiles files, std::unique_ptr<internal::TlsState> state)
    : files_(std::move(files)), state_(std::move(state)) {}

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::create(TlsFiles files) {
  SOTTO_ASSIGN(auto loaded, internal::TlsState::load(files));
  auto state = std::make_unique<internal::TlsState>(std::move(loaded));
  return std::shared_ptr<TlsContext>(new TlsContext(std::move(files), std::move(state)));
}

Result<> TlsContext::reload() {
  SOTTO_ASSIGN(auto loaded, internal::TlsState::load(files_));
  state_->replace(std::move(loaded));
  return {};
}

TlsCertificate TlsContext::certificate() const { return state_->certificate(); }

std::optional<std::string> certificate_warning(const TlsCertificate& certificate, WallTime now) {
  constexpr std::chrono::hours kSoon{14 * 24};
  if (now >= certificate.not_after)
    return "The server's certificate has ended: clients will refuse it until it is renewed.";
  if (now < certificate.not_before)
    return "The server's certificate is not valid yet: the machine's clock may be wrong.";
  if (now + kSoon < certificate.not_after) return std::nullopt;
  const auto days =
      std::chrono::duration_cast<std::chrono::hours>(certificate.not_after - now) / 24;
  return "The server's certificate ends in " + std::to_string(days.count()) + " days.";
}

}  // namespace sotto::http
