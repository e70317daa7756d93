// The agent under load: the real program, what /proc says of it, and a target's series.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "proto/endpoint/credentials.h"
#include "proto/gnmi.pb.h"

namespace caspilink::bench {

// Model and number of processors, for a figure's side.
[[nodiscard]] std::string machine();

[[nodiscard]] std::int64_t unix_ns();

// Of all its threads, to the nanosecond; /proc has hundredths of a second. 0: no such process.
[[nodiscard]] double cpu_seconds(pid_t process);

// How often its threads began to run again, proc(5).
[[nodiscard]] double switches(pid_t process);

// A line of /proc/PID/status in MiB, such as "VmRSS:", "VmHWM:", "RssAnon:", "RssFile:"; 0: none.
[[nodiscard]] double memory_mib(pid_t process, const std::string& line);

// The program beside this one, unless another is told.
[[nodiscard]] std::string agent_program(const char* told);
// Ends by SIGTERM and waitpid.
[[nodiscard]] pid_t spawn(const std::string& program, const std::string& configuration_file);

// One gNMI target, sixteen STAMP sessions that this agent's own reflector answers, one collector.
struct Station {
  int collector_port = 0;
  int target_port = 0;
  endpoint::TlsFiles tls;
  int stamp_interval_ms = 200;
};
// Writes agent.yaml into `folder`, with the spool under its `state`; the file's name.
[[nodiscard]] std::string configure(const std::string& folder, const Station& station);

// Notifications of series 0 to `series` - 1, so many updates each; 14 are one channel. Values
// change with the round. Time stamps are 0.
[[nodiscard]] std::vector<::gnmi::Notification> make_round(int series, int per_notification,
                                                           int round);

}  // namespace caspilink::bench
