#include "tests/agent/sources/snmp/snmpd.h"

#include <csignal>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include "tests/support/certificates.h"

namespace caspilink::snmp {
namespace {

// net-snmp's pass_persist protocol, snmpd.conf(5).
constexpr const char* kScript = R"(import sys
def objects():
    with open(sys.argv[1]) as lines:
        for line in lines:
            oid, kind, value = line.rstrip("\n").split(" ", 2)
            yield [int(arc) for arc in oid.split(".")], kind, value
for line in sys.stdin:
    word = line.strip()
    if word == "PING":
        print("PONG", flush=True)
        continue
    asked = [int(arc) for arc in sys.stdin.readline().strip(" .\n").split(".")]
    for oid, kind, value in objects():
        if (oid == asked) if word == "get" else (oid > asked):
            print("." + ".".join(map(str, oid)), kind, value, sep="\n", flush=True)
            break
    else:
        print("NONE", flush=True)
)";

}  // namespace

Snmpd::Snmpd(const std::filesystem::path& folder, std::uint16_t port,
             const std::string& configuration) {
  const std::string file = test::write_file(
      folder, "snmpd.conf", fmt::format("{}agentaddress udp:127.0.0.1:{}\n", configuration, port));
  const std::string log = (folder / "snmpd.log").string();
  const std::string remembers = "SNMP_PERSISTENT_DIR=" + (folder / "persistent").string();
  // In the foreground, this file only, no pid file; -r: some of its files are root's alone.
  std::vector<std::string> arguments = {kProgram, "-f",  "-r", "-C", "-c",
                                        file,     "-Lf", log,  "-I", "-smux"};
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string home = "HOME=" + folder.string();
  std::vector<char*> environment = {const_cast<char*>(remembers.c_str()), path.data(), home.data(),
                                    nullptr};
  EXPECT_EQ(posix_spawn(&process_, kProgram, nullptr, nullptr, argv.data(), environment.data()), 0);
}

Snmpd::~Snmpd() {
  if (process_ <= 0) return;
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

std::uint16_t free_udp_port() {
  asio::io_context io;
  using asio::ip::udp;
  const udp::socket socket(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
  return socket.local_endpoint().port();
}

std::string served_from(const std::filesystem::path& folder, const std::filesystem::path& table,
                        const std::string& below) {
  const auto script = test::write_file(folder, "objects.py", kScript);
  return fmt::format("pass_persist .{} /usr/bin/python3 -u {} {}\n", below, script, table.string());
}

}  // namespace caspilink::snmp
