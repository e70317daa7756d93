// What an agent may find of its spool after years on a cheap disk: a real spool's file with the
// input's changes made to it. Whatever they are, the spool opens or says why not, gives batches
// in their order and each in its place, and keeps what it is given from then on.
//
// The input is a list of changes: two bytes of offset in units of 16, one that holds the offset's
// last four bits and a number of bytes less one, and those bytes. An offset behind the end cuts the
// file off there, modulo its size; a first byte of 0xff makes the rest of the input the whole file.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>

#include <unistd.h>

#include "agent/spool/sqlite_spool.h"
#include "tests/agent/spool/batches.h"

namespace {

using namespace caspilink;
namespace fs = std::filesystem;

constexpr std::uint64_t kFreshBoot = 77;
constexpr std::uint64_t kBatches = 12;  // of each boot

void check(bool holds) {
  if (!holds) std::abort();
}

class Folder {
 public:
  Folder() {
    const bool in_memory = ::access("/dev/shm", W_OK) == 0;
    std::string pattern = in_memory ? "/dev/shm/spool-fuzz-XXXXXX" : "/tmp/spool-fuzz-XXXXXX";
    check(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string spool() const { return path_ / "spool.sqlite"; }
  void clear() const {
    for (const auto& entry : fs::directory_iterator(path_)) fs::remove(entry.path());
  }

 private:
  fs::path path_;
};

std::unique_ptr<spool::SqliteSpool> open(const Folder& folder) {
  auto opened = spool::SqliteSpool::open({.file = folder.spool(), .bounds = {}, .max_pages = 4096});
  return opened ? std::move(*opened) : nullptr;
}

// Two boots, some of their batches forgotten, one set aside: every table has rows.
std::string make_real(const Folder& folder) {
  {
    const auto real = open(folder);
    check(real != nullptr);
    const auto series = spool::series_of(50);
    for (const std::uint64_t boot : {3U, 9U}) {
      for (std::uint64_t sequence = 1; sequence <= kBatches; ++sequence) {
        check(real->append(spool::batch_of(boot, sequence),
                           sequence == 1 ? std::span(series) : std::span(series).first(0),
                           spool::kStart)
                  .has_value());
      }
    }
    real->forget(*real->position_of({3, 2}));
    real->set_aside(*real->position_of({9, 4}), "refused");
    check(real->flush().has_value());
  }
  std::ifstream file(folder.spool(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string damaged(std::string real, std::span<const std::uint8_t> input) {
  if (!input.empty() && input[0] == 0xff) return {input.begin() + 1, input.end()};
  while (input.size() >= 4) {
    const std::size_t offset = (std::size_t{input[0]} << 8 | input[1]) * 16 + (input[2] >> 4);
    const std::size_t length = std::min<std::size_t>((input[2] & 15U) + 1U, input.size() - 3);
    if (offset >= real.size()) {
      if (!real.empty()) real.resize(offset % real.size());
    } else {
      for (std::size_t at = 0; at < length && offset + at < real.size(); ++at) {
        real[offset + at] = static_cast<char>(input[3 + at]);
      }
    }
    input = input.subspan(3 + length);
  }
  return real;
}

std::size_t read_all(spool::SqliteSpool& spool) {
  std::size_t found = 0;
  spool::Position position = 0;
  while (true) {
    auto next = spool.next_after(position);
    if (!next || !*next) return found;
    check((*next)->position > position);
    position = (*next)->position;
    const codec::Batch& batch = (*next)->batch;
    check(spool.position_of(batch.id) == position);
    (void)spool.catalogue(batch.id.boot, 1, 50);
    check(++found < 100'000);
  }
}

bool holds(spool::SqliteSpool& spool, std::uint64_t sequence) {
  const auto position = spool.position_of({kFreshBoot, sequence});
  if (!position) return false;
  auto next = spool.next_after(*position - 1);
  return next && *next && (*next)->batch == spool::batch_of(kFreshBoot, sequence);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  static const std::string real = make_real(folder);
  folder.clear();
  std::ofstream(folder.spool(), std::ios::binary) << damaged(real, {data, size});

  std::uint64_t kept = 0;
  {
    const auto spool = open(folder);
    if (!spool)
      return 0;  // of another version, or locked by what it says: left alone, with a reason
    (void)read_all(*spool);
    const auto series = spool::series_of(50);
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
      const auto appended =
          spool->append(spool::batch_of(kFreshBoot, sequence),
                        sequence == 1 ? std::span(series) : std::span(series).first(0),
                        spool::kStart + spool::kSecond);
      if (!appended) break;  // a sequence that the file claims, or bounds that it has reached
      check(holds(*spool, sequence));
      kept = sequence;
    }
    (void)spool->flush();
    if (spool->stats().memory_batches > 0) return 0;  // the disk refuses, which stats() says
  }
  const auto again = open(folder);
  check(again != nullptr);
  for (std::uint64_t sequence = 1; sequence <= kept; ++sequence) check(holds(*again, sequence));
  (void)read_all(*again);
  return 0;
}
