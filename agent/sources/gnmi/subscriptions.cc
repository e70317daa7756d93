#include "agent/sources/gnmi/subscriptions.h"

#include <algorithm>

#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

::gnmi::SubscriptionMode wire_mode(Stream stream) {
  switch (stream) {
    case Stream::kSample:
      return ::gnmi::SAMPLE;
    case Stream::kOnChange:
      return ::gnmi::ON_CHANGE;
    case Stream::kTargetDefined:
      return ::gnmi::TARGET_DEFINED;
  }
  return ::gnmi::TARGET_DEFINED;
}

std::uint64_t wire_time(std::int64_t ns) { return static_cast<std::uint64_t>(ns); }

void add(const TargetConfiguration& configuration, const Mapping::Wanted& wanted,
         const Terms& terms, ::gnmi::SubscriptionList& list) {
  auto& subscription = *list.add_subscription();
  write_path(wanted.path, *subscription.mutable_path());
  subscription.mutable_path()->set_origin(wanted.origin);
  if (configuration.mode != Mode::kStream) return;
  Stream stream = wanted.stream.value_or(wanted.state && configuration.stream == Stream::kSample
                                             ? Stream::kOnChange
                                             : configuration.stream);
  if (!terms.on_change && stream == Stream::kOnChange) stream = Stream::kSample;
  subscription.set_mode(wire_mode(stream));
  const bool sampled = stream == Stream::kSample;
  if (sampled) {
    subscription.set_sample_interval(
        wire_time(wanted.interval_ns.value_or(configuration.sample_interval_ns)));
    subscription.set_suppress_redundant(configuration.suppress_redundant);
  }
  if (!sampled || configuration.suppress_redundant) {
    subscription.set_heartbeat_interval(wire_time(configuration.heartbeat_interval_ns));
  }
}

}  // namespace

void write_request(const TargetConfiguration& configuration, const Mapping& mapping,
                   const Terms& terms, ::gnmi::SubscribeRequest& request) {
  auto& list = *request.mutable_subscribe();
  list.set_encoding(static_cast<::gnmi::Encoding>(terms.encoding));
  if (!configuration.target.empty()) list.mutable_prefix()->set_target(configuration.target);
  switch (configuration.mode) {
    case Mode::kStream:
      list.set_mode(::gnmi::SubscriptionList::STREAM);
      break;
    case Mode::kOnce:
      list.set_mode(::gnmi::SubscriptionList::ONCE);
      break;
    case Mode::kPoll:
      list.set_mode(::gnmi::SubscriptionList::POLL);
      break;
  }
  for (const Mapping::Wanted& wanted : mapping.wanted()) add(configuration, wanted, terms, list);
  if (configuration.mode == Mode::kStream && terms.on_change) {
    auto& subscription = *list.add_subscription();
    write_path(parse_path(kComponentStatusPath).value(), *subscription.mutable_path());
    subscription.set_mode(::gnmi::ON_CHANGE);
    subscription.set_heartbeat_interval(wire_time(configuration.heartbeat_interval_ns));
  }
}

std::optional<std::chrono::nanoseconds> promised_interval(const ::gnmi::SubscribeRequest& request) {
  std::optional<std::chrono::nanoseconds> shortest;
  for (const auto& subscription : request.subscribe().subscription()) {
    const bool each_sample =
        subscription.mode() == ::gnmi::SAMPLE && !subscription.suppress_redundant();
    const std::uint64_t ns =
        each_sample ? subscription.sample_interval() : subscription.heartbeat_interval();
    if (ns == 0) continue;
    const std::chrono::nanoseconds interval(static_cast<std::int64_t>(ns));
    shortest = std::min(shortest.value_or(interval), interval);
  }
  return shortest;
}

}  // namespace caspilink::gnmi
