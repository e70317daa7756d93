#include "agent/simulator/line_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace caspilink::simulator {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "caspilink-line/1";
constexpr std::size_t kLargestFile = 1 << 20;

// Thrown and caught in this file only: reading stops at the first problem.
struct Problem {
  std::string path;
  std::string detail;
};

std::string place_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == before.npos ? before.size() + 1 : before.size() - newline;
  return fmt::format("{}:{}", line, column);
}

// nlohmann keeps the last of two equal keys, so they are looked for while parsing.
class DuplicateKeys {
 public:
  bool operator()(int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key &&
        !open_.back().insert(parsed.get<std::string>()).second) {
      throw Problem{parsed.get<std::string>(), "key given twice"};
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> open_;
};

// One JSON object, read key by key; finish() refuses what was never asked for.
class Object {
 public:
  Object(const json& value, std::string path) : value_(value), path_(std::move(path)) {
    if (!value_.is_object()) throw Problem{path_, "expected an object"};
  }

  [[nodiscard]] const json& required(const std::string& key) {
    const json* found = optional(key);
    if (found == nullptr) throw Problem{at(key), "missing"};
    return *found;
  }
  [[nodiscard]] const json* optional(const std::string& key) {
    known_.insert(key);
    const auto found = value_.find(key);
    return found == value_.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::string text(const std::string& key) {
    const json& value = required(key);
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
      throw Problem{at(key), "expected text that is not empty"};
    }
    return value.get<std::string>();
  }
  [[nodiscard]] double number(const std::string& key) {
    const json& value = required(key);
    if (!value.is_number()) throw Problem{at(key), "expected a number"};
    const double number = value.get<double>();
    if (!std::isfinite(number)) throw Problem{at(key), "expected a finite number"};
    return number;
  }
  [[nodiscard]] std::optional<double> optional_number(const std::string& key) {
    if (optional(key) == nullptr) return std::nullopt;
    return number(key);
  }
  [[nodiscard]] std::uint64_t whole(const std::string& key, std::uint64_t least,
                                    std::uint64_t most) {
    const json& value = required(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least ||
        value.get<std::uint64_t>() > most) {
      throw Problem{at(key), fmt::format("expected a whole number from {} to {}", least, most)};
    }
    return value.get<std::uint64_t>();
  }
  [[nodiscard]] plant::Direction direction(const std::string& key) {
    auto found = plant::direction_from_string(text(key));
    if (!found) throw Problem{at(key), found.error().detail};
    return *found;
  }
  [[nodiscard]] std::optional<plant::Direction> optional_direction(const std::string& key) {
    if (optional(key) == nullptr) return std::nullopt;
    return direction(key);
  }
  void finish() const {
    for (const auto& item : value_.items()) {
      if (!known_.contains(item.key())) throw Problem{at(item.key()), "unknown key"};
    }
  }
  [[nodiscard]] std::string at(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

 private:
  const json& value_;
  std::string path_;
  std::set<std::string> known_;
};

constexpr auto kLastTime = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Effect read_effect(Object& object) {
  const std::string kind = object.text("kind");
  if (kind == "cut") return Cut{Kilometers(object.number("at_km"))};
  if (kind == "loss") {
    return AddedLoss{Kilometers(object.number("at_km")), Db(object.number("loss_db"))};
  }
  if (kind == "pump") {
    return PumpFailure{object.text("amplifier"), Db(object.number("power_drop_db")),
                       Db(object.number("noise_figure_rise_db")),
                       object.optional_direction("direction")};
  }
  if (kind == "fade") {
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return Fade{object.direction("direction"), static_cast<int>(object.whole("channel", 1, most)),
                Db(object.number("loss_db"))};
  }
  if (kind == "delay") {
    return AddedDelay{Seconds(object.number("delay_ms") * 1e-3),
                      object.optional_direction("direction")};
  }
  if (kind == "setting") {
    AmplifierSetting setting{.amplifier = object.text("amplifier"),
                             .direction = object.direction("direction")};
    if (const auto power = object.optional_number("output_power_dbm")) {
      setting.output_power = Dbm(*power);
    }
    if (const auto tilt = object.optional_number("tilt_db")) setting.tilt = Db(*tilt);
    return setting;
  }
  throw Problem{object.at("kind"),
                fmt::format("expected cut, loss, pump, fade, delay or setting, got '{}'", kind)};
}

Fault read_fault(const json& value, const std::string& path) {
  Object object(value, path);
  Fault fault;
  fault.id = object.whole("id", 1, std::numeric_limits<std::uint64_t>::max());
  if (std::string pair = object.text("fibre_pair"); pair != "all") {
    fault.fibre_pair = std::move(pair);
  }
  fault.since_unix_ns = static_cast<std::int64_t>(object.whole("since_unix_ns", 0, kLastTime));
  fault.effect = read_effect(object);
  object.finish();
  return fault;
}

LineState read_state(const json& root) {
  Object object(root, "");
  if (const std::string format = object.text("format"); format != kFormat) {
    throw Problem{"format", fmt::format("expected '{}', got '{}'", kFormat, format)};
  }
  LineState state;
  state.seed = object.whole("seed", 0, std::numeric_limits<std::uint64_t>::max());
  state.epoch_unix_ns = static_cast<std::int64_t>(object.whole("epoch_unix_ns", 0, kLastTime));
  state.plant_file = object.text("plant_file");
  state.next_id = object.whole("next_id", 1, std::numeric_limits<std::uint64_t>::max());
  const json& faults = object.required("faults");
  if (!faults.is_array() || faults.size() > kMostFaults) {
    throw Problem{"faults", fmt::format("expected a list of at most {} faults", kMostFaults)};
  }
  std::set<std::uint64_t> ids;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const std::string path = fmt::format("faults[{}]", i);
    state.faults.push_back(read_fault(faults[i], path));
    const auto id = state.faults.back().id;
    if (!ids.insert(id).second) throw Problem{path + ".id", fmt::format("{} is used twice", id)};
    if (id >= state.next_id) {
      throw Problem{path + ".id",
                    fmt::format("expected below next_id {}, got {}", state.next_id, id)};
    }
  }
  object.finish();
  return state;
}

json to_json_value(const Fault& fault) {
  json out = {{"id", fault.id},
              {"kind", name_of(fault.effect)},
              {"fibre_pair", fault.fibre_pair.value_or("all")},
              {"since_unix_ns", fault.since_unix_ns}};
  if (const auto* cut = std::get_if<Cut>(&fault.effect)) {
    out["at_km"] = cut->at.value();
  } else if (const auto* loss = std::get_if<AddedLoss>(&fault.effect)) {
    out["at_km"] = loss->at.value();
    out["loss_db"] = loss->loss.value();
  } else if (const auto* pump = std::get_if<PumpFailure>(&fault.effect)) {
    out["amplifier"] = pump->amplifier;
    out["power_drop_db"] = pump->power_drop.value();
    out["noise_figure_rise_db"] = pump->noise_figure_rise.value();
    if (pump->direction) out["direction"] = plant::to_string(*pump->direction);
  } else if (const auto* fade = std::get_if<Fade>(&fault.effect)) {
    out["direction"] = plant::to_string(fade->direction);
    out["channel"] = fade->channel;
    out["loss_db"] = fade->loss.value();
  } else if (const auto* delay = std::get_if<AddedDelay>(&fault.effect)) {
    out["delay_ms"] = delay->delay.value() * 1e3;
    if (delay->direction) out["direction"] = plant::to_string(*delay->direction);
  } else if (const auto* setting = std::get_if<AmplifierSetting>(&fault.effect)) {
    out["amplifier"] = setting->amplifier;
    out["direction"] = plant::to_string(setting->direction);
    if (setting->output_power) out["output_power_dbm"] = setting->output_power->value();
    if (setting->tilt) out["tilt_db"] = setting->tilt->value();
  }
  return out;
}

tl::unexpected<Error> system_failure(const std::string& path, std::string_view what) {
  return fail(ErrorCode::kUnavailable, path, fmt::format("{}: {}", what, std::strerror(errno)));
}

// Owns a descriptor; closing it also ends its flock.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> lock(const std::string& path) {
  const std::string name = path + ".lock";
  Descriptor fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (fd.get() < 0) return system_failure(name, "cannot open the lock");
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_failure(name, "cannot lock");
  }
  return fd;
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_failure(path, "cannot write");
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

// Requires the lock, which makes the temporary name ours alone.
Result<void> replace(const std::string& path, const LineState& state) {
  const std::string temporary = path + ".new";
  {
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (fd.get() < 0) return system_failure(temporary, "cannot open");
    if (auto wrote = write_all(fd.get(), to_json(state), temporary); !wrote) return wrote;
    if (::fsync(fd.get()) != 0) return system_failure(temporary, "cannot write to disk");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return system_failure(path, "cannot replace");
  return {};
}

}  // namespace

Result<LineState> parse_line_state(std::string_view text, const std::string& file) {
  try {
    return read_state(json::parse(text, DuplicateKeys()));
  } catch (const json::parse_error& error) {
    return fail(ErrorCode::kInvalidInput, file + ":" + place_of(text, error.byte),
                "expected JSON that is well-formed");
  } catch (const json::exception&) {
    return fail(ErrorCode::kInvalidInput, file, "expected numbers that fit in 64 bits");
  } catch (const Problem& problem) {
    return fail(ErrorCode::kInvalidInput, problem.path.empty() ? file : file + ": " + problem.path,
                problem.detail);
  }
}

std::string to_json(const LineState& state) {
  json faults = json::array();
  for (const auto& fault : state.faults) faults.push_back(to_json_value(fault));
  const json root = {{"format", kFormat},
                     {"seed", state.seed},
                     {"epoch_unix_ns", state.epoch_unix_ns},
                     {"plant_file", state.plant_file},
                     {"next_id", state.next_id},
                     {"faults", std::move(faults)}};
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<LineState> read_line_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable, path,
                fmt::format("cannot read the line file: {}", std::strerror(errno)));
  }
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (text.size() > kLargestFile) {
    return fail(ErrorCode::kInvalidInput, path, "expected a line file of at most 1 MiB");
  }
  return parse_line_state(text, path);
}

Result<LineState> ensure_line_file(const std::string& path, const LineState& initial) {
  const auto locked = lock(path);
  if (!locked) return tl::unexpected(locked.error());
  auto state = read_line_file(path);
  if (state || state.error().code != ErrorCode::kNotFound) return state;
  if (auto done = replace(path, initial); !done) return tl::unexpected(done.error());
  return initial;
}

Result<LineState> update_line_file(const std::string& path,
                                   const std::function<Result<void>(LineState&)>& change) {
  // Without this a mistyped path would leave a lock file behind.
  if (::access(path.c_str(), F_OK) != 0) return read_line_file(path);
  const auto locked = lock(path);
  if (!locked) return tl::unexpected(locked.error());
  auto state = read_line_file(path);
  if (!state) return state;
  if (auto done = change(*state); !done) return tl::unexpected(done.error());
  if (auto done = replace(path, *state); !done) return tl::unexpected(done.error());
  return state;
}

Result<void> add_fault(LineState& state, Fault fault) {
  if (state.faults.size() >= kMostFaults) {
    return fail(ErrorCode::kExhausted, "",
                fmt::format("the line has {} faults already: restore some", kMostFaults));
  }
  fault.id = state.next_id++;
  state.faults.push_back(std::move(fault));
  return {};
}

}  // namespace caspilink::simulator
