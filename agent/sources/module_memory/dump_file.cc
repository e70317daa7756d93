#include "agent/sources/module_memory/dump_file.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace caspilink::module_memory {
namespace {

constexpr std::size_t kLargestFile = 4U << 20;
constexpr std::string_view kBlanks = " \t\r";

struct Word {
  std::string_view text;
  std::size_t column = 1;
};

std::vector<Word> words_of(std::string_view line, std::size_t from) {
  std::vector<Word> words;
  while ((from = line.find_first_not_of(kBlanks, from)) != std::string_view::npos) {
    const auto end = std::min(line.find_first_of(kBlanks, from), line.size());
    words.push_back({line.substr(from, end - from), from + 1});
    from = end;
  }
  return words;
}

std::optional<unsigned> number_of(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class DumpParser {
 public:
  explicit DumpParser(std::string_view name) : name_(name) {}

  Result<void> line(std::string_view text, std::size_t number) {
    line_ = number;
    if (text.starts_with("#@")) return header(text);
    if (text.starts_with("#")) return {};
    return bytes(text);
  }

  Result<MemoryImage> finish() {
    if (auto closed = close_section(); !closed) return tl::unexpected(closed.error());
    if (image_.pages().empty()) {
      line_ = 1;
      return error(1, "no section: expected a line that begins with '#@ i2c='");
    }
    return std::move(image_);
  }

 private:
  struct Section {
    PageAddress address;
    unsigned offset = 0;
    unsigned length = 0;
    std::size_t line = 0;
    std::vector<std::uint8_t> bytes;
  };

  tl::unexpected<Error> error(std::size_t column, std::string detail) const {
    return fail(ErrorCode::kInvalidInput, fmt::format("{}:{}:{}", name_, line_, column),
                std::move(detail));
  }

  Result<void> header(std::string_view text) {
    if (auto closed = close_section(); !closed) return closed;
    Section section{.line = line_};
    std::optional<unsigned> i2c, bank, offset, length;
    bool has_page = false;
    for (const Word& word : words_of(text, 2)) {
      const auto equals = word.text.find('=');
      const std::string_view key = word.text.substr(0, equals);
      const std::string_view value =
          equals == std::string_view::npos ? "" : word.text.substr(equals + 1);
      const std::size_t value_column = word.column + key.size() + 1;
      const auto take = [&](std::optional<unsigned>& field, unsigned largest) -> Result<void> {
        if (field) return error(word.column, fmt::format("'{}' is given twice", key));
        field = number_of(value);
        if (field && *field <= largest) return {};
        return error(value_column, fmt::format("'{}' is no number from 0 to {}", value, largest));
      };
      Result<void> taken;
      if (key == "i2c") {
        taken = take(i2c, 0x7F);
      } else if (key == "bank") {
        taken = take(bank, 255);
      } else if (key == "offset") {
        taken = take(offset, 255);
      } else if (key == "length") {
        taken = take(length, kPageBytes);
      } else if (key == "page") {
        if (has_page) return error(word.column, "'page' is given twice");
        has_page = true;
        std::optional<unsigned> page;
        if (value != "lower") {
          taken = take(page, 255);
          if (taken) section.address.page = static_cast<std::uint8_t>(*page);
        }
      } else {
        return error(word.column,
                     fmt::format("'{}': expected i2c=, bank=, page=, offset= or length=", key));
      }
      if (!taken) return taken;
    }
    if (!i2c || !has_page || !offset || !length) {
      return error(1, "a section needs i2c=, page=, offset= and length=");
    }
    section.address.i2c = static_cast<std::uint8_t>(*i2c);
    section.address.bank = static_cast<std::uint8_t>(bank.value_or(0));
    section.offset = *offset;
    section.length = *length;
    const unsigned base = section.address.base();
    if (*offset < base || *offset + *length > base + kPageBytes || *length == 0) {
      return error(1, fmt::format("offset {} and length {} leave the bytes {}-{} of {}", *offset,
                                  *length, base, base + kPageBytes - 1, section.address.name()));
    }
    section_ = std::move(section);
    return {};
  }

  Result<void> bytes(std::string_view text) {
    for (const Word& word : words_of(text, 0)) {
      if (!section_) {
        return error(word.column, "bytes before the first section, which begins with '#@ i2c='");
      }
      unsigned value = 0;
      const auto [end, failure] =
          std::from_chars(word.text.data(), word.text.data() + word.text.size(), value, 16);
      if (word.text.size() != 2 || failure != std::errc() ||
          end != word.text.data() + word.text.size()) {
        return error(word.column,
                     fmt::format("'{}' is no byte of two hexadecimal digits", word.text));
      }
      if (section_->bytes.size() == section_->length) {
        return error(word.column, fmt::format("more than the {} bytes the section of line {} has",
                                              section_->length, section_->line));
      }
      section_->bytes.push_back(static_cast<std::uint8_t>(value));
    }
    return {};
  }

  Result<void> close_section() {
    if (!section_) return {};
    const Section section = std::move(*section_);
    section_.reset();
    // Its errors point at its header; what follows is read further on.
    const std::size_t next_line = std::exchange(line_, section.line);
    if (section.bytes.size() != section.length) {
      return error(
          1, fmt::format("length={} and {} bytes follow", section.length, section.bytes.size()));
    }
    const Registers before = image_.at(section.address);
    for (unsigned i = section.offset; i < section.offset + section.length; ++i) {
      if (before.u8(i)) {
        return error(1, fmt::format("byte {} of {} was given before", i, section.address.name()));
      }
    }
    if (!image_.put(section.address, section.offset, section.bytes)) {
      return error(1, "the section does not fit its page");
    }
    line_ = next_line;
    return {};
  }

  std::string name_;
  std::size_t line_ = 1;
  std::optional<Section> section_;
  MemoryImage image_;
};

}  // namespace

Result<MemoryImage> parse_dump(std::string_view text, std::string_view name) {
  DumpParser parser(name);
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto read = parser.line(text.substr(0, end), ++number); !read) {
      return tl::unexpected(read.error());
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parser.finish();
}

Result<MemoryImage> load_dump(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, path.string(), "cannot be opened for reading");
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return fail(ErrorCode::kNotFound, path.string(), "cannot be read");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) {
    return fail(ErrorCode::kInvalidInput, path.string(), "is larger than a memory dump can be");
  }
  return parse_dump(text, path.string());
}

}  // namespace caspilink::module_memory
