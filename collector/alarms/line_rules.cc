#include "collector/alarms/line_rules.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace caspilink::alarms {
namespace {

using assess::ChannelAssessment;
using assess::DirectionAssessment;

// What is seen of one direction.
struct Sight {
  const DirectionAssessment* line = nullptr;
  State cut = State::kUnknown;
  bool light = false;     // a channel arrives
  bool not_sent = false;  // by the sender's own word
  std::string_view seen_at;
};

Sight sight_of(const DirectionAssessment& line) {
  Sight sight{.line = &line};
  const auto dark = [](const ChannelAssessment& channel) { return channel.no_light == true; };
  const auto lit = [](const ChannelAssessment& channel) { return channel.no_light == false; };
  const auto silenced = [](const ChannelAssessment& channel) {
    return channel.sent_no_light == true;
  };
  const bool any_channel = !line.channels.empty();
  const bool all_dark = any_channel && std::ranges::all_of(line.channels, dark);
  sight.light = std::ranges::any_of(line.channels, lit);
  sight.not_sent =
      line.sent_no_light == true || (any_channel && std::ranges::all_of(line.channels, silenced));
  if (sight.light || sight.not_sent) {
    // Where nothing is sent it is a fault of the sending terminal, whatever the line is like.
    sight.cut = State::kAbsent;
  } else if (all_dark || line.no_light == true) {
    sight.cut = State::kPresent;
    sight.seen_at = all_dark && line.no_light == true ? "line port and every lit channel"
                    : all_dark                        ? "every lit channel"
                                                      : "line port";
  }
  return sight;
}

struct Pair {
  Sight a_to_b;
  Sight b_to_a;

  [[nodiscard]] State cut() const {
    if (a_to_b.cut == State::kAbsent || b_to_a.cut == State::kAbsent) return State::kAbsent;
    return a_to_b.cut == State::kPresent && b_to_a.cut == State::kPresent ? State::kPresent
                                                                          : State::kUnknown;
  }
  [[nodiscard]] bool light() const { return a_to_b.light || b_to_a.light; }
};

Key pair_key(const std::string& fibre_pair) {
  return {.type = Type::kFibrePairCut, .fibre_pair = fibre_pair};
}

Key station_key(const std::string& station) {
  return {.type = Type::kStationDark, .station = station};
}

Condition cable_cut(const std::map<std::string_view, Pair>& pairs) {
  Condition cut{.key = {.type = Type::kCableCut}, .severity = Severity::kCritical};
  std::size_t dark = 0;
  bool light = false;
  for (const auto& [id, pair] : pairs) {
    dark += pair.cut() == State::kPresent ? 1 : 0;
    light = light || pair.light();
  }
  if (light) {
    cut.state = State::kAbsent;
  } else if (dark >= 2) {
    cut.state = State::kPresent;
    cut.text = fmt::format("{} of {} fibre pairs are dark in both directions, none shows light",
                           dark, pairs.size());
  }
  return cut;
}

// Everything one station sends: dark at the other end, or not sent by its own word.
Condition station_dark(const std::string& station, plant::Direction direction,
                       const std::map<std::string_view, Pair>& pairs, State cable) {
  Condition gone{.key = station_key(station), .severity = Severity::kCritical};
  std::size_t dark = 0;
  bool light = false;
  bool back = false;
  for (const auto& [id, pair] : pairs) {
    const bool forward = direction == plant::Direction::kAToB;
    const Sight& from = forward ? pair.a_to_b : pair.b_to_a;
    light = light || from.light;
    dark += from.cut == State::kPresent || from.not_sent ? 1 : 0;
    back = back || (forward ? pair.b_to_a : pair.a_to_b).light;
  }
  if (light) {
    gone.state = State::kAbsent;
  } else if (dark >= 2) {
    gone.state = State::kPresent;
    gone.text = fmt::format("no light from {} on {} of {} fibre pairs, the other way {}", station,
                            dark, pairs.size(), back ? "arrives" : "is not known");
    if (back) {
      gone.cause = {.element = station,
                    .text =
                        "one way is dark on every fibre pair and the other is lit: the cable "
                        "is whole, the sending station is not"};
    }
  }
  if (cable == State::kPresent && gone.state == State::kPresent) {
    gone.explained_by = {{.type = Type::kCableCut}};
  }
  return gone;
}

Condition fibre_pair_cut(const std::string& id, const Pair& pair) {
  Condition cut{.key = pair_key(id), .state = pair.cut(), .severity = Severity::kCritical};
  if (cut.state == State::kPresent) {
    cut.text = fmt::format("{}: no light in either direction", id);
    cut.explained_by = {{.type = Type::kCableCut}};
  }
  return cut;
}

Condition line_not_sent(const Sight& sight) {
  const DirectionAssessment& line = *sight.line;
  Condition silent{.key = sender_key(Type::kLineNotSent, line), .severity = Severity::kCritical};
  const bool some_sent =
      line.sent_no_light == false && std::ranges::any_of(line.channels, [](const auto& channel) {
        return channel.sent_no_light == false;
      });
  if (sight.not_sent) {
    silent.state = State::kPresent;
    const bool transmitters = std::ranges::all_of(
        line.channels, [](const auto& channel) { return channel.sent_no_light == true; });
    silent.text = fmt::format("{} {}: {} sends no light ({})", line.fibre_pair,
                              plant::to_string(line.direction), line.sender,
                              transmitters ? "every transmitter" : "line port");
    silent.cause = {
        .element = transmitters
                       ? fmt::format("transmitters of {} at {}", line.fibre_pair, line.sender)
                       : fmt::format("booster of {} at {}", line.fibre_pair, line.sender),
        .text = "by the sending station's own readings"};
    silent.explained_by = {station_key(line.sender)};
  } else if (some_sent || sight.light) {
    silent.state = State::kAbsent;
  }
  return silent;
}

Condition line_cut(const Sight& sight) {
  const DirectionAssessment& line = *sight.line;
  Condition cut{
      .key = line_key(Type::kLineCut, line), .state = sight.cut, .severity = Severity::kCritical};
  if (cut.state == State::kPresent) {
    cut.text =
        fmt::format("{} {}: no light from {} at {} ({})", line.fibre_pair,
                    plant::to_string(line.direction), line.sender, line.receiver, sight.seen_at);
    cut.explained_by = {
        pair_key(line.fibre_pair), station_key(line.sender), {.type = Type::kCableCut}};
  }
  return cut;
}

}  // namespace

Key line_key(Type type, const DirectionAssessment& line, std::uint32_t channel) {
  return {
      .type = type, .fibre_pair = line.fibre_pair, .direction = line.direction, .channel = channel};
}

Key sender_key(Type type, const DirectionAssessment& line, std::uint32_t channel) {
  Key key = line_key(type, line, channel);
  key.station = line.sender;
  return key;
}

std::vector<Key> cuts_of(const std::string& fibre_pair) {
  return {pair_key(fibre_pair),
          {.type = Type::kLineCut, .fibre_pair = fibre_pair, .direction = plant::Direction::kAToB},
          {.type = Type::kLineCut, .fibre_pair = fibre_pair, .direction = plant::Direction::kBToA},
          {.type = Type::kCableCut}};
}

void cut_conditions(const assess::Assessment& assessment, std::vector<Condition>& out) {
  std::map<std::string_view, Pair> pairs;
  std::map<plant::Direction, std::string> senders;
  for (const DirectionAssessment& line : assessment.directions) {
    Pair& pair = pairs[line.fibre_pair];
    (line.direction == plant::Direction::kAToB ? pair.a_to_b : pair.b_to_a) = sight_of(line);
    senders[line.direction] = line.sender;
  }
  out.push_back(cable_cut(pairs));
  const State cable = out.back().state;
  for (const auto& [direction, station] : senders) {
    out.push_back(station_dark(station, direction, pairs, cable));
  }
  for (const auto& [id, pair] : pairs) {
    out.push_back(fibre_pair_cut(std::string(id), pair));
    for (const Sight* sight : {&pair.a_to_b, &pair.b_to_a}) {
      if (sight->line == nullptr) continue;
      out.push_back(line_not_sent(*sight));
      out.push_back(line_cut(*sight));
    }
  }
}

}  // namespace caspilink::alarms
