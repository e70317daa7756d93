// Module memory of a network interface of this machine, from the kernel: ethtool's netlink by page
// and bank, or its older ioctl where that is all there is. The kernel selects the page and reads
// under one lock, so that other readers do not get between.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/sources/module_memory/reader.h"

namespace caspilink::module_memory {

class KernelReader final : public ModuleReader {
 public:
  // Errors: kInvalidInput when the name is none an interface can have. The interface need not exist
  // yet: read() says kNoPort until it does.
  [[nodiscard]] static Result<std::unique_ptr<KernelReader>> open(std::string interface_name);
  ~KernelReader() override;

  // Needs CAP_NET_ADMIN.
  ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                             unsigned count) override;

 private:
  explicit KernelReader(std::string interface_name);

  ReadResult<std::vector<std::uint8_t>> read_netlink(const PageAddress& address, unsigned first,
                                                     unsigned count);
  ReadResult<std::vector<std::uint8_t>> read_ioctl(const PageAddress& address, unsigned first,
                                                   unsigned count);
  ReadResult<void> resolve_family();

  class Socket;
  std::string interface_name_;
  std::unique_ptr<Socket> socket_;
  std::uint16_t family_ = 0;
  std::uint32_t sequence_ = 0;
};

// Place of a register in the linear image that the ioctl gives for a module of this type
// (ETH_MODULE_SFF_*); empty when the image does not hold the page.
[[nodiscard]] std::optional<unsigned> linear_offset(unsigned module_type,
                                                    const PageAddress& address, unsigned first);

[[nodiscard]] ReadFailure failure_of(int error, std::string doing);

}  // namespace caspilink::module_memory
