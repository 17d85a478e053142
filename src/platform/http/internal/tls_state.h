#pragma once

#include <memory>

#include "base/mutex.h"
#include "platform/http/internal/openssl.h"
#include "platform/http/internal/tls_end.h"
#include "platform/http/tls.h"

namespace sotto::http::internal {

/// What a TlsContext holds: OpenSSL's context, which is replaced whole. An SSL keeps the context
/// that it was made from, so that connections in flight do not notice. Any thread.
class TlsState {
 public:
  struct Loaded {
    SslContextPtr context;
    TlsCertificate certificate;
  };

  static Result<Loaded> load(const TlsFiles& files);

  explicit TlsState(Loaded loaded) : loaded_(std::move(loaded)) {}

  /// The TLS end of one connection; null where there is no memory for it.
  TlsEnd accept();
  void replace(Loaded loaded);
  TlsCertificate certificate();

 private:
  Mutex mutex_;
  Loaded loaded_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::http::internal
