// Recordings somebody wants played: whatever is in the file, there are samples that can be, and an
// end or one error with its place.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "agent/sources/replay/sample_reader.h"
#include "proto/codec/text.h"
#include "proto/codec/wire.h"

namespace {

using namespace caspilink;

void check(bool holds) {
  if (!holds) std::abort();
}

// A file of this process's memory, under a name that can be opened.
struct File {
  int descriptor = memfd_create("recording", MFD_CLOEXEC);
  std::string name = "/proc/self/fd/" + std::to_string(descriptor);
};

void check(const replay::Sample& sample) {
  const codec::Observation& observation = sample.observation;
  const bool valued = observation.reading == codec::Reading::kValue;
  check(std::isfinite(observation.value) && (valued || observation.value == 0));
  for (const std::string& name : {observation.point.component, observation.point.source}) {
    check(name.size() <= codec::kLongestName && codec::utf8(name) == name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const File file;
  check(file.descriptor >= 0 && ftruncate(file.descriptor, 0) == 0);
  check(pwrite(file.descriptor, data, size, 0) == static_cast<ssize_t>(size));
  auto reader = replay::SampleReader::open(file.name);
  if (!reader) {
    check(!reader.error().detail.empty());
    return 0;
  }
  for (std::size_t samples = 0;; ++samples) {
    check(samples <= size);  // each takes bytes of the file
    const auto next = (*reader)->next();
    if (!next) check(next.error().where.starts_with(file.name + ":"));
    if (!next || !*next) return 0;
    check(**next);
  }
}
