// Where module memory comes from: the kernel, a dump file, or a test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "agent/sources/module_memory/memory_image.h"
#include "link_models/result.h"

namespace caspilink::module_memory {

struct ReadFailure {
  enum class Kind : std::uint8_t {
    kNotSupported,  // the port has no module memory, or the module no such page
    kDenied,        // needs CAP_NET_ADMIN
    kNoPort,        // no such interface
    kUnavailable,   // the bus or the driver failed; trying again may help
  };
  Kind kind = Kind::kUnavailable;
  std::string detail;  // one line, with the kernel's own words where it said any
};

template <typename T>
using ReadResult = tl::expected<T, ReadFailure>;

class ModuleReader {
 public:
  virtual ~ModuleReader() = default;

  // Registers `first` to `first + count - 1` of a page; requires that they lie within it. May block
  // for as long as the I2C bus takes, which is tens of milliseconds a page.
  virtual ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                                     unsigned count) = 0;
};

// Reads from an image: a dump file that was loaded, or one that a test made. Registers that the
// image does not have are kNotSupported; `failures` fail whole pages otherwise.
class ImageReader final : public ModuleReader {
 public:
  explicit ImageReader(MemoryImage source) : image(std::move(source)) {}
  [[nodiscard]] static Result<std::unique_ptr<ImageReader>> open(const std::filesystem::path& dump);

  ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                             unsigned count) override;

  MemoryImage image;
  std::map<PageAddress, ReadFailure> failures;
};

struct ModuleRead {
  MemoryImage image;
  std::vector<std::string> troubles;  // pages that should be there and were not readable
};

// Reads what a decoder needs and no more: many registers clear when they are read, and a page that
// is not advertised shows another one. A page that fails is absent from the image; failing to read
// the first page is the failure of all.
[[nodiscard]] ReadResult<ModuleRead> read_module(ModuleReader& reader);

}  // namespace caspilink::module_memory
