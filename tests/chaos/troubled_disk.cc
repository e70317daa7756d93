// For LD_PRELOAD: a disk that takes SLOW_SYNC_MS longer to say that something is written.
#include <cstdlib>

#include <dlfcn.h>
#include <time.h>

namespace {

using Sync = int (*)(int);

int slow(const char* name, int file) {
  const char* text = std::getenv("SLOW_SYNC_MS");
  const long ms = text == nullptr ? 0 : std::atol(text);
  const timespec wait{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  nanosleep(&wait, nullptr);
  return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" int fsync(int file) { return slow("fsync", file); }
extern "C" int fdatasync(int file) { return slow("fdatasync", file); }
