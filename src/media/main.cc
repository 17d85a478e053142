// sotto-media: the only program of Sotto that links FFmpeg. Started by speech/audio's MediaHelper
// with its control socket as descriptor 3; not for people.

#include <csignal>
#include <cstdio>
#include <sys/socket.h>

#include "media/decoder.h"
#include "media/fork_server.h"

namespace {

constexpr int kControlSocket = 3;

bool is_packet_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

int main() {
  if (!is_packet_socket(kControlSocket)) {
    std::fputs("sotto-media decodes audio for sotto, which starts it: run `sotto` instead.\n",
               stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  sotto::media::initialise_libraries();
  return sotto::media::run_fork_server(kControlSocket);
}
