#include "collector/ingest/sink.h"

namespace caspilink::ingest {

std::string_view to_string(Limit limit) {
  switch (limit) {
    case Limit::kStreams:
      return "streams";
    case Limit::kBoots:
      return "boots";
    case Limit::kSeries:
      return "series";
    case Limit::kSequenceGaps:
      return "sequence_gaps";
    case Limit::kMessageSize:
      return "message_size";
    case Limit::kBatchSamples:
      return "batch_samples";
    case Limit::kUnreadAnswers:
      return "unread_acknowledgements";
    case Limit::kHelloTime:
      break;
  }
  return "hello_timeout";
}

}  // namespace caspilink::ingest
