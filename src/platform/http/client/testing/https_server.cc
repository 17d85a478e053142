#include "platform/http/client/testing/https_server.h"

#include <chrono>
#include <fstream>
#include <unistd.h>

#include "base/check.h"

namespace sotto::http {

HttpsServer::HttpsServer(const HttpsServerOptions& options) {
  const auto made = runtime::run_command(
      CallContext::with_timeout(std::chrono::minutes(1)),
      {.arguments = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                     "/CN=localhost", "-addext", "subjectAltName=" + options.certified, "-keyout",
                     key(), "-out", certificate()},
       .capture_error = true},
      10'000);
  SOTTO_CHECK(made.value().exit.success());
  std::vector<std::string> arguments = {"openssl", "s_server",    "-accept", "127.0.0.1:0", "-HTTP",
                                        "-cert",   certificate(), "-key",    key()};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  child_ = std::make_unique<runtime::ChildProcess>(
      runtime::ChildProcess::start({.arguments = arguments,
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

void HttpsServer::serve(const std::string& name, const std::string& answer) const {
  std::ofstream(folder_ / name, std::ios::binary) << answer;
}

}  // namespace sotto::http
