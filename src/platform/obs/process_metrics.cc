#include "platform/obs/process_metrics.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace sotto::obs {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/// Bytes; `index` 0 is the address space, 1 what of it is resident.
double memory_bytes(std::size_t index) {
  std::ifstream file("/proc/self/statm");
  std::array<double, 2> pages{};
  for (double& count : pages) file >> count;
  return file ? pages[index] * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

/// Entries of a folder of /proc; 0 where it cannot be read.
double count_entries(const char* folder) {
  std::error_code failure;
  double count = 0;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure))
    ++count;
  return count;
}

double descriptors_max() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

void add_process_metrics(Metrics& metrics, const Clock& clock) {
  const double start = std::chrono::duration<double>(clock.now().time_since_epoch()).count();
  metrics.running_total("process_cpu_seconds_total", cpu_seconds);
  metrics.gauge("process_max_fds", descriptors_max);
  // One less: reading the folder opens it.
  metrics.gauge("process_open_fds", [] { return count_entries("/proc/self/fd") - 1; });
  metrics.gauge("process_resident_memory_bytes", [] { return memory_bytes(1); });
  metrics.gauge("process_start_time_seconds", [start] { return start; });
  metrics.gauge("process_threads", [] { return count_entries("/proc/self/task"); });
  metrics.gauge("process_virtual_memory_bytes", [] { return memory_bytes(0); });
}

}  // namespace sotto::obs
