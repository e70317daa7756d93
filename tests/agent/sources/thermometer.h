// The worked example of agent/sources/README.md, which shows its two parts as they are here: a
// source that reads a temperature from a file, as Linux shows them (thousandths of a degree).
#pragma once

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "agent/sources/source.h"
#include "link_models/formats/yaml.h"

namespace caspilink::thermometer {

struct Configuration {
  std::string name;
  std::string file;
  std::chrono::milliseconds interval{1000};
};

class Thermometer final : public sources::Source {
 public:
  Thermometer(Configuration configuration, const sources::Context& context)
      : configuration_(std::move(configuration)),
        now_unix_ns_(context.now_unix_ns),
        timer_(context.io) {
    health_.name = configuration_.name;
    health_.kind = "thermometer";
  }
  void start(sources::Sink sink) override {
    sink_ = std::move(sink);
    read();
  }
  void stop() override {
    sink_ = nullptr;  // a timer that is due already finds nobody to tell
    timer_.cancel();
  }
  [[nodiscard]] sources::Health health() const override { return health_; }

 private:
  void read() {
    double thousandths = 0;
    if (std::ifstream(configuration_.file) >> thousandths) {
      const codec::Observation observation{
          .point = {.quantity = codec::Quantity::kModuleTemperature, .source = configuration_.name},
          .time_unix_ns = now_unix_ns_(),
          .value = thousandths / 1000};
      health_.up = true;
      health_.last_update_unix_ns = observation.time_unix_ns;
      ++health_.observations;
      sink_({&observation, 1});
    } else {  // no error of ours: it is counted, told and tried again
      health_.up = false;
      ++health_.errors["unreadable"];
      health_.detail = configuration_.file + " does not read";
    }
    timer_.expires_after(configuration_.interval);
    timer_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled && sink_) read();
    });
  }

  const Configuration configuration_;
  const sources::Clock now_unix_ns_;
  sources::Sink sink_;
  sources::Health health_;
  asio::steady_timer timer_;
};

inline std::vector<sources::MakeSource> read_section(formats::YamlMap section) {
  Configuration configuration{.name = section.text("name"), .file = section.file_name("file")};
  configuration.interval = std::chrono::milliseconds(
      section.integer_or("interval_ms", configuration.interval.count(), 10, 3'600'000));
  return {
      [configuration](const sources::Context& context) -> Result<std::unique_ptr<sources::Source>> {
        return std::make_unique<Thermometer>(configuration, context);
      }};
}

}  // namespace caspilink::thermometer
