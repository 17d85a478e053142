#pragma once

#include <cstddef>
#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sotto::http::internal {

/// No key and no chain of certificates is as large.
inline constexpr std::size_t kPemMax = std::size_t{256} << 10;

/// Gives an OpenSSL object back by the function that its library has for it.
template <auto KFree>
struct OpensslEnd {
  template <typename T>
  void operator()(T* object) const {
    KFree(object);
  }
};

using BioPtr = std::unique_ptr<BIO, OpensslEnd<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslEnd<EVP_PKEY_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpensslEnd<SSL_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslEnd<X509_free>>;

/// What OpenSSL says of its last failure on this thread, for the log; forgets it.
std::string openssl_failure();

/// All certificates of a PEM text, its other blocks passed over; an empty list where one of them is
/// broken or there are more than any chain has.
std::vector<X509Ptr> read_certificates(std::string_view pem);
/// The first private key of a PEM text; null where there is none or it is encrypted.
KeyPtr read_key(std::string_view pem);

/// DNS names and addresses of the subject's alternative names.
std::vector<std::string> names_of(X509& certificate);
/// "AB:CD:...": SHA-256 over the whole certificate.
std::string fingerprint_of(X509& certificate);
WallTime wall_time_of(const ASN1_TIME* time);

}  // namespace sotto::http::internal
