#include "platform/http/router.h"

#include <algorithm>

#include "base/check.h"

namespace sotto::http {
namespace {

enum class PlaceType : std::uint8_t { kText, kUuid, kInt };

struct Place {
  std::string name;
  PlaceType type = PlaceType::kText;
};

constexpr std::size_t kIntDigitsMax = 18;  // Below 2^63.

bool fits(PlaceType type, std::string_view value) {
  switch (type) {
    case PlaceType::kText:
      return true;
    case PlaceType::kUuid:
      return Uuid::parse(value).has_value();
    case PlaceType::kInt:
      return value.size() <= kIntDigitsMax &&
             std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  return false;
}

Place parse_place(std::string_view segment) {
  SOTTO_CHECK(segment.size() > 2 && segment.back() == '}');
  segment = segment.substr(1, segment.size() - 2);
  const auto colon = segment.find(':');
  Place place{.name = std::string(segment.substr(0, colon))};
  if (colon != std::string_view::npos) {
    const std::string_view type = segment.substr(colon + 1);
    SOTTO_CHECK(type == "uuid" || type == "int");
    place.type = type == "uuid" ? PlaceType::kUuid : PlaceType::kInt;
  }
  return place;
}

}  // namespace

/// A segment of the table: what may follow it, and the routes that end here.
struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::vector<std::pair<Place, std::unique_ptr<Node>>> places;
  std::vector<const Route*> routes;

  Node& literal(std::string_view text) {
    for (auto& [name, node] : literals)
      if (name == text) return *node;
    return *literals.emplace_back(text, std::make_unique<Node>()).second;
  }
  Node& place(const Place& wanted) {
    for (auto& [place, node] : places)
      if (place.type == wanted.type && place.name == wanted.name) return *node;
    return *places.emplace_back(wanted, std::make_unique<Node>()).second;
  }

  /// Depth first, literals before places; a pattern has at most Target::kSegmentsMax segments.
  const Node* find(const std::vector<std::string>& segments, std::size_t depth,
                   Request& request) const {
    if (depth == segments.size()) return routes.empty() ? nullptr : this;
    const std::string& segment = segments[depth];
    for (const auto& [name, node] : literals) {
      if (name != segment) continue;
      if (const Node* found = node->find(segments, depth + 1, request)) return found;
    }
    for (const auto& [place, node] : places) {
      if (!fits(place.type, segment)) continue;
      request.parameters.emplace_back(place.name, segment);
      if (const Node* found = node->find(segments, depth + 1, request)) return found;
      request.parameters.pop_back();
    }
    return nullptr;
  }

  const Route* route(Method method) const {
    for (const Route* route : routes)
      if (route->method == method) return route;
    return nullptr;
  }

  std::string allowed() const {
    std::string list;
    for (const Route* route : routes) {
      list.append(to_string(route->method)).append(", ");
      if (route->method == Method::kGet) list += "HEAD, ";
    }
    return list + "OPTIONS";
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Route route) {
  SOTTO_CHECK(route.pattern.starts_with('/'));
  Node* node = root_.get();
  std::string_view rest = std::string_view(route.pattern).substr(1);
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    SOTTO_CHECK(!segment.empty());
    node = segment.starts_with('{') ? &node->place(parse_place(segment)) : &node->literal(segment);
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  SOTTO_CHECK(node->route(route.method) == nullptr);
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  node->routes.push_back(routes_.back().get());
}

Result<const Route*> Router::find(Request& request, std::string& allowed) const {
  request.parameters.clear();
  const Node* node = root_->find(request.target.segments(), 0, request);
  if (node == nullptr)
    return Error(ErrorCode::kNotFound, "http.not_found", "There is nothing at this path.");
  const Method method = request.method() == Method::kHead ? Method::kGet : request.method();
  if (const Route* route = node->route(method)) return route;
  allowed = node->allowed();
  return Error(ErrorCode::kInvalidArgument, "http.method_not_allowed",
               std::string("This path does not take ") + std::string(to_string(request.method())) +
                   "; it takes " + allowed + '.');
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  SOTTO_CHECK(name.empty());  // The route's pattern has no such place.
  return {};
}

}  // namespace sotto::http
