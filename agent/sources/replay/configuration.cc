#include "agent/sources/replay/configuration.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/replay/replay_source.h"

namespace caspilink::replay {
namespace {

constexpr double kFastest = 1e6;

std::optional<double> read_speed(formats::YamlMap& map) {
  const std::string text = map.text_or("speed", "1");
  if (text == "max") return std::nullopt;
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (error != std::errc() || end != text.data() + text.size() || !(speed > 0) ||
      speed > kFastest) {
    map.problem("speed", fmt::format("expected max or a number above 0, at most {}, got '{}'",
                                     kFastest, text));
    return 1;
  }
  return speed;
}

Configuration read_file(formats::YamlMap map) {
  Configuration configuration{.name = map.text("name"),
                              .file = map.file_name("file"),
                              .station = map.text_or("station", "")};
  configuration.speed = read_speed(map);
  if (map.has("times")) configuration.shift = map.choice("times", {"recorded", "now"}) == "now";
  configuration.loop = map.boolean_or("loop", false);
  if (configuration.shift && !configuration.speed) {
    map.problem("times", "expected recorded: at speed max the recording has no length");
  }
  if (configuration.loop && !configuration.shift) {
    map.problem("loop", "expected times: now, or the same samples would come again and again");
  }
  return configuration;
}

}  // namespace

std::vector<Configuration> read_files(formats::YamlMap section) {
  std::vector<Configuration> files;
  for (formats::YamlMap map : section.maps("files")) {
    Configuration file = read_file(map);
    if (std::ranges::find(files, file.name, &Configuration::name) != files.end()) {
      map.problem("name", fmt::format("'{}' names another file already", file.name));
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<sources::MakeSource> read_section(formats::YamlMap section) {
  std::vector<sources::MakeSource> makers;
  for (Configuration& file : read_files(std::move(section))) {
    makers.emplace_back([file = std::move(file)](const sources::Context& context) {
      return make_replay_source(file, context);
    });
  }
  return makers;
}

}  // namespace caspilink::replay
