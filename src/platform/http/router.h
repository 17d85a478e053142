#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "platform/http/request.h"
#include "platform/http/response.h"

namespace sotto::http {

/// Answers one request. An error becomes a problem document.
using Handler = std::function<Result<Response>(const CallContext&, Request&)>;

/// Which rate limit counts a request.
enum class RateClass : std::uint8_t { kGeneral, kLogin, kUpload, kSpeech };

struct RouteOptions {
  /// The handler neither blocks nor computes for long: it runs on the I/O thread at once. Otherwise
  /// it runs on the handler pool.
  bool immediate = false;
  /// Anybody may know the answer: it may be cached. Otherwise "Cache-Control: no-store".
  bool is_public = false;
  /// A page of ours for people: it may load style sheets and images from here, and nothing else.
  bool is_page = false;
  /// Bytes; "http.body_too_large" above. 0: takes no body.
  std::uint64_t body_max = 0;
  /// Until when a handler must have answered, from its start.
  std::chrono::milliseconds timeout{30'000};
  RateClass rate_class = RateClass::kGeneral;
  /// False where an answer holds a secret beside text that the request chose: its length would tell
  /// one about the other (BREACH), and whoever listens sees lengths.
  bool compress = true;
};

/// One line of the table of routes.
struct Route {
  Method method = Method::kGet;
  /// "/api/v1/files/{id:uuid}": literal segments and {name}, {name:uuid} or {name:int} places.
  std::string pattern;
  Handler handler;
  RouteOptions options;
};

/// Finds the route of a request. Built once, then read by any thread.
///
/// A literal segment goes before a place; a value that is not of its place's type does not match.
/// A GET route answers HEAD too; OPTIONS is answered from the table.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// A malformed pattern or one that stands there already is a bug of the program (SOTTO_CHECK).
  void add(Route route);

  /// The route, and the request's parameters set. "http.not_found"; "http.method_not_allowed" with
  /// the methods that are, for Allow, in `allowed`.
  Result<const Route*> find(Request& request, std::string& allowed) const;

  /// The whole table in the order of adding.
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;
  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace sotto::http
