#include "platform/http/client/resolver.h"

#include <algorithm>
#include <netdb.h>
#include <optional>
#include <system_error>
#include <thread>

#include "base/mutex.h"
#include "base/text.h"

namespace sotto::http {
namespace {

constexpr std::size_t kAddressesMax = 16;  // Of one name; more are never needed to connect.

struct ListFreer {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Error name_unknown(const std::string& host, std::string detail) {
  return Error(ErrorCode::kUnavailable, "client.name_unknown",
               "The name " + printable(host) + " has no address.")
      .with_detail(std::move(detail));
}

Result<std::vector<Address>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, ListFreer> list(found);
  if (failure != 0) return name_unknown(host, ::gai_strerror(failure));
  std::vector<Address> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr && addresses.size() < kAddressesMax;
       entry = entry->ai_next) {
    const Address address = Address::of(entry->ai_addr);
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  if (addresses.empty()) return name_unknown(host, "an empty list");
  return addresses;
}

}  // namespace

struct SystemResolver::State {
  Mutex mutex;
  CondVar changed;
  std::size_t running SOTTO_GUARDED_BY(mutex) = 0;
};

SystemResolver::SystemResolver() : state_(std::make_shared<State>()) {}
SystemResolver::~SystemResolver() = default;

Result<std::vector<Address>> SystemResolver::resolve(const CallContext& context,
                                                     const std::string& host) {
  SOTTO_TRY(context.check());
  {
    const MutexLock lock(state_->mutex);
    while (state_->running >= kLookupsMax) SOTTO_TRY(state_->changed.wait(context, state_->mutex));
    ++state_->running;
  }
  // What the thread leaves for the caller, who may be gone; guarded by the state's mutex.
  struct Outcome {
    std::optional<Result<std::vector<Address>>> answer;
  };
  const auto outcome = std::make_shared<Outcome>();
  try {
    std::jthread([state = state_, outcome, host] {
      auto answer = look_up(host);
      {
        const MutexLock lock(state->mutex);
        --state->running;
        outcome->answer = std::move(answer);
      }
      state->changed.notify_all();
    }).detach();  // Joining would wait as long as the slowest name server lets it.
  } catch (const std::system_error&) {
    const MutexLock lock(state_->mutex);
    --state_->running;
    return Error(ErrorCode::kOverloaded, "client.too_many_calls",
                 "There is no room for another call to other servers.")
        .with_detail("no thread to look a name up");
  }
  const MutexLock lock(state_->mutex);
  auto& answer = outcome->answer;
  while (!answer) SOTTO_TRY(state_->changed.wait(context, state_->mutex));
  return *std::move(answer);
}

}  // namespace sotto::http
