#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/runtime/child_process.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::http {

struct HttpsServerOptions {
  std::string certified = "IP:127.0.0.1";   ///< Whom its certificate names, as openssl writes it.
  std::vector<std::string> arguments = {};  ///< Further ones for openssl s_server.
};

/// openssl's own small web server on a loopback port that the kernel picks, with a certificate that
/// it signed itself. It answers 200 with the files of its folder, which hold whole answers. Ends
/// with the object.
class HttpsServer {
 public:
  explicit HttpsServer(const HttpsServerOptions& options = {});

  /// Makes /name answer with these bytes.
  void serve(const std::string& name, const std::string& answer) const;
  /// File to trust the server by.
  std::string certificate() const { return (folder_ / "certificate.pem").string(); }
  const std::string& port() const { return port_; }

 private:
  std::string key() const { return (folder_ / "key.pem").string(); }

  runtime::TempDir folder_;
  std::unique_ptr<runtime::ChildProcess> child_;
  std::string port_;
};

}  // namespace sotto::http
