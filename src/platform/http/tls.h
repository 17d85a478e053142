#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sotto::http {

namespace internal {
class TlsState;
}

/// Where a server's certificate and its key are, both PEM. One file may hold both.
struct TlsFiles {
  std::filesystem::path certificate;  ///< The server's own first, then those that lead to its CA.
  std::filesystem::path key;          ///< Not encrypted; readable by its owner and group alone.
};

/// What a server shows its clients.
struct TlsCertificate {
  std::vector<std::string> names;  ///< DNS names and addresses it is for.
  std::string fingerprint;         ///< SHA-256 of it, "AB:CD:...", as other programs print it.
  WallTime not_before;
  WallTime not_after;
};

/// The server's side of TLS: 1.2 and 1.3, the ciphers of Mozilla's intermediate profile without
/// finite-field DHE, HTTP/1.1 alone by ALPN, no compression, no renegotiation, no resumption
/// (docs/internals/decisions/0013-tls.md says why).
///
/// Any thread. Connections keep the certificate that they began with; reload() changes it for those
/// that follow.
class TlsContext {
 public:
  /// Reads the files and checks that they belong together: "http.tls_certificate_unreadable",
  /// "http.tls_certificate_weak", "http.tls_key_unreadable", "http.tls_key_exposed",
  /// "http.tls_key_mismatch", or one of runtime::read_file().
  static Result<std::shared_ptr<TlsContext>> create(TlsFiles files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Reads the files again. Where they are broken, what was loaded stays, and the error says why.
  Result<> reload();

  TlsCertificate certificate() const;

  /// For the server alone: makes the TLS end of connections.
  internal::TlsState& state() { return *state_; }

 private:
  TlsContext(TlsFiles files, std::unique_ptr<internal::TlsState> state);

  const TlsFiles files_;
  const std::unique_ptr<internal::TlsState> state_;
};

/// What somebody should know about a certificate that serves but may not be taken: that it has
/// ended, has not begun, or ends within two weeks. Nothing where all is well.
std::optional<std::string> certificate_warning(const TlsCertificate& certificate, WallTime now);

}  // namespace sotto::http
