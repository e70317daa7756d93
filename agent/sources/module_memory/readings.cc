#include "agent/sources/module_memory/readings.h"

#include <string_view>

#include <fmt/format.h>

namespace caspilink::module_memory {
namespace {

struct SubjectName {
  std::string_view side;  // "tx", "rx" or nothing
  std::string_view what;
};

SubjectName name_of(FlagSubject subject) {
  switch (subject) {
    case FlagSubject::kTemperature:
      return {"", "temp"};
    case FlagSubject::kSupply:
      return {"", "vcc"};
    case FlagSubject::kTxBias:
      return {"tx", "bias"};
    case FlagSubject::kTxPower:
      return {"tx", "power"};
    case FlagSubject::kRxPower:
      return {"rx", "power"};
    case FlagSubject::kLaserTemperature:
      return {"", "laser_temp"};
    case FlagSubject::kTecCurrent:
      return {"", "tec_current"};
    case FlagSubject::kAuxiliary1:
      return {"", "aux1"};
    case FlagSubject::kAuxiliary2:
      return {"", "aux2"};
    case FlagSubject::kAuxiliary3:
      return {"", "aux3"};
    case FlagSubject::kCustom:
      return {"", "custom"};
    case FlagSubject::kTxFault:
      return {"tx", "fault"};
    case FlagSubject::kTxLossOfSignal:
      return {"tx", "los"};
    case FlagSubject::kTxLossOfLock:
      return {"tx", "cdr_lol"};
    case FlagSubject::kTxEqualizerFault:
      return {"tx", "adapt_eq_fault"};
    case FlagSubject::kRxLossOfSignal:
      return {"rx", "los"};
    case FlagSubject::kRxLossOfLock:
      return {"rx", "cdr_lol"};
    case FlagSubject::kDataPathChanged:
      return {"lane", "data_path_changed"};
    case FlagSubject::kRxOutputChanged:
      return {"rx", "output_changed"};
    case FlagSubject::kModuleStateChanged:
      return {"", "module_state_changed"};
  }
  return {"", "unknown"};
}

}  // namespace

std::string_view flag_level_suffix(FlagLevel level) {
  switch (level) {
    case FlagLevel::kHighAlarm:
      return "_high_alarm";
    case FlagLevel::kLowAlarm:
      return "_low_alarm";
    case FlagLevel::kHighWarning:
      return "_high_warn";
    case FlagLevel::kLowWarning:
      return "_low_warn";
    case FlagLevel::kEvent:
      return "";
  }
  return "";
}

std::string flag_name(const Flag& flag) {
  const SubjectName name = name_of(flag.subject);
  const std::string lane = flag.lane == 0 ? "" : std::to_string(flag.lane);
  return fmt::format("{}{}{}{}{}", name.side, lane, name.side.empty() ? "" : "_", name.what,
                     flag_level_suffix(flag.level));
}

}  // namespace caspilink::module_memory
