// The offline commands: a store's contents as text, read while a collector runs or not.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "collector/assess/replay.h"
#include "collector/store/history.h"
#include "collector/twin/model.h"
#include "link_models/result.h"

namespace caspilink::program {

enum class Format { kCsv, kJson };

// One line a sample: CSV with a header, or one JSON object a line.
[[nodiscard]] Result<void> dump_history(const std::string& store_dir,
                                        const store::HistoryFilter& filter, Format format,
                                        std::FILE* out);

// CSV: station, boot, sequence, samples as received, and how many of them were set aside.
[[nodiscard]] Result<void> dump_batches(const std::string& store_dir, std::FILE* out);

// CSV: alarms, oldest first; those that stand have no cleared time, roots no parent.
[[nodiscard]] Result<void> dump_alarms(const std::string& store_dir, std::FILE* out);

// CSV: bins by start, then place; what is not known is empty.
[[nodiscard]] Result<void> dump_bins(const std::string& store_dir, const store::BinFilter& filter,
                                     std::FILE* out);

// CSV: availability and latency of each fibre pair over one UTC month, "2026-11".
[[nodiscard]] Result<void> dump_service_levels(const std::string& store_dir,
                                               const std::string& month, std::FILE* out);

// CSV: each direction's verdict and worst margin, as of the beginning and whenever the verdict
// changes, replayed from the samples that are stored by their own time: see assess/replay.h.
[[nodiscard]] Result<void> dump_verdicts(const std::string& store_dir,
                                         const std::shared_ptr<const twin::Model>& model,
                                         const assess::ReplaySettings& settings, std::FILE* out);

}  // namespace caspilink::program
