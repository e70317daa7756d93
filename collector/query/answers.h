// Answers that a snapshot holds, and those for which the store is read. Pure but for the reading.
//
// Errors become gRPC's codes: kInvalidInput for what a request should not say, kNotFound, and
// kUnavailable where the store cannot be read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/exposition/snapshot.h"
#include "collector/locate/evidence.h"
#include "collector/twin/design.h"
#include "link_models/result.h"
#include "proto/query.pb.h"

namespace caspilink::query {

namespace wire = ::caspilink::query::v1;

// What a question is answered from.
struct Sources {
  const exposition::Snapshot& snapshot;
  const twin::Design& design;
  const std::string& store_dir;
  std::int64_t now_unix_ns = 0;
};

// From the snapshot.
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::GetStateRequest& request,
                                  wire::GetStateResponse& response);
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::GetMarginsRequest& request,
                                  wire::GetMarginsResponse& response);
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::ListAgentsRequest& request,
                                  wire::ListAgentsResponse& response);
[[nodiscard]] Result<void> answer(const Sources& sources,
                                  const wire::ListMaintenanceRequest& request,
                                  wire::ListMaintenanceResponse& response);

[[nodiscard]] Result<void> answer(const Sources& sources, const wire::ListBaselinesRequest& request,
                                  wire::ListBaselinesResponse& response);

// kInvalidInput for names that are not on the plant, which would match nothing for ever; empty ones
// are good.
[[nodiscard]] Result<void> require_on_plant(const plant::Plant& plant, const std::string& station,
                                            const std::string& fibre_pair);

// What an operator measured, on this plant: kInvalidInput for a station or a distance it has not.
[[nodiscard]] Result<alarms::Cause> cause_of(const plant::Plant& plant,
                                             const wire::OtdrDistance& otdr);

// From the snapshot, or the store where what is past is asked for.
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::ListAlarmsRequest& request,
                                  wire::ListAlarmsResponse& response);
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::LocateRequest& request,
                                  wire::LocateResponse& response);

// From the store.
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::GetBinsRequest& request,
                                  wire::GetBinsResponse& response);
[[nodiscard]] Result<void> answer(const Sources& sources,
                                  const wire::GetServiceLevelsRequest& request,
                                  wire::GetServiceLevelsResponse& response);
[[nodiscard]] Result<void> answer(const Sources& sources, const wire::GetAuditRequest& request,
                                  wire::GetAuditResponse& response);
// A page, in messages of a size that streams well; at least one.
[[nodiscard]] Result<std::vector<wire::GetHistoryResponse>> history_page(
    const Sources& sources, const wire::GetHistoryRequest& request);

}  // namespace caspilink::query
