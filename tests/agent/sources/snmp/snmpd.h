// Debian's snmpd on a loopback port, with a configuration and objects of the test's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <sys/types.h>

namespace caspilink::snmp {

class Snmpd {
 public:
  static constexpr const char* kProgram = "/usr/sbin/snmpd";
  [[nodiscard]] static bool installed() { return std::filesystem::exists(kProgram); }

  // Below `folder`: snmpd.conf and whatever snmpd wants to remember. Stopped with its owner.
  // `configuration` goes in front of "agentaddress".
  Snmpd(const std::filesystem::path& folder, std::uint16_t port, const std::string& configuration);
  ~Snmpd();
  Snmpd(const Snmpd&) = delete;
  Snmpd& operator=(const Snmpd&) = delete;

 private:
  pid_t process_ = -1;
};

// Nobody's now; who asks twice may be given it twice.
[[nodiscard]] std::uint16_t free_udp_port();

// Lines of snmpd.conf that have a script serve the objects of `table`, a file of lines
// "OID TYPE VALUE" in the order of a walk, which it reads anew for every question.
[[nodiscard]] std::string served_from(const std::filesystem::path& folder,
                                      const std::filesystem::path& table, const std::string& below);

}  // namespace caspilink::snmp
