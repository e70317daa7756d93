#include "agent/sources/gnmi/wire.h"

#include <algorithm>
#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/wire_format_lite.h>

#include "agent/sources/gnmi/path_tree.h"

namespace caspilink::gnmi::wire {
namespace {

using google::protobuf::internal::WireFormatLite;

// Fields of gnmi.proto, as they come tagged.
constexpr std::uint32_t bytes_field(int number) {
  return WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}
constexpr std::uint32_t number_field(int number) {
  return WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_VARINT);
}

// The fields of one message, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view bytes)
      : begin_(bytes.data()),
        in_(reinterpret_cast<const std::uint8_t*>(bytes.data()),
            static_cast<int>(
                std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()))) {}

  // 0: over, or broken.
  std::uint32_t next() { return in_.ReadTag(); }
  // Whether it was over where a message can be.
  bool over() { return in_.ConsumedEntireMessage(); }

  bool read(std::string_view& value) {
    std::uint32_t size = 0;
    if (!in_.ReadVarint32(&size)) return false;
    const char* at = begin_ + in_.CurrentPosition();
    if (!in_.Skip(static_cast<int>(size)) || size > std::numeric_limits<int>::max()) return false;
    value = {at, size};
    return true;
  }
  bool read(std::uint64_t& value) { return in_.ReadVarint64(&value); }
  bool skip(std::uint32_t tag) { return WireFormatLite::SkipField(&in_, tag); }

 private:
  const char* begin_;
  google::protobuf::io::CodedInputStream in_;
};

bool is_text(std::string_view value) {
  return value.size() <= kLongestKey && google::protobuf::internal::IsStructurallyValidUTF8(
                                            value.data(), static_cast<int>(value.size()));
}

bool read_key(std::string_view bytes, std::string_view& name, std::string_view& value) {
  Fields fields(bytes);
  while (const std::uint32_t tag = fields.next()) {
    const bool good = tag == bytes_field(1)   ? fields.read(name)
                      : tag == bytes_field(2) ? fields.read(value)
                                              : fields.skip(tag);
    if (!good) return false;
  }
  return fields.over() && is_text(name) && is_text(value);
}

bool read_element(std::string_view bytes, PathElement& out) {
  Fields fields(bytes);
  std::string_view name;
  std::size_t keys = 0;
  while (const std::uint32_t tag = fields.next()) {
    std::string_view entry;
    if (tag == bytes_field(1)) {
      if (!fields.read(name)) return false;
    } else if (tag != bytes_field(2)) {
      if (!fields.skip(tag)) return false;
    } else {
      std::string_view key;
      std::string_view value;
      if (!fields.read(entry) || !read_key(entry, key, value)) return false;
      key = without_module(key);
      // Of a key that is there twice the last counts, as in any of protobuf's maps.
      const auto end = out.keys.begin() + static_cast<std::ptrdiff_t>(keys);
      auto same = std::find_if(out.keys.begin(), end,
                               [&](const auto& other) { return other.first == key; });
      if (same == end) {
        if (keys == kMostKeys) return false;
        if (keys == out.keys.size()) out.keys.emplace_back();
        same = out.keys.begin() + static_cast<std::ptrdiff_t>(keys++);
        same->first.assign(key);
      }
      same->second.assign(value);
    }
  }
  if (!fields.over() || !is_text(name)) return false;
  out.name.assign(without_module(name));
  out.keys.resize(keys);
  return true;
}

bool read_elements(std::string_view bytes, Path& out, std::vector<std::string_view>& known,
                   std::size_t& count, std::string_view& origin) {
  Fields fields(bytes);
  while (const std::uint32_t tag = fields.next()) {
    std::string_view part;
    if (tag == bytes_field(2)) {
      if (!fields.read(part) || !is_text(part)) return false;
      if (!part.empty()) origin = part;
    } else if (tag != bytes_field(3)) {
      if (!fields.skip(tag)) return false;
    } else {
      if (count == kLongestPath || !fields.read(part)) return false;
      if (count < known.size() && known[count] == part) {
        ++count;
        continue;
      }
      known.resize(count);
      if (count == out.elements.size()) out.elements.emplace_back();
      if (!read_element(part, out.elements[count++])) return false;
      known.push_back(part);
    }
  }
  return fields.over();
}

// A message within a message that may be there once; empty ones too are there.
bool read_once(Fields& fields, bool& seen, std::string_view& value) {
  if (seen) return false;
  seen = true;
  return fields.read(value);
}

bool read_update(std::string_view bytes, Update& out) {
  Fields fields(bytes);
  bool has_path = false;
  bool has_value = false;
  while (const std::uint32_t tag = fields.next()) {
    const bool good = tag == bytes_field(1)   ? read_once(fields, has_path, out.path)
                      : tag == bytes_field(3) ? read_once(fields, has_value, out.value)
                                              : fields.skip(tag);
    if (!good) return false;
  }
  return fields.over();
}

}  // namespace

std::optional<Response> read_response(std::string_view bytes) {
  Fields fields(bytes);
  Response response;
  while (const std::uint32_t tag = fields.next()) {
    bool seen = response.notification.has_value();
    std::uint64_t synced = 0;
    bool good = false;
    if (tag == bytes_field(1)) {
      good = read_once(fields, seen, response.notification.emplace());
    } else if (tag == number_field(3)) {
      good = fields.read(synced);
      response.synced = synced != 0;
    } else {
      good = fields.skip(tag);
    }
    if (!good) return std::nullopt;
  }
  if (!fields.over()) return std::nullopt;
  return response;
}

bool read_notification(std::string_view bytes, Notification& out) {
  out.timestamp = 0;
  out.prefix = {};
  out.updates.clear();
  out.deletes.clear();
  out.atomic = false;
  Fields fields(bytes);
  bool has_prefix = false;
  while (const std::uint32_t tag = fields.next()) {
    std::string_view part;
    std::uint64_t number = 0;
    bool good = false;
    if (tag == number_field(1)) {
      good = fields.read(number);
      out.timestamp = static_cast<std::int64_t>(number);
    } else if (tag == bytes_field(2)) {
      good = read_once(fields, has_prefix, out.prefix);
    } else if (tag == bytes_field(4)) {
      good = fields.read(part) && read_update(part, out.updates.emplace_back());
    } else if (tag == bytes_field(5)) {
      good = fields.read(out.deletes.emplace_back());
    } else if (tag == number_field(6)) {
      good = fields.read(number);
      out.atomic = number != 0;
    } else {
      good = fields.skip(tag);
    }
    if (!good) return false;
  }
  return fields.over();
}

bool read_path(std::string_view prefix, std::string_view path, Path& out,
               std::vector<std::string_view>& known, std::string_view& origin) {
  std::size_t count = 0;
  if (!read_elements(prefix, out, known, count, origin) ||
      !read_elements(path, out, known, count, origin)) {
    return false;
  }
  out.elements.resize(count);
  known.resize(count);
  return true;
}

}  // namespace caspilink::gnmi::wire
