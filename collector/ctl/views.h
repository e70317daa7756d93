// Answers of the query API as text for people, and as JSON for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "proto/query.pb.h"

namespace caspilink::ctl {

namespace wire = ::caspilink::query::v1;

// One object on one line, in the standard JSON form of the message: field names as in the .proto,
// 64-bit numbers as text, what is not known left out.
[[nodiscard]] std::string json(const google::protobuf::Message& message);

[[nodiscard]] std::string view(const wire::GetStateResponse& state, bool colours);
[[nodiscard]] std::string view(const wire::GetMarginsResponse& margins, bool colours);
[[nodiscard]] std::string view(const wire::ListBaselinesResponse& baselines, bool colours);
[[nodiscard]] std::string view(const wire::CommissionResponse& done, bool colours);
[[nodiscard]] std::string view(const wire::ListAlarmsResponse& alarms, bool colours);
[[nodiscard]] std::string view(const wire::AlarmResponse& alarm, bool colours);
[[nodiscard]] std::string view(const wire::ListMaintenanceResponse& maintenance, bool colours);
[[nodiscard]] std::string view(const wire::MaintenanceResponse& maintenance, bool colours);
[[nodiscard]] std::string view(const wire::ListAgentsResponse& agents, bool colours);
[[nodiscard]] std::string view(const wire::ReloadAgentResponse& done, bool colours);
[[nodiscard]] std::string view(const wire::GetBinsResponse& bins, bool colours);
[[nodiscard]] std::string view(const wire::GetServiceLevelsResponse& levels, bool colours);
[[nodiscard]] std::string view(const wire::GetAuditResponse& audit, bool colours);
[[nodiscard]] std::string view(const wire::LocateResponse& place, bool colours);
// In the order of time.
[[nodiscard]] std::string view(std::vector<wire::Sample> samples, bool colours);
// One line: when, what happened, to what.
[[nodiscard]] std::string line(const wire::WatchAlarmsResponse& message, bool colours);

}  // namespace caspilink::ctl
