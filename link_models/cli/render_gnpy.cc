#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link_models/cli/gnpy_command.h"

namespace caspilink::cli {
namespace {

using design::ChannelResult;
using Out = fmt::memory_buffer;

// A channel as it arrives and what a transceiver makes of it, where one is known.
struct Row {
  const ChannelResult& channel;
  const design::Reception* reception;
};

struct Field {
  const char* name;
  double (*value)(const Row&);
};

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double known(const std::optional<Db>& value) { return value ? value->value() : kUnknown; }

template <auto Member>
double received(const Row& row) {
  return row.reception == nullptr ? kUnknown : known(row.reception->*Member);
}

// Those of channel_fields.h under the same names and in the same order, and between them what
// GNPy prints besides. Brillouin noise is not counted, and GNPy's files know one age of a line,
// that which EOL makes of it. `number`, `lit` and `label` come first and apart, being no measures.
constexpr std::array kFields = {
    Field{"frequency_hz", [](const Row& r) { return r.channel.frequency.value(); }},
    Field{"baud_rate_hz", [](const Row& r) { return r.channel.baud_rate.value(); }},
    Field{"launch_power_dbm", [](const Row& r) { return r.channel.launch_power.value(); }},
    Field{"signal_power_dbm", [](const Row& r) { return r.channel.signal_power.value(); }},
    Field{"signal_power_line_dbm",
          [](const Row& r) { return r.channel.signal_power_line.value(); }},
    Field{"total_power_dbm", [](const Row& r) { return r.channel.total_power.value(); }},
    Field{"total_power_line_dbm", [](const Row& r) { return r.channel.total_power_line.value(); }},
    Field{"osnr_01nm_db", [](const Row& r) { return r.channel.osnr_01nm.value(); }},
    Field{"snr_ase_db", [](const Row& r) { return r.channel.snr_ase.value(); }},
    Field{"snr_nli_db", [](const Row& r) { return r.channel.snr_nli.value(); }},
    Field{"snr_gawbs_db", [](const Row&) { return kUnknown; }},
    Field{"gsnr_db", [](const Row& r) { return r.channel.gsnr.value(); }},
    Field{"gsnr_01nm_db", [](const Row& r) { return r.channel.gsnr_01nm.value(); }},
    Field{"osnr_with_transceiver_01nm_db",
          [](const Row& r) { return r.channel.osnr_with_transceiver_01nm.value(); }},
    Field{"gsnr_with_transceiver_db",
          [](const Row& r) { return r.channel.gsnr_with_transceiver.value(); }},
    Field{"gsnr_with_transceiver_01nm_db",
          [](const Row& r) { return r.channel.gsnr_with_transceiver_01nm.value(); }},
    Field{"q_line_db", received<&design::Reception::q_line>},
    Field{"penalty_db", received<&design::Reception::penalty>},
    Field{"q_db", received<&design::Reception::q>},
    Field{"pre_fec_ber",
          [](const Row& r) {
            return r.reception == nullptr ? kUnknown : r.reception->pre_fec_ber.value_or(kUnknown);
          }},
    Field{"required_osnr_01nm_db", received<&design::Reception::required_osnr>},
    Field{"margin_db", received<&design::Reception::margin>},
    Field{"margin_bol_db", [](const Row&) { return kUnknown; }},
    Field{"margin_eol_db", received<&design::Reception::margin>},
    Field{"chromatic_dispersion_ps_per_nm",
          [](const Row& r) { return r.channel.chromatic_dispersion.value(); }},
    Field{"pmd_ps", [](const Row& r) { return r.channel.pmd.value(); }},
    Field{"pdl_db", [](const Row& r) { return r.channel.pdl.value(); }},
    Field{"latency_ms", [](const Row& r) { return r.channel.latency.value() * 1e3; }},
};

Row row_of(const GnpyReport& report, std::size_t i) {
  const auto& reception = report.receptions[i];
  return {report.path.channels[i], reception ? &*reception : nullptr};
}

// Texts about the transceiver; empty where there is none.
std::string mode_of(const Row& row) { return row.reception == nullptr ? "" : row.reception->mode; }
std::string infeasible(const Row& row) {
  return row.reception == nullptr ? "" : row.reception->infeasible;
}
std::string format_of(const Row& row) {
  if (row.reception == nullptr || !row.reception->format) return "";
  return std::string(plant::to_string(*row.reception->format));
}

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

void put_text(Out& out, const char* name, const std::string& text) {
  print(out, ", \"{}\": {}", name, text.empty() ? "null" : quoted(text));
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

std::string figure_or_dash(double value) {
  return std::isfinite(value) ? fmt::format("{:.2f}", value) : "-";
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
  for (std::size_t i = 0; i < path.channels.size(); ++i) {
    const Row row = row_of(report, i);
    print(out, "{}        {{\"number\": {}, \"lit\": true, \"label\": {}", first ? "\n" : ",\n",
          row.channel.number, quoted(row.channel.label));
    first = false;
    for (const Field& field : kFields) {
      print(out, ", \"{}\": ", field.name);
      put_number(out, field.value(row));
    }
    put_text(out, "mode", mode_of(row));
    put_text(out, "modulation_format", format_of(row));
    put_text(out, "infeasible", infeasible(row));
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
  print(out, ",mode,modulation_format,infeasible\n");
  for (std::size_t i = 0; i < report.path.channels.size(); ++i) {
    const Row row = row_of(report, i);
    print(out, "{},{},{},1,{}", csv_text(report.source), csv_text(report.destination),
          row.channel.number, csv_text(row.channel.label));
    for (const Field& field : kFields) {
      const double value = field.value(row);
      print(out, ",");
      if (std::isfinite(value)) print(out, "{}", value);
    }
    print(out, ",{},{},{}\n", csv_text(mode_of(row)), format_of(row), csv_text(infeasible(row)));
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
  print(out,
        "\n{:>5} {:>10} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>7} {:>6} {:>7} {:>7}\n",
        "chan.", "THz", "GBd", "dBm", "OSNR", "SNR NLI", "GSNR", "GSNR", "GSNR+trx", "CD", "PMD",
        "PDL", "Q", "margin");
  print(out,
        "{:>5} {:>10} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>7} {:>6} {:>7} {:>7}\n",
        "", "", "", "", "dB/0.1nm", "dB", "dB", "dB/0.1nm", "dB/0.1nm", "ps/nm", "ps", "dB", "dB",
        "dB");
  double mean = 0;
  for (std::size_t i = 0; i < path.channels.size(); ++i) {
    const ChannelResult& channel = path.channels[i];
    const Row row = row_of(report, i);
    print(out,
          "{:>5} {:>10.4f} {:>7.2f} {:>7.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>9.2f} {:>9.1f} "
          "{:>7.3f} {:>6.2f} {:>7} {:>7}{}\n",
          channel.number, channel.frequency.value() * 1e-12, channel.baud_rate.value() * 1e-9,
          channel.signal_power.value(), channel.osnr_01nm.value(), channel.snr_nli.value(),
          channel.gsnr.value(), channel.gsnr_01nm.value(),
          channel.gsnr_with_transceiver_01nm.value(), channel.chromatic_dispersion.value(),
          channel.pmd.value(), channel.pdl.value(),
          figure_or_dash(received<&design::Reception::q>(row)),
          figure_or_dash(received<&design::Reception::margin>(row)),
          infeasible(row).empty() ? "" : "  " + infeasible(row));
    mean += channel.gsnr_with_transceiver_01nm.value() / static_cast<double>(path.channels.size());
  }
  print(out,
        "\nNLI by {}. OSNR, SNR and GSNR: line alone, in 0.1 nm (12.5 GHz) where stated, else in "
        "the\nsymbol-rate bandwidth; +trx: with the noise of transmitter, add and drop ports, mean "
        "{:.2f} dB.\nQ, margin: by the mode of the library that fits the channel, - where none or "
        "several do; margin in\nSNR over the required OSNR, penalties and system margin taken "
        "off.\n",
        path.interference, mean);
  return fmt::to_string(out);
}

}  // namespace caspilink::cli
