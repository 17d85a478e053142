#include "speech/models/testing/https_server.h"

#include <chrono>
#include <unistd.h>

#include "base/check.h"
#include "speech/models/testing/test_models.h"

namespace sotto::models {

HttpsServer::HttpsServer() {
  const auto made = runtime::run_command(
      CallContext::with_timeout(std::chrono::minutes(1)),
      {.arguments = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                     "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key(),
                     "-out", certificate()},
       .capture_error = true},
      10'000);
  SOTTO_CHECK(made.value().exit.success());
  child_ = std::make_unique<runtime::ChildProcess>(
      runtime::ChildProcess::start({.arguments = {"openssl", "s_server", "-accept", "127.0.0.1:0",
                                                  "-HTTP", "-cert", certificate(), "-key", key()},
                                    .folder = folder_.path(),
                                    .capture_output = true,
                                    .capture_error = true})
          .value());
  // "ACCEPT 127.0.0.1:40001" tells the port; a closed pipe ends the loop.
  constexpr std::string_view kMark = "ACCEPT 127.0.0.1:";
  std::string said;
  char letter = 0;
  while (::read(child_->output().get(), &letter, 1) == 1) {
    said.push_back(letter);
    const std::size_t mark = said.find(kMark);
    if (letter != '\n' || mark == std::string::npos) continue;
    const std::size_t start = mark + kMark.size();
    port_ = said.substr(start, said.find_first_not_of("0123456789", start) - start);
    break;
  }
  SOTTO_CHECK(!port_.empty());
}

void HttpsServer::serve(const std::string& name, const std::string& bytes) const {
  put_file(folder_ / name, "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(bytes.size()) +
                               "\r\n\r\n" + bytes);
}

void HttpsServer::refuse(const std::string& name) const {
  put_file(folder_ / name, "HTTP/1.0 404 Not Found\r\n\r\nno such thing");
}

Source HttpsServer::source(const std::string& name) const {
  return {SourceKind::kUrl, "https://127.0.0.1:" + port_ + "/" + name, "", 0};
}

}  // namespace sotto::models
