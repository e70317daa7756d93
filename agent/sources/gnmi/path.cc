#include "agent/sources/gnmi/path.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

bool element_matches(const PathElement& pattern, const PathElement& element) {
  if (pattern.name != "*" && pattern.name != element.name) return false;
  return std::ranges::all_of(pattern.keys, [&](const auto& key) {
    if (key.second == "*") return true;
    const std::string* value = element.key(key.first);
    return value != nullptr && *value == key.second;
  });
}

bool covers(std::span<const PathElement> pattern, std::span<const PathElement> path) {
  while (!pattern.empty()) {
    if (pattern.front().name == "...") {
      for (std::size_t skipped = 0; skipped <= path.size(); ++skipped) {
        if (covers(pattern.subspan(1), path.subspan(skipped))) return true;
      }
      return false;
    }
    if (path.empty() || !element_matches(pattern.front(), path.front())) return false;
    pattern = pattern.subspan(1);
    path = path.subspan(1);
  }
  return true;
}

}  // namespace

const std::string* PathElement::key(std::string_view name_of_key) const {
  const auto found =
      std::ranges::find(keys, name_of_key, &std::pair<std::string, std::string>::first);
  return found == keys.end() ? nullptr : &found->second;
}

std::string_view without_module(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

Result<Path> parse_path(std::string_view text) {
  Path path;
  std::size_t at = 0;
  const auto refuse = [&](std::string_view expected) {
    return fail(ErrorCode::kInvalidInput, fmt::format("path '{}', offset {}", text, at),
                fmt::format("expected {}", expected));
  };
  if (text == "/") return path;
  while (at < text.size()) {
    if (text[at] != '/') return refuse("'/'");
    ++at;
    const std::size_t end = std::min(text.find_first_of("/[]", at), text.size());
    if (end == at) return refuse("a name");
    PathElement element{.name = std::string(without_module(text.substr(at, end - at))), .keys = {}};
    at = end;
    while (at < text.size() && text[at] == '[') {
      ++at;
      const std::size_t equals = text.find_first_of("=]", at);
      if (equals == std::string_view::npos || text[equals] != '=' || equals == at) {
        return refuse("key=value");
      }
      std::string key(text.substr(at, equals - at));
      std::string value;
      for (at = equals + 1; at < text.size() && text[at] != ']'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      if (at == text.size()) return refuse("']'");
      ++at;
      element.keys.emplace_back(std::move(key), std::move(value));
    }
    path.elements.push_back(std::move(element));
  }
  return path;
}

std::string format_path(const Path& path) {
  std::string text;
  for (const PathElement& element : path.elements) {
    text += '/';
    text += element.name;
    for (const auto& [key, value] : element.keys) {
      text += '[';
      text += key;
      text += '=';
      for (const char c : value) {
        if (c == ']' || c == '\\') text += '\\';
        text += c;
      }
      text += ']';
    }
  }
  return text.empty() ? "/" : text;
}

void write_path(const Path& path, ::gnmi::Path& out) {
  out.Clear();
  for (const PathElement& element : path.elements) {
    auto& wire = *out.add_elem();
    wire.set_name(element.name);
    for (const auto& [key, value] : element.keys) (*wire.mutable_key())[key] = value;
  }
}

bool covers(const Path& pattern, const Path& path) {
  return covers(std::span(pattern.elements), std::span(path.elements));
}

}  // namespace caspilink::gnmi
