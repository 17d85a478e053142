#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "platform/http/internal/shard.h"
#include "platform/http/server.h"

namespace sotto::http::internal {

/// A listening socket: admits connections and deals them out to the shards in turn. Lives on the
/// thread of the first shard.
class Listener {
 public:
  /// Binds and listens; fills in the port that the system chose. `tls` for secure endpoints.
  static Result<std::unique_ptr<Listener>> create(Endpoint& endpoint,
                                                  std::vector<std::unique_ptr<Shard>>& shards,
                                                  TlsContext* tls);

  void start();
  void close();

 private:
  Listener(runtime::UniqueFd socket, std::vector<std::unique_ptr<Shard>>& shards, TlsContext* tls);
  enum class Accepted : std::uint8_t { kAll, kMore, kNoDescriptor };

  void accept_waiting();
  /// Takes what waits, up to a number that leaves others their turn.
  Accepted accept_some();
  void turn_away(int socket);

  std::vector<std::unique_ptr<Shard>>& shards_;
  TlsContext* const tls_;  // Null where this listener speaks plain text.
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
  std::size_t next_ = 0;
};

}  // namespace sotto::http::internal
