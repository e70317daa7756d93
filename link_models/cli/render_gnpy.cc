#include <array>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link_models/cli/gnpy_command.h"

namespace caspilink::cli {
namespace {

using design::ChannelResult;
using Out = fmt::memory_buffer;

struct Field {
  const char* name;
  double (*value)(const ChannelResult&);
};

// Names as in channel_fields.h; a path ends at the transceiver, so line and transceiver powers are
// one. `number`, `lit` and `label` come first and apart, being no measures.
constexpr std::array kFields = {
    Field{"frequency_hz", [](const auto& c) { return c.frequency.value(); }},
    Field{"baud_rate_hz", [](const auto& c) { return c.baud_rate.value(); }},
    Field{"launch_power_dbm", [](const auto& c) { return c.launch_power.value(); }},
    Field{"signal_power_dbm", [](const auto& c) { return c.signal_power.value(); }},
    Field{"total_power_dbm", [](const auto& c) { return c.total_power.value(); }},
    Field{"osnr_01nm_db", [](const auto& c) { return c.osnr_01nm.value(); }},
    Field{"snr_ase_db", [](const auto& c) { return c.snr_ase.value(); }},
    Field{"snr_nli_db", [](const auto& c) { return c.snr_nli.value(); }},
    Field{"gsnr_db", [](const auto& c) { return c.gsnr.value(); }},
    Field{"gsnr_01nm_db", [](const auto& c) { return c.gsnr_01nm.value(); }},
    Field{"osnr_with_transceiver_01nm_db",
          [](const auto& c) { return c.osnr_with_transceiver_01nm.value(); }},
    Field{"gsnr_with_transceiver_db",
          [](const auto& c) { return c.gsnr_with_transceiver.value(); }},
    Field{"gsnr_with_transceiver_01nm_db",
          [](const auto& c) { return c.gsnr_with_transceiver_01nm.value(); }},
    Field{"chromatic_dispersion_ps_per_nm",
          [](const auto& c) { return c.chromatic_dispersion.value(); }},
    Field{"pmd_ps", [](const auto& c) { return c.pmd.value(); }},
    Field{"pdl_db", [](const auto& c) { return c.pdl.value(); }},
    Field{"latency_ms", [](const auto& c) { return c.latency.value() * 1e3; }},
};

template <typename... Args>
void print(Out& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// Names come from files in any alphabet.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void put_number(Out& out, double value) {
  // JSON knows no infinity, the OSNR of a path without amplifiers.
  if (std::isfinite(value)) {
    print(out, "{}", value);
  } else {
    print(out, "null");
  }
}

void put_setting(Out& out, const design::Amplifier& amplifier) {
  print(out, "{{\"type\": {}, \"gain_db\": {}, \"tilt_db\": {}, \"output_voa_db\": {}}}",
        quoted(amplifier.type), amplifier.gain.value_or(Db(0)).value(),
        amplifier.tilt.value_or(Db(0)).value(), amplifier.output_voa.value_or(Db(0)).value());
}

// The amplifiers of an element of the path, as designed.
std::vector<const design::Amplifier*> amplifiers_of(const GnpyReport& report,
                                                    const std::string& uid) {
  std::vector<const design::Amplifier*> amplifiers;
  const auto node = report.network.find(uid);
  if (!node) return amplifiers;
  if (const auto* one = report.network.as<design::Amplifier>(*node)) amplifiers.push_back(one);
  if (const auto* multi = report.network.as<design::MultiBandAmplifier>(*node)) {
    for (const auto& band : multi->bands) amplifiers.push_back(&band.second);
  }
  return amplifiers;
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string render_gnpy_json(const GnpyReport& report) {
  Out out;
  const design::PathResult& path = report.path;
  print(out, "{{\n  \"topology\": {},\n  \"results\": [\n    {{\n", quoted(report.topology));
  print(out, "      \"source\": {},\n      \"destination\": {},\n", quoted(report.source),
        quoted(report.destination));
  print(out, "      \"nonlinear_model\": \"{}\",\n      \"length_km\": {},\n", path.interference,
        path.length.value());
  print(out, "      \"latency_ms\": {},\n      \"channels\": [",
        path.channels.front().latency.value() * 1e3);
  bool first = true;
  for (const ChannelResult& channel : path.channels) {
    print(out, "{}        {{\"number\": {}, \"lit\": true, \"label\": {}", first ? "\n" : ",\n",
          channel.number, quoted(channel.label));
    first = false;
    for (const Field& field : kFields) {
      print(out, ", \"{}\": ", field.name);
      put_number(out, field.value(channel));
    }
    print(out, "}}");
  }
  print(out, "\n      ],\n      \"trace\": [");
  first = true;
  for (const design::PathStep& step : path.steps) {
    print(out, "{}        {{\"name\": {}, \"kind\": \"{}\", \"total_power_out_dbm\": ",
          first ? "\n" : ",\n", quoted(step.uid), step.kind);
    first = false;
    put_number(out, step.total_power.value());
    const auto amplifiers = amplifiers_of(report, step.uid);
    if (!amplifiers.empty()) print(out, ", \"amplifiers\": [");
    for (std::size_t i = 0; i < amplifiers.size(); ++i) {
      if (i > 0) print(out, ", ");
      put_setting(out, *amplifiers[i]);
    }
    print(out, "{}", amplifiers.empty() ? "}" : "]}");
  }
  print(out, "\n      ]\n    }}\n  ]\n}}\n");
  return fmt::to_string(out);
}

std::string render_gnpy_csv(const GnpyReport& report) {
  Out out;
  print(out, "source,destination,number,lit,label");
  for (const Field& field : kFields) print(out, ",{}", field.name);
  print(out, "\n");
  for (const ChannelResult& channel : report.path.channels) {
    print(out, "{},{},{},1,{}", csv_text(report.source), csv_text(report.destination),
          channel.number, csv_text(channel.label));
    for (const Field& field : kFields) {
      const double value = field.value(channel);
      print(out, ",");
      if (std::isfinite(value)) print(out, "{}", value);
    }
    print(out, "\n");
  }
  return fmt::to_string(out);
}

std::string render_gnpy_table(const GnpyReport& report) {
  Out out;
  const design::PathResult& path = report.path;
  print(out, "{} - {}: {:.1f} km, {} channels, {:.4f} ms one way\n\n", report.source,
        report.destination, path.length.value(), path.channels.size(),
        path.channels.front().latency.value() * 1e3);
  print(out, "{:<40} {:<20} {:>8}  {}\n", "element", "kind", "out dBm", "amplifiers");
  for (const design::PathStep& step : path.steps) {
    print(out, "{:<40} {:<20} {:>8.2f} ", step.uid, step.kind, step.total_power.value());
    for (const design::Amplifier* amplifier : amplifiers_of(report, step.uid)) {
      print(out, " {} {:.2f} dB", amplifier->type, amplifier->gain.value_or(Db(0)).value());
    }
    print(out, "\n");
  }
  print(out, "\n{:>5} {:>10} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9} {:>7} {:>6}\n",
        "chan.", "THz", "GBd", "dBm", "OSNR", "SNR ASE", "SNR NLI", "GSNR", "GSNR", "GSNR+trx",
        "CD", "PMD", "PDL");
  print(out, "{:>5} {:>10} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9} {:>7} {:>6}\n", "",
        "", "", "", "dB/0.1nm", "dB", "dB", "dB", "dB/0.1nm", "dB/0.1nm", "ps/nm", "ps", "dB");
  double mean = 0;
  for (const ChannelResult& channel : path.channels) {
    print(out,
          "{:>5} {:>10.4f} {:>7.2f} {:>7.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>9.2f} {:>9.2f} "
          "{:>9.1f} {:>7.3f} {:>6.2f}\n",
          channel.number, channel.frequency.value() * 1e-12, channel.baud_rate.value() * 1e-9,
          channel.signal_power.value(), channel.osnr_01nm.value(), channel.snr_ase.value(),
          channel.snr_nli.value(), channel.gsnr.value(), channel.gsnr_01nm.value(),
          channel.gsnr_with_transceiver_01nm.value(), channel.chromatic_dispersion.value(),
          channel.pmd.value(), channel.pdl.value());
    mean += channel.gsnr_with_transceiver_01nm.value() / static_cast<double>(path.channels.size());
  }
  print(out,
        "\nNLI by {}. OSNR, SNR and GSNR: line alone, in 0.1 nm (12.5 GHz) where stated, else in "
        "the\nsymbol-rate bandwidth; +trx: with the noise of transmitter, add and drop ports. Mean "
        "{:.2f} dB.\n",
        path.interference, mean);
  return fmt::to_string(out);
}

}  // namespace caspilink::cli
