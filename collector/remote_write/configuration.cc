#include "collector/remote_write/configuration.h"

#include <algorithm>

#include "collector/remote_write/url.h"

namespace caspilink::remote_write {
namespace {

bool is_label_name(const std::string& name) {
  const auto word = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && word(name.front()) && !name.starts_with("__") &&
         std::ranges::all_of(name, [&](char c) { return word(c) || (c >= '0' && c <= '9'); });
}

ReceiverSettings read_receiver(formats::YamlMap map) {
  constexpr double kNanos = 1e9;
  ReceiverSettings receiver{.name = map.text("name"), .url = map.text("url")};
  if (!receiver.url.empty()) {
    if (const auto url = parse_url(receiver.url); !url) map.problem("url", url.error().detail);
  }
  if (const auto hours = map.optional_number("window_h", {.above = 0, .at_most = 1e6})) {
    receiver.window_ns = static_cast<std::int64_t>(*hours * 3600 * kNanos);
  }
  receiver.max_samples = static_cast<std::size_t>(
      map.integer_or("max_samples", static_cast<std::int64_t>(receiver.max_samples), 1, 100'000));
  receiver.timeout_ns = static_cast<std::int64_t>(
      map.number_or("timeout_s", 30, {.above = 0, .at_most = 600}) * kNanos);
  if (auto labels = map.optional_map("labels")) {
    for (const std::string& name : labels->keys()) {
      if (!is_label_name(name)) labels->problem(name, "'" + name + "' cannot name a label");
      receiver.labels.emplace_back(name, labels->text(name));
    }
  }
  if (auto auth = map.optional_map("basic_auth")) {
    receiver.username = auth->text("username");
    receiver.password_file = auth->file_name("password_file");
  }
  receiver.ca_file = map.file_name_or("ca_file", "");
  return receiver;
}

}  // namespace

std::vector<ReceiverSettings> read_receivers(std::vector<formats::YamlMap> list) {
  std::vector<ReceiverSettings> receivers;
  for (formats::YamlMap& map : list) {
    ReceiverSettings receiver = read_receiver(map);
    if (std::ranges::find(receivers, receiver.name, &ReceiverSettings::name) != receivers.end()) {
      map.problem("name", "'" + receiver.name + "' is the name of another receiver");
    }
    receivers.push_back(std::move(receiver));
  }
  return receivers;
}

}  // namespace caspilink::remote_write
