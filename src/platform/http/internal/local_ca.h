#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "platform/http/address.h"
#include "platform/http/internal/openssl.h"

namespace sotto::http::internal {

/// A certificate and its key.
struct KeyedCertificate {
  X509Ptr certificate;
  KeyPtr key;

  /// Key and certificate as one PEM text.
  Result<Secret> to_pem() const;
};

/// Both out of one PEM text; nothing where one is missing or they do not belong together.
std::optional<KeyedCertificate> read_keyed_certificate(std::string_view pem);

struct SubjectNames {
  std::vector<std::string> names;
  std::vector<Address> addresses;
};

/// A CA that may sign for these names, ".local" and private addresses.
Result<KeyedCertificate> make_ca(const SubjectNames& subject, WallTime now);
/// A server's certificate for them, signed by `ca`.
Result<KeyedCertificate> make_server_certificate(const KeyedCertificate& ca,
                                                 const SubjectNames& subject, WallTime now);

/// Whether the constraints of a CA let it sign for a name or an address.
bool may_sign_for(X509& ca, std::string_view name);
bool may_sign_for(X509& ca, const Address& address);

/// A name that can stand in a certificate: letters, digits, hyphens and dots.
bool is_dns_name(std::string_view name);
/// Such a name that a CA may be made for. A constraint lets a name's subdomains in too, so that one
/// of letters alone without a dot could be a whole top-level domain ("cloud", "dev"); one with a
/// digit or a hyphen cannot.
bool can_be_constraint(std::string_view name);

Result<std::string> certificate_pem(X509& certificate);

}  // namespace sotto::http::internal
