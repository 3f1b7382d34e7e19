#include "controller/process_figures.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

namespace reconciler::controller {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::optional<ProcessFigures> process_figures() {
  long pages = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  rusage usage{};
  std::error_code error;
  const std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
  if (resident == 0 || error || getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  return ProcessFigures{static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)),
                        seconds(usage.ru_utime) + seconds(usage.ru_stime),
                        static_cast<double>(std::distance(begin(descriptors), end(descriptors)))};
}

}  // namespace reconciler::controller
