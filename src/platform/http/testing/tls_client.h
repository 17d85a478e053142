#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "platform/http/internal/openssl.h"
#include "platform/http/internal/tls_end.h"
#include "platform/http/server.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::http {

/// How a TlsClient speaks.
struct TlsClientOptions {
  std::filesystem::path ca_file;  ///< Whom to trust; the server is not verified where empty.
  std::string name = "localhost";
  WallTime now;         ///< What the client takes the time for.
  int version_min = 0;  ///< TLS1_1_VERSION, ...; OpenSSL's where 0.
  int version_max = 0;  ///< The same.
  std::string alpn;     ///< In wire form: "\x02h2".
  SSL_SESSION* resume = nullptr;
};

/// A TLS client for tests. Waits are bounded.
class TlsClient {
 public:
  /// Connects and shakes hands; is_connected() says with what success.
  TlsClient(const Endpoint& endpoint, const TlsClientOptions& options);

  bool is_connected() const { return connected_; }
  /// Why it did not connect, in OpenSSL's words.
  const std::string& failure() const { return failure_; }
  bool send(std::string_view bytes);
  /// One whole answer by its Content-Length.
  std::string receive();
  std::string exchange(std::string_view request);
  /// True where the server ended TLS as one should, and nothing is left to read.
  bool is_ended();
  /// Of the server's certificate.
  std::string fingerprint() const;
  SSL* end() const { return end_.get(); }

 private:
  bool fill();

  runtime::UniqueFd socket_;
  internal::SslContextPtr context_;
  internal::TlsEnd end_;
  bool connected_ = false;
  bool ended_ = false;
  std::string failure_;
  std::string buffer_;
};

}  // namespace sotto::http
