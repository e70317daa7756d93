#include "collector/remote_write/series.h"

#include <algorithm>

#include <snappy.h>

#include "collector/fleet/place_labels.h"
#include "proto/remote_write.pb.h"

namespace caspilink::remote_write {

Labels labels_of(const fleet::Place& place, const Labels& more) {
  Labels labels = {{"__name__", std::string(codec::info(place.quantity).metric)}};
  for (const auto& [name, value] : fleet::PlaceLabels(place)) labels.emplace_back(name, value);
  for (const auto& label : more) {
    if (std::ranges::find(labels, label.first, &Labels::value_type::first) == labels.end()) {
      labels.push_back(label);
    }
  }
  std::ranges::sort(labels);
  return labels;
}

std::string encode(const std::vector<Labels>& series, const Outgoing* begin, const Outgoing* end) {
  v1::WriteRequest request;
  v1::TimeSeries* current = nullptr;
  for (const Outgoing* sample = begin; sample != end; ++sample) {
    if (current == nullptr || sample->series != (sample - 1)->series) {
      current = request.add_timeseries();
      for (const auto& [name, value] : series[sample->series]) {
        v1::Label* label = current->add_labels();
        label->set_name(name);
        label->set_value(value);
      }
    }
    v1::Sample* added = current->add_samples();
    added->set_value(sample->value);
    added->set_timestamp(sample->time_unix_ms);
  }
  const std::string plain = request.SerializeAsString();
  std::string packed;
  snappy::Compress(plain.data(), plain.size(), &packed);
  return packed;
}

}  // namespace caspilink::remote_write
