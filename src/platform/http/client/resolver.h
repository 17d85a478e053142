#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "platform/http/address.h"

namespace sotto::http {

/// Names into addresses, so that tests can answer. Any thread; blocks within the context.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// At least one address, in the order to try them. "client.name_unknown" where there is none,
  /// "client.too_many_calls", or the context's own errors.
  virtual Result<std::vector<Address>> resolve(const CallContext& context,
                                               const std::string& host) = 0;
};

/// The system's getaddrinfo(3), which knows no deadline: it runs on a thread of its own, and a
/// caller whose time is up leaves it behind. How many run at a time is bounded, abandoned ones
/// among them, and a caller above the bound waits.
class SystemResolver final : public Resolver {
 public:
  static constexpr std::size_t kLookupsMax = 8;  ///< At a time.

  SystemResolver();
  ~SystemResolver() override;
  Result<std::vector<Address>> resolve(const CallContext& context,
                                       const std::string& host) override;

 private:
  struct State;
  /// Shared with the threads, which may outlive the object.
  std::shared_ptr<State> state_;
};

}  // namespace sotto::http
