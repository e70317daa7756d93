// Memory dumps as text, to decode a module that is not here:
//
//   # comment
//   #@ i2c=0x50 bank=0 page=lower offset=0 length=128
//   18 50 00 07 ...
//   #@ i2c=0x50 bank=0 page=0x11 offset=128 length=128
//
// `page=lower` is bytes 0-127, `page=0x11` bytes 128-255 of that page. i2c, page, offset and length
// are required, bank is 0 unless given. Bytes are two hexadecimal digits each, parted by blanks. A
// section that is missing was not readable.
#pragma once

#include <filesystem>
#include <string_view>

#include "agent/sources/module_memory/memory_image.h"
#include "link_models/result.h"

namespace caspilink::module_memory {

// Errors: kInvalidInput at "name:line:column"; a byte given twice is one.
[[nodiscard]] Result<MemoryImage> parse_dump(std::string_view text, std::string_view name);

// Errors: kNotFound when the file cannot be read, kInvalidInput as above or when it is larger than
// 4 MiB, which no module's memory is.
[[nodiscard]] Result<MemoryImage> load_dump(const std::filesystem::path& path);

}  // namespace caspilink::module_memory
