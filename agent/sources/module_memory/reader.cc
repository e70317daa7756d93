#include "agent/sources/module_memory/reader.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/module_memory/cmis.h"
#include "agent/sources/module_memory/cmis_vdm.h"
#include "agent/sources/module_memory/decode.h"
#include "agent/sources/module_memory/dump_file.h"

namespace caspilink::module_memory {
namespace {

// CMIS guarantees reads of 8 bytes; nearly all modules serve 128.
constexpr unsigned kGuaranteedBytes = 8;

class PlannedRead {
 public:
  explicit PlannedRead(ModuleReader& reader) : reader_(reader) {}

  ReadResult<void> page(const PageAddress& address) {
    auto whole = reader_.read(address, address.base(), kPageBytes);
    if (whole) return keep(address, address.base(), *whole);
    if (whole.error().kind != ReadFailure::Kind::kUnavailable) return trouble(address, whole);
    for (unsigned first = 0; first < kPageBytes; first += kGuaranteedBytes) {
      const auto part = reader_.read(address, address.base() + first, kGuaranteedBytes);
      if (!part) return trouble(address, part);
      if (auto kept = keep(address, address.base() + first, *part); !kept) return kept;
    }
    return {};
  }

  void optional_page(std::uint8_t page_number, unsigned bank = 0) {
    static_cast<void>(page(PageAddress::upper(page_number, static_cast<std::uint8_t>(bank))));
  }

  ModuleRead read;

 private:
  ReadResult<void> keep(const PageAddress& address, unsigned first,
                        const std::vector<std::uint8_t>& bytes) {
    if (read.image.put(address, first, bytes)) return {};
    return tl::unexpected(
        ReadFailure{ReadFailure::Kind::kUnavailable,
                    fmt::format("{}: more bytes than asked for", address.name())});
  }

  ReadResult<void> trouble(const PageAddress& address,
                           const ReadResult<std::vector<std::uint8_t>>& failed) {
    read.troubles.push_back(fmt::format("{}: {}", address.name(), failed.error().detail));
    return tl::unexpected(failed.error());
  }

  ModuleReader& reader_;
};

void read_cmis(PlannedRead& plan) {
  plan.optional_page(0x00);
  if (plan.read.image.lower().bit(2, 7).value_or(true)) return;  // flat memory
  plan.optional_page(0x01);
  const auto has = cmis_capabilities(plan.read.image);
  if (!has) return;
  plan.optional_page(0x02);
  if (has->tunable) {
    plan.optional_page(0x04);
    plan.optional_page(0x12);
  }
  for (unsigned bank = 0; bank < has->banks; ++bank) {
    plan.optional_page(0x11, bank);
    if (has->vdm) {
      plan.optional_page(0x2F, bank);
      const unsigned groups = vdm_groups(plan.read.image, bank);
      for (unsigned group = 0; group < groups; ++group) {
        for (const unsigned first : {0x20U, 0x24U, 0x28U}) {
          plan.optional_page(static_cast<std::uint8_t>(first + group), bank);
        }
      }
      plan.optional_page(0x2C, bank);
    }
    if (has->coherent_pages) {
      plan.optional_page(0x34, bank);
      plan.optional_page(0x35, bank);
    }
  }
}

void read_sfp(PlannedRead& plan) {
  const auto diagnostics = plan.read.image.lower().u8(92).value_or(0);
  if ((diagnostics & 0x40) != 0) {
    static_cast<void>(plan.page(PageAddress::lower(kDiagnosticsI2c)));
  }
}

void read_qsfp(PlannedRead& plan) {
  plan.optional_page(0x00);
  if (!plan.read.image.lower().bit(2, 2).value_or(true)) plan.optional_page(0x03);
}

}  // namespace

Result<std::unique_ptr<ImageReader>> ImageReader::open(const std::filesystem::path& dump) {
  auto image = load_dump(dump);
  if (!image) return tl::unexpected(image.error());
  return std::make_unique<ImageReader>(std::move(*image));
}

ReadResult<std::vector<std::uint8_t>> ImageReader::read(const PageAddress& address, unsigned first,
                                                        unsigned count) {
  if (const auto failure = failures.find(address); failure != failures.end()) {
    return tl::unexpected(failure->second);
  }
  auto bytes = image.at(address).bytes(first, count);
  if (!bytes) {
    return tl::unexpected(
        ReadFailure{ReadFailure::Kind::kNotSupported, "these registers are not in the image"});
  }
  return std::move(*bytes);
}

ReadResult<ModuleRead> read_module(ModuleReader& reader) {
  PlannedRead plan(reader);
  if (auto lower = plan.page(PageAddress::lower()); !lower) return tl::unexpected(lower.error());
  const auto first = plan.read.image.lower().u8(0).value_or(0);
  if (first == 0 || first == 0xFF) plan.optional_page(0x00);
  const auto standard = identify(plan.read.image);
  // Whoever decodes the image says what is wrong with it.
  if (!standard) return std::move(plan.read);
  switch (*standard) {
    case Standard::kSff8472:
      read_sfp(plan);
      break;
    case Standard::kSff8636:
      read_qsfp(plan);
      break;
    case Standard::kCmis:
      read_cmis(plan);
      break;
  }
  return std::move(plan.read);
}

}  // namespace caspilink::module_memory
