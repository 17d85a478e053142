#pragma once

#include <memory>

struct ssl_st;

namespace sotto::http::internal {

struct TlsEndFree {
  void operator()(ssl_st* end) const;
};

/// OpenSSL's state of one connection.
using TlsEnd = std::unique_ptr<ssl_st, TlsEndFree>;

}  // namespace sotto::http::internal
