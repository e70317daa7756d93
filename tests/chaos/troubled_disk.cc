// For LD_PRELOAD: a disk that takes SLOW_SYNC_MS longer to say that something is written, does not
// say so while there is a file SLOW_SYNC_WHILE, and is read-only while there is a file
// READ_ONLY_WHILE. What is open for writing keeps the kernel from remounting a file system
// read-only, as a disk that fails does to it, so its answers are played.
#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

namespace {

// Whether the file that a variable names is there.
bool there_is(const char* variable) {
  const char* file = std::getenv(variable);
  if (file == nullptr) return false;
  const int before = errno;
  const bool there = access(file, F_OK) == 0;
  errno = before;
  return there;
}

bool read_only() {
  if (!there_is("READ_ONLY_WHILE")) return false;
  errno = EROFS;
  return true;
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int slow(const char* name, int file) {
  const char* text = std::getenv("SLOW_SYNC_MS");
  const long ms = text == nullptr ? 0 : std::atol(text);
  const timespec wait{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  nanosleep(&wait, nullptr);
  const timespec moment{.tv_sec = 0, .tv_nsec = 10'000'000};
  while (there_is("SLOW_SYNC_WHILE")) nanosleep(&moment, nullptr);
  return real<int (*)(int)>(name)(file);
}

}  // namespace

// What SQLite calls, by the names it was built with.
extern "C" int fsync(int file) { return slow("fsync", file); }
extern "C" int fdatasync(int file) { return slow("fdatasync", file); }
extern "C" ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  if (read_only()) return -1;
  return real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(file, bytes, size, at);
}
extern "C" int ftruncate64(int file, off64_t size) noexcept {
  if (read_only()) return -1;
  return real<int (*)(int, off64_t)>("ftruncate64")(file, size);
}
extern "C" int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if ((flags & O_ACCMODE) != O_RDONLY && read_only()) return -1;
  return real<int (*)(const char*, int, ...)>("open64")(path, flags, mode);
}
