#include "collector/program/dump.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "collector/performance/month_levels.h"
#include "proto/codec/reading_names.h"

namespace caspilink::program {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// As RFC 4180 asks: quoted where a separator, quote or line end is inside.
std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string channel_text(std::uint32_t channel) {
  return channel == 0 ? "" : fmt::to_string(channel);
}

// Empty where there is none.
std::string figure(double value) { return std::isnan(value) ? "" : fmt::to_string(value); }

std::string csv_line(const store::HistoryRow& row) {
  const codec::MeasurementPoint& point = row.point;
  const bool number = row.reading == codec::Reading::kValue;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", field(row.station),
                     row.batch.boot, row.batch.sequence, row.row, row.time_unix_ns,
                     codec::info(point.quantity).name, field(point.fibre_pair),
                     channel_text(point.channel), field(point.element), field(point.source),
                     field(point.component), codec::to_string(row.reading),
                     number ? fmt::to_string(row.value) : "", codec::to_string(point.statistic),
                     field(point.peer));
}

std::string json_line(const store::HistoryRow& row) {
  const codec::MeasurementPoint& point = row.point;
  nlohmann::ordered_json line = {
      {"station", row.station},           {"boot", row.batch.boot},
      {"sequence", row.batch.sequence},   {"row", row.row},
      {"time_unix_ns", row.time_unix_ns}, {"quantity", codec::info(point.quantity).name}};
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) line[key] = value;
  };
  text("fibre_pair", point.fibre_pair);
  if (point.channel != 0) line["channel"] = point.channel;
  text("element", point.element);
  text("source", point.source);
  text("component", point.component);
  text("peer", point.peer);
  line["statistic"] = codec::to_string(point.statistic);
  line["reading"] = codec::to_string(row.reading);
  if (row.reading == codec::Reading::kValue) line["value"] = row.value;
  // Names come from agents: what is not UTF-8 must not end the dump.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

// Writes lines until one fails, and remembers that.
class Output {
 public:
  explicit Output(std::FILE* file) : file_(file) {}
  void line(const std::string& text) {
    good_ = good_ && std::fwrite(text.data(), 1, text.size(), file_) == text.size();
  }
  Result<void> finish() {
    if (good_ && std::fflush(file_) == 0) return {};
    return fail(ErrorCode::kUnavailable, "", "the output cannot be written");
  }

 private:
  std::FILE* file_;
  bool good_ = true;
};

}  // namespace

Result<void> dump_history(const std::string& store_dir, const store::HistoryFilter& filter,
                          Format format, std::FILE* file) {
  auto history = store::History::open(store_dir);
  if (!history) return tl::unexpected(history.error());
  Output out(file);
  if (format == Format::kCsv) {
    out.line(
        "station,boot,sequence,row,time_unix_ns,quantity,fibre_pair,channel,element,source,"
        "component,reading,value,statistic,peer\n");
  }
  auto read = (*history)->samples(filter, [&](const store::HistoryRow& row) {
    out.line(format == Format::kCsv ? csv_line(row) : json_line(row));
  });
  auto written = out.finish();
  return read ? written : read;
}

Result<void> dump_batches(const std::string& store_dir, std::FILE* file) {
  auto history = store::History::open(store_dir);
  if (!history) return tl::unexpected(history.error());
  Output out(file);
  out.line("station,boot,sequence,samples,set_aside\n");
  auto read = (*history)->batches([&](const store::BatchRow& row) {
    out.line(fmt::format("{},{},{},{},{}\n", field(row.station), row.batch.boot, row.batch.sequence,
                         row.samples, row.set_aside));
  });
  auto written = out.finish();
  return read ? written : read;
}

Result<void> dump_alarms(const std::string& store_dir, std::FILE* file) {
  auto history = store::History::open(store_dir);
  if (!history) return tl::unexpected(history.error());
  Output out(file);
  out.line(
      "id,type,severity,station,fibre_pair,direction,channel,raised_unix_ns,"
      "cleared_unix_ns,text,element,peer,source,parent\n");
  auto read = (*history)->alarms([&](const store::AlarmRecord& alarm) {
    out.line(fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", alarm.id, alarm.type, alarm.severity,
        field(alarm.station), field(alarm.fibre_pair), alarm.direction, channel_text(alarm.channel),
        alarm.raised_unix_ns, alarm.cleared_unix_ns ? fmt::to_string(*alarm.cleared_unix_ns) : "",
        field(alarm.text), field(alarm.element), field(alarm.peer), field(alarm.source),
        alarm.parent == 0 ? "" : fmt::to_string(alarm.parent)));
  });
  auto written = out.finish();
  return read ? written : read;
}

Result<void> dump_bins(const std::string& store_dir, const store::BinFilter& filter,
                       std::FILE* file) {
  auto history = store::History::open(store_dir);
  if (!history) return tl::unexpected(history.error());
  Output out(file);
  out.line(
      "start_unix_ns,length_s,quantity,station,fibre_pair,direction,channel,element,peer,source,"
      "minimum,average,maximum,last,samples,suspect\n");
  auto read = (*history)->bins(filter, [&](const store::BinRecord& bin) {
    const store::PlaceName& place = bin.place;
    out.line(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", bin.start_unix_ns,
                         bin.length_s, place.quantity, field(place.station),
                         field(place.fibre_pair), place.direction, channel_text(place.channel),
                         field(place.element), field(place.peer), field(place.source),
                         figure(bin.minimum), figure(bin.average), figure(bin.maximum),
                         figure(bin.last), bin.samples, bin.suspect ? 1 : 0));
  });
  auto written = out.finish();
  return read ? written : read;
}

Result<void> dump_service_levels(const std::string& store_dir, const std::string& month,
                                 std::FILE* file) {
  const auto span = performance::month_of(month);
  if (!span) return tl::unexpected(span.error());
  auto history = store::History::open(store_dir);
  if (!history) return tl::unexpected(history.error());
  const auto levels = performance::levels_of(**history, *span);
  if (!levels) return tl::unexpected(levels.error());
  const auto month_s = static_cast<std::uint64_t>(span->until_unix_s - span->from_unix_s);
  const auto seconds = [](const std::optional<Seconds>& time) {
    return time ? fmt::to_string(time->value()) : "";
  };
  Output out(file);
  out.line(
      "fibre_pair,availability_ratio,unavailable_seconds,known_seconds,unknown_seconds,"
      "round_trip_minimum_s,round_trip_average_s,round_trip_maximum_s,probe_loss_ratio\n");
  for (const auto& level : *levels) {
    out.line(fmt::format(
        "{},{},{},{},{},{},{},{},{}\n", field(level.fibre_pair),
        level.availability ? fmt::to_string(*level.availability) : "", level.unavailable_seconds,
        level.known_seconds, month_s - std::min(month_s, level.known_seconds),
        seconds(level.latency_minimum), seconds(level.latency_average),
        seconds(level.latency_maximum), level.probe_loss ? fmt::to_string(*level.probe_loss) : ""));
  }
  return out.finish();
}

Result<void> dump_verdicts(const std::string& store_dir,
                           const std::shared_ptr<const twin::Model>& model,
                           const assess::ReplaySettings& settings, std::FILE* file) {
  auto history = store::History::open(store_dir);
  if (!history) return tl::unexpected(history.error());
  Output out(file);
  out.line("time_unix_ns,fibre_pair,direction,verdict,margin_db\n");
  std::vector<std::optional<assess::Verdict>> before(model->slots());
  auto replayed = assess::replay(**history, model, settings, [&](const assess::Assessment& now) {
    for (std::size_t slot = 0; slot < now.directions.size(); ++slot) {
      const assess::DirectionAssessment& line = now.directions[slot];
      if (before[slot] == line.verdict) continue;
      before[slot] = line.verdict;
      out.line(fmt::format("{},{},{},{},{}\n", now.time_unix_ns, field(line.fibre_pair),
                           plant::to_string(line.direction), assess::to_string(line.verdict),
                           line.margin ? fmt::format("{:.2f}", line.margin->value()) : ""));
    }
  });
  auto written = out.finish();
  return replayed ? written : replayed;
}

}  // namespace caspilink::program
