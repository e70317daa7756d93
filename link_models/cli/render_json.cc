#include <cmath>
#include <iterator>
#include <map>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link_models/cli/channel_fields.h"
#include "link_models/cli/report.h"

namespace caspilink::cli {
namespace {

// Written straight to text: a document tree of all channels would cost more than the physics.
using Out = fmt::memory_buffer;

void put(Out& out, std::string_view text) { out.append(text); }

void put_text(Out& out, const std::string& text) { put(out, nlohmann::json(text).dump()); }

void put_number(Out& out, double value) {
  // JSON knows no infinity, the OSNR of a line without amplifiers.
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    put(out, "null");
  }
}

void put_field(Out& out, std::string_view name, double value) {
  fmt::format_to(std::back_inserter(out), "\"{}\": ", name);
  put_number(out, value);
}

std::string channels_text(const budget::LinkBudget& budget) {
  Out out;
  for (const budget::ChannelBudget& channel : budget.channels) {
    if (out.size() > 0) put(out, ",\n");
    fmt::format_to(std::back_inserter(out), "        {{\"number\": {}, \"lit\": {}", channel.number,
                   channel.lit);
    for (const ChannelField& field : kChannelFields) {
      put(out, ", ");
      put_field(out, field.name, field.value(channel));
    }
    put(out, ", \"infeasible\": ");
    if (channel.infeasible.empty()) {
      put(out, "null");
    } else {
      put_text(out, channel.infeasible);
    }
    put(out, "}");
  }
  return fmt::to_string(out);
}

std::string trace_text(const budget::LinkBudget& budget) {
  Out out;
  for (const budget::TraceEntry& entry : budget.trace) {
    if (out.size() > 0) put(out, ",\n");
    put(out, "        {\"name\": ");
    put_text(out, entry.name);
    fmt::format_to(std::back_inserter(out), ", \"kind\": \"{}\", ", entry.kind);
    put_field(out, "from_a_km", entry.from_a.value());
    put(out, ", ");
    put_field(out, "total_power_in_dbm", entry.total_power_in.value());
    put(out, ", ");
    put_field(out, "total_power_out_dbm", entry.total_power_out.value());
    put(out, ", ");
    put_field(out, "gain_db", entry.gain.value());
    put(out, "}");
  }
  return fmt::to_string(out);
}

// The part of a row that pairs sharing a budget share too.
std::string budget_text(const budget::LinkBudget& budget) {
  Out out;
  fmt::format_to(std::back_inserter(out), "      \"nonlinear_model\": \"{}\",\n",
                 budget.nonlinear_model);
  const std::pair<const char*, double> totals[] = {
      {"length_km", budget.length.value()},
      {"latency_ms", budget.latency.value() * 1e3},
      {"fec_q_limit_db", budget.fec_q_limit.value()},
      {"line_output_power_dbm", budget.line_output_power.value()},
      {"line_input_power_dbm", budget.line_input_power.value()}};
  for (const auto& [name, value] : totals) {
    put(out, "      ");
    put_field(out, name, value);
    put(out, ",\n");
  }
  put(out, "      \"channels\": [\n");
  put(out, channels_text(budget));
  put(out, "\n      ],\n      \"trace\": [\n");
  put(out, trace_text(budget));
  put(out, "\n      ]\n");
  return fmt::to_string(out);
}

}  // namespace

std::string render_json(const Report& report) {
  std::map<const budget::LinkBudget*, std::string> texts;
  Out out;
  put(out, "{\n  \"plant\": ");
  put_text(out, report.plant->name);
  put(out, ",\n  \"results\": [");
  bool first = true;
  for (const ReportRow& row : report.rows) {
    put(out, first ? "\n    {\n" : ",\n    {\n");
    first = false;
    put(out, "      \"fibre_pair\": ");
    put_text(out, row.fibre_pair);
    fmt::format_to(std::back_inserter(out), ",\n      \"direction\": \"{}\",\n      \"mode\": ",
                   plant::to_string(row.direction));
    put_text(out, row.mode->name);
    put(out, ",\n");
    std::string& text = texts[row.budget.get()];
    if (text.empty()) text = budget_text(*row.budget);
    put(out, text);
    put(out, "    }");
  }
  put(out, "\n  ]\n}\n");
  return fmt::to_string(out);
}

}  // namespace caspilink::cli
