#pragma once

#include <memory>
#include <string>

#include "platform/runtime/child_process.h"
#include "platform/runtime/testing/temp_dir.h"
#include "speech/models/types.h"

namespace sotto::models {

/// openssl's own small web server on a loopback port that the kernel picks, with a certificate of
/// its own. Ends with the object.
class HttpsServer {
 public:
  HttpsServer();

  void serve(const std::string& name, const std::string& bytes) const;
  /// Answers 404 for the name; openssl's server itself would answer 200.
  void refuse(const std::string& name) const;
  /// File to trust the server by.
  std::string certificate() const { return (folder_ / "certificate.pem").string(); }
  Source source(const std::string& name) const;

 private:
  std::string key() const { return (folder_ / "key.pem").string(); }

  runtime::TempDir folder_;
  std::unique_ptr<runtime::ChildProcess> child_;
  std::string port_;
};

}  // namespace sotto::models
