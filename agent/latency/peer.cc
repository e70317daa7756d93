#include "agent/latency/peer.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace caspilink::latency {
namespace {

constexpr std::size_t kMappedBits = 96;  // of ::ffff:0:0/96

std::uint8_t mask(std::size_t byte, std::size_t prefix) {
  const std::size_t bits = prefix > byte * 8 ? std::min<std::size_t>(prefix - byte * 8, 8) : 0;
  return static_cast<std::uint8_t>(0xff00U >> bits);
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorCode::kInvalidInput, "",
                fmt::format("expected a network such as 192.0.2.0/24 or 2001:db8::/32, got '{}'{}",
                            text, why));
  };
  const std::size_t slash = text.find('/');
  const std::string host(text.substr(0, slash));
  Network network;
  std::array<std::uint8_t, 4> v4{};
  const bool is_v4 = inet_pton(AF_INET, host.c_str(), v4.data()) == 1;
  if (is_v4) {
    network.address_[10] = network.address_[11] = 0xff;
    std::ranges::copy(v4, network.address_.begin() + 12);
  } else if (inet_pton(AF_INET6, host.c_str(), network.address_.data()) != 1) {
    return refuse("");
  }
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    std::size_t bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() ||
        bits > (is_v4 ? 32U : 128U)) {
      return refuse(": no such prefix");
    }
    network.prefix_ = bits + (is_v4 ? kMappedBits : 0);
  }
  for (std::size_t byte = 0; byte < network.address_.size(); ++byte) {
    if ((network.address_[byte] & ~mask(byte, network.prefix_) & 0xff) != 0) {
      return refuse(": bits behind the prefix are set");
    }
  }
  return network;
}

bool Network::contains(const AddressBytes& address) const {
  for (std::size_t byte = 0; byte * 8 < prefix_; ++byte) {
    if (((address[byte] ^ address_[byte]) & mask(byte, prefix_)) != 0) return false;
  }
  return true;
}

bool allowed(const std::vector<Network>& networks, const AddressBytes& address) {
  return networks.empty() || std::ranges::any_of(networks, [&](const Network& network) {
           return network.contains(address);
         });
}

}  // namespace caspilink::latency
