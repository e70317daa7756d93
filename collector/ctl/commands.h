// The commands of caspictl, each against a client that is ready. What they print goes to standard
// output. kInvalidInput, with the flag, for what the command line says wrongly; the rest as of
// Client.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "collector/ctl/arguments.h"
#include "collector/ctl/client.h"

namespace caspilink::ctl {

class Commands {
 public:
  // Both must outlive it.
  Commands(Client& client, const Arguments& arguments, const Environment& environment);

  Result<void> status();
  Result<void> margins();
  Result<void> baselines();
  Result<void> commission();
  Result<void> agents();
  Result<void> reload_agent();
  Result<void> alarms();
  Result<void> acknowledge();
  Result<void> shelve();
  Result<void> unshelve();
  Result<void> place();
  Result<void> maintenance();
  Result<void> plan();
  Result<void> end();
  Result<void> performance();
  Result<void> service_levels();
  Result<void> history();
  Result<void> audit();
  Result<void> locate();
  Result<void> watch();

 private:
  [[nodiscard]] bool json() const { return given_.format == "json"; }
  // --from and --to into the two fields of a request.
  template <typename Request>
  Result<void> of_time(Request& request) const;
  template <typename Request, typename Response>
  Result<void> ask(grpc::Status (wire::Query::Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                   const Request& request);

  Client& client_;
  const Arguments& given_;
  const bool colours_;
};

}  // namespace caspilink::ctl
