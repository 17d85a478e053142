#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/address.h"
#include "platform/http/tls.h"

namespace sotto::http {

/// What a certificate of our own is to be good for.
struct LocalCertificateOptions {
  std::filesystem::path folder;    ///< Of the CA and the certificate; made with mode 0700.
  std::vector<std::string> names;  ///< DNS names, lower case.
  std::vector<Address> addresses;
};

struct LocalCertificate {
  TlsFiles files;                     ///< Both in one file, which is replaced at once.
  std::filesystem::path ca_file;      ///< What devices install, PEM.
  std::string ca_pem;                 ///< The same.
  std::string ca_fingerprint;         ///< To compare on the device before it trusts the CA.
  bool made_ca = false;               ///< There was none, or it ended: devices must install it.
  bool made_certificate = false;      ///< There was none, it was due, or it missed a name.
  std::vector<std::string> left_out;  ///< Asked for, but not what this CA may sign for.
};

/// A certificate for names on a local network, signed by a CA that is made for it: so that phones
/// there, once they trust the CA, get the secure context without which no page hears a microphone.
///
/// The CA (ten years) may sign for nothing but what it was made for: the names of then, ".local",
/// and private addresses. A stolen key is no key to a bank, nor to a top-level domain: a name
/// without a dot, a digit and a hyphen is left out. The certificate lasts 397 days, since clients
/// take no more than 398, and is made anew when it is due or misses a name; the CA is not, so that
/// what devices installed goes on. "http.tls_local_broken" where the CA's file is damaged,
/// "http.tls_key_exposed", and those of files.
Result<LocalCertificate> ensure_local_certificate(const LocalCertificateOptions& options,
                                                  WallTime now);

/// "localhost", this machine's name where a CA may be made for it, and that name under ".local".
std::vector<std::string> machine_names();
/// The addresses of this machine that others on its networks can name, and loopback.
std::vector<Address> machine_addresses();

}  // namespace sotto::http
