#include "platform/http/internal/local_ca.h"

#include <algorithm>
#include <array>
#include <climits>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <span>
#include <utility>

#include "platform/http/types.h"

namespace sotto::http::internal {
namespace {

using std::chrono::hours;

constexpr hours kCaLife{24 * 3652};
constexpr hours kServerLife{24 * 397};  // Clients refuse more than 398 days.
constexpr hours kBackdated{1};          // Clocks of phones are not exact.
constexpr std::size_t kCommonNameMax = 40;
constexpr int kSerialBits = 127;

/// Addresses that are never those of somebody's server on the internet.
constexpr std::string_view kPrivate =
    "permitted;DNS:localhost,permitted;DNS:local,"
    "permitted;IP:127.0.0.0/255.0.0.0,permitted;IP:10.0.0.0/255.0.0.0,"
    "permitted;IP:172.16.0.0/255.240.0.0,permitted;IP:192.168.0.0/255.255.0.0,"
    "permitted;IP:169.254.0.0/255.255.0.0,permitted;IP:100.64.0.0/255.192.0.0,"
    "permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,permitted;IP:fc00::/fe00::,"
    "permitted;IP:fe80::/ffc0::";

Error failed() {
  return Error(ErrorCode::kUnavailable, "http.tls_unavailable",
               "A certificate for the local network could not be made.")
      .with_detail(openssl_failure());
}

std::string constraints_for(const SubjectNames& subject) {
  std::string text = "critical," + std::string(kPrivate);
  for (const std::string& name : subject.names)
    if (name != "localhost") text += ",permitted;DNS:" + name;
  for (const Address& address : subject.addresses) {
    if (address.is_loopback()) continue;
    text += ",permitted;IP:" + address.to_string() +
            (address.is_ipv4() ? "/255.255.255.255" : "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  }
  return text;
}

std::string alternative_names(const SubjectNames& subject) {
  std::string text;
  const auto add = [&text](std::string_view kind, const std::string& value) {
    if (!text.empty()) text += ',';
    text.append(kind).append(value);
  };
  for (const std::string& name : subject.names) add("DNS:", name);
  for (const Address& address : subject.addresses) add("IP:", address.to_string());
  return text;
}

/// What both kinds of certificate begin with: a version, a serial number, a life and a key.
std::optional<KeyedCertificate> begin(WallTime now, hours life) {
  KeyedCertificate made{.certificate = X509Ptr(X509_new()), .key = KeyPtr(EVP_EC_gen("P-256"))};
  const std::unique_ptr<BIGNUM, OpensslEnd<BN_free>> serial(BN_new());
  X509* certificate = made.certificate.get();
  const auto time = [](WallTime at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  };
  if (!certificate || !made.key || !serial || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) == nullptr ||
      ASN1_TIME_set(X509_getm_notBefore(certificate), time(now - kBackdated)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), time(now + life)) == nullptr ||
      X509_set_pubkey(certificate, made.key.get()) != 1)
    return std::nullopt;
  return made;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [name](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                      0) == 1;  // NOLINT: OpenSSL's strings are unsigned.
  };
  return add("O", "Sotto") && add("CN", common_name.substr(0, kCommonNameMax));
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, OpensslEnd<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

using Constraints = std::unique_ptr<NAME_CONSTRAINTS, OpensslEnd<NAME_CONSTRAINTS_free>>;

/// Whether one of the permitted places of that kind fits.
template <typename Fits>
bool is_permitted(X509& ca, int kind, Fits fits) {
  const Constraints constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(&ca, NID_name_constraints, nullptr, nullptr)));
  if (!constraints) return true;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); ++i) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base;
    if (base->type != kind) continue;
    const ASN1_STRING* text = kind == GEN_DNS ? base->d.dNSName : base->d.iPAddress;
    if (fits(std::span(ASN1_STRING_get0_data(text),
                       static_cast<std::size_t>(ASN1_STRING_length(text)))))
      return true;
  }
  return false;
}

}  // namespace

Result<std::string> certificate_pem(X509& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), &certificate) != 1) return failed();
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

Result<Secret> KeyedCertificate::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_secmem()));  // Wiped when it goes.
  if (!bio ||
      PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(bio.get(), certificate.get()) != 1)
    return failed();
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return Secret(std::string(bytes, static_cast<std::size_t>(size)));
}

std::optional<KeyedCertificate> read_keyed_certificate(std::string_view pem) {
  auto certificates = read_certificates(pem);
  KeyedCertificate read{.certificate = nullptr, .key = read_key(pem)};
  if (!certificates.empty()) read.certificate = std::move(certificates.front());
  const bool fits = read.certificate && read.key &&
                    X509_check_private_key(read.certificate.get(), read.key.get()) == 1;
  ERR_clear_error();
  if (!fits) return std::nullopt;
  return read;
}

Result<KeyedCertificate> make_ca(const SubjectNames& subject, WallTime now) {
  auto made = begin(now, kCaLife);
  if (!made) return failed();
  X509* certificate = made->certificate.get();
  const auto named = std::find_if(subject.names.begin(), subject.names.end(),
                                  [](const std::string& name) { return name != "localhost"; });
  const std::string machine = named != subject.names.end() ? *named : "this machine";
  if (!set_subject(certificate, "Sotto CA of " + machine) ||
      X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !add_extension(certificate, certificate, NID_basic_constraints,
                     "critical,CA:TRUE,pathlen:0") ||
      !add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(certificate, certificate, NID_subject_key_identifier, "hash") ||
      !add_extension(certificate, certificate, NID_name_constraints, constraints_for(subject)) ||
      X509_sign(certificate, made->key.get(), EVP_sha256()) == 0)
    return failed();
  return std::move(*made);
}

Result<KeyedCertificate> make_server_certificate(const KeyedCertificate& ca,
                                                 const SubjectNames& subject, WallTime now) {
  const WallTime ca_end = wall_time_of(X509_get0_notAfter(ca.certificate.get()));
  const auto life = std::min(kServerLife, std::chrono::duration_cast<hours>(ca_end - now));
  auto made = begin(now, life);
  if (!made) return failed();
  X509* certificate = made->certificate.get();
  X509* issuer = ca.certificate.get();
  if (!set_subject(certificate, "Sotto") ||
      X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
      !add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") ||
      !add_extension(certificate, issuer, NID_subject_key_identifier, "hash") ||
      !add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") ||
      !add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(subject)) ||
      X509_sign(certificate, ca.key.get(), EVP_sha256()) == 0)
    return failed();
  return std::move(*made);
}

bool may_sign_for(X509& ca, std::string_view name) {
  return is_permitted(ca, GEN_DNS, [name](std::span<const unsigned char> bytes) {
    const std::string base(bytes.begin(), bytes.end());
    if (name.size() < base.size()) return false;
    const std::string_view end = name.substr(name.size() - base.size());
    return equals_ignoring_case(end, base) &&
           (name.size() == base.size() || name[name.size() - base.size() - 1] == '.');
  });
}

bool may_sign_for(X509& ca, const Address& address) {
  constexpr std::size_t kIpv4Size = 4;
  const std::span<const std::uint8_t> whole(address.bytes());
  const auto wanted = address.is_ipv4() ? whole.last(kIpv4Size) : whole;
  return is_permitted(ca, GEN_IPADD, [wanted](std::span<const unsigned char> bytes) {
    if (bytes.size() != 2 * wanted.size()) return false;  // An address, then its mask.
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if ((wanted[i] & bytes[wanted.size() + i]) != bytes[i]) return false;
    return true;
  });
}

bool is_dns_name(std::string_view name) {
  constexpr std::size_t kNameMax = 253;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= kNameMax && name.front() != '.' && name.front() != '-' &&
         name.back() != '.' && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), fits);
}

bool can_be_constraint(std::string_view name) {
  if (!is_dns_name(name)) return false;
  if (name == "localhost" || name.find('.') != std::string_view::npos) return true;
  return !name.starts_with("xn--") && name.find_first_of("0123456789-") != std::string_view::npos;
}

}  // namespace sotto::http::internal
