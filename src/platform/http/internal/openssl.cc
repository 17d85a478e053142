#include "platform/http/internal/openssl.h"

#include <array>
#include <climits>
#include <ctime>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <span>
#include <sys/socket.h>

#include "platform/http/address.h"
#include "platform/http/internal/tls_end.h"

namespace sotto::http::internal {
namespace {

constexpr std::size_t kCertificatesMax = 16;  // No real chain has half as many.

/// OpenSSL would ask for a passphrase on the terminal: a server has nobody to ask.
int refuse_passphrase(char* /*into*/, int /*size*/, int /*writes*/, void* /*context*/) {
  return -1;
}

BioPtr bio_over(std::string_view text) {
  if (text.size() > INT_MAX) return nullptr;
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  const std::span bytes(ASN1_STRING_get0_data(address),
                        static_cast<std::size_t>(ASN1_STRING_length(address)));
  return Address::of_bytes(bytes).to_string();
}

}  // namespace

void TlsEndFree::operator()(ssl_st* end) const { SSL_free(end); }

std::string openssl_failure() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> line{};
    ERR_error_string_n(code, line.data(), line.size());
    if (!text.empty()) text += "; ";
    text += line.data();
  }
  return text;
}

std::vector<X509Ptr> read_certificates(std::string_view pem) {
  std::vector<X509Ptr> certificates;
  const BioPtr bio = bio_over(pem);
  if (!bio) return certificates;
  ERR_clear_error();
  while (X509Ptr certificate{PEM_read_bio_X509(bio.get(), nullptr, refuse_passphrase, nullptr)}) {
    certificates.push_back(std::move(certificate));
    if (certificates.size() > kCertificatesMax) return {};
  }
  // Only "no further block" is a good end: a broken block in the middle is not passed over.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended) return {};
  ERR_clear_error();
  return certificates;
}

KeyPtr read_key(std::string_view pem) {
  const BioPtr bio = bio_over(pem);
  if (!bio) return nullptr;
  ERR_clear_error();
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, nullptr));
}

std::vector<std::string> names_of(X509& certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, OpensslEnd<GENERAL_NAMES_free>> found(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  if (!found) return names;
  for (int i = 0; i < sk_GENERAL_NAME_num(found.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found.get(), i);
    if (name->type == GEN_DNS) {
      const std::span bytes(ASN1_STRING_get0_data(name->d.dNSName),
                            static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
      names.emplace_back(bytes.begin(), bytes.end());
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_text(name->d.iPAddress));
    }
  }
  return names;
}

std::string fingerprint_of(X509& certificate) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), hash.data(), &size) != 1) return {};
  std::string text;
  for (const unsigned char byte : std::span(hash).first(size)) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

WallTime wall_time_of(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return WallTime();
  return WallTime(std::chrono::seconds(::timegm(&utc)));
}

}  // namespace sotto::http::internal
