#include "agent/sources/module_memory/ethtool_netlink.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

namespace caspilink::module_memory::netlink {
namespace {

constexpr std::size_t kAlignment = 4;

std::size_t aligned(std::size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); }

class Message {
 public:
  Message(std::uint16_t type, std::uint32_t sequence, std::uint8_t command, std::uint8_t version)
      : bytes_(sizeof(nlmsghdr) + sizeof(genlmsghdr)) {
    const nlmsghdr header{.nlmsg_len = 0,
                          .nlmsg_type = type,
                          .nlmsg_flags = NLM_F_REQUEST,
                          .nlmsg_seq = sequence,
                          .nlmsg_pid = 0};
    const genlmsghdr generic{.cmd = command, .version = version, .reserved = 0};
    std::memcpy(bytes_.data(), &header, sizeof header);
    std::memcpy(bytes_.data() + sizeof header, &generic, sizeof generic);
  }

  void text(std::uint16_t type, std::string_view value) {
    std::vector<std::uint8_t> payload(value.begin(), value.end());
    payload.push_back(0);
    attribute(type, payload);
  }

  template <typename T>
  void number(std::uint16_t type, T value) {
    static_assert(std::is_unsigned_v<T>);
    std::array<std::uint8_t, sizeof(T)> payload{};
    std::memcpy(payload.data(), &value, sizeof value);  // host order, as netlink has it
    attribute(type, payload);
  }

  // What is added before end_nest() belongs to the nested attribute.
  [[nodiscard]] std::size_t begin_nest(std::uint16_t type) {
    const std::size_t start = bytes_.size();
    attribute(static_cast<std::uint16_t>(type | NLA_F_NESTED), {});
    return start;
  }
  void end_nest(std::size_t start) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &length, sizeof length);
  }

  std::vector<std::uint8_t> finish() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    return std::move(bytes_);
  }

 private:
  void attribute(std::uint16_t type, std::span<const std::uint8_t> payload) {
    const nlattr header{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + payload.size()),
                        .nla_type = type};
    const std::size_t start = bytes_.size();
    bytes_.resize(start + aligned(header.nla_len));
    std::memcpy(bytes_.data() + start, &header, sizeof header);
    if (!payload.empty()) {
      std::memcpy(bytes_.data() + start + sizeof header, payload.data(), payload.size());
    }
  }

  std::vector<std::uint8_t> bytes_;
};

template <typename T>
std::optional<T> take(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// The payload of the first attribute of a type; empty when there is none or the list is broken.
std::optional<std::span<const std::uint8_t>> attribute(std::span<const std::uint8_t> list,
                                                       std::uint16_t type) {
  while (const auto header = take<nlattr>(list)) {
    if (header->nla_len < sizeof(nlattr) || header->nla_len > list.size()) return std::nullopt;
    if ((header->nla_type & NLA_TYPE_MASK) == type) {
      return list.subspan(sizeof(nlattr), header->nla_len - sizeof(nlattr));
    }
    list = list.subspan(std::min(aligned(header->nla_len), list.size()));
  }
  return std::nullopt;
}

Answer parse_error(std::span<const std::uint8_t> payload, std::uint16_t flags) {
  const auto error = take<nlmsgerr>(payload);
  if (!error) return Malformed{"an error message that is too short"};
  Failed failed{.error = -error->error, .message = {}};
  if ((flags & NLM_F_ACK_TLVS) == 0) return failed;
  // The failed request follows the code, whole unless capped, and the attributes follow that.
  std::size_t skip = sizeof(nlmsgerr);
  if ((flags & NLM_F_CAPPED) == 0 && error->msg.nlmsg_len >= sizeof(nlmsghdr)) {
    skip += aligned(error->msg.nlmsg_len - sizeof(nlmsghdr));
  }
  if (skip > payload.size()) return failed;
  if (const auto text = attribute(payload.subspan(skip), NLMSGERR_ATTR_MSG)) {
    for (const std::uint8_t byte : *text) {
      if (byte == 0) break;
      failed.message += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
    }
  }
  return failed;
}

Answer parse_reply(std::span<const std::uint8_t> payload, std::uint16_t family) {
  const auto generic = take<genlmsghdr>(payload);
  if (!generic) return Malformed{"a reply without its header"};
  const auto attributes = payload.subspan(sizeof(genlmsghdr));
  if (family == 0) {
    const auto id = attribute(attributes, CTRL_ATTR_FAMILY_ID);
    const auto number = id ? take<std::uint16_t>(*id) : std::nullopt;
    if (!number) return Malformed{"a family without its number"};
    return Family{*number};
  }
  if (generic->cmd != ETHTOOL_MSG_MODULE_EEPROM_GET_REPLY) {
    return Malformed{"a reply to another command"};
  }
  const auto data = attribute(attributes, ETHTOOL_A_MODULE_EEPROM_DATA);
  if (!data) return Malformed{"a reply without data"};
  return Data{{data->begin(), data->end()}};
}

}  // namespace

std::vector<std::uint8_t> family_request(std::uint32_t sequence) {
  Message message(GENL_ID_CTRL, sequence, CTRL_CMD_GETFAMILY, 1);
  message.text(CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
  return message.finish();
}

std::vector<std::uint8_t> eeprom_request(std::uint16_t family, std::uint32_t sequence,
                                         std::string_view interface_name,
                                         const PageAddress& address, unsigned first,
                                         unsigned count) {
  Message message(family, sequence, ETHTOOL_MSG_MODULE_EEPROM_GET, ETHTOOL_GENL_VERSION);
  const std::size_t header = message.begin_nest(ETHTOOL_A_MODULE_EEPROM_HEADER);
  message.text(ETHTOOL_A_HEADER_DEV_NAME, interface_name);
  message.end_nest(header);
  message.number<std::uint32_t>(ETHTOOL_A_MODULE_EEPROM_OFFSET, first);
  message.number<std::uint32_t>(ETHTOOL_A_MODULE_EEPROM_LENGTH, count);
  message.number<std::uint8_t>(ETHTOOL_A_MODULE_EEPROM_PAGE, address.page.value_or(0));
  message.number<std::uint8_t>(ETHTOOL_A_MODULE_EEPROM_BANK, address.bank);
  message.number<std::uint8_t>(ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS, address.i2c);
  return message.finish();
}

std::optional<Answer> parse(std::span<const std::uint8_t> datagram, std::uint16_t family,
                            std::uint32_t sequence) {
  while (!datagram.empty()) {
    const auto header = take<nlmsghdr>(datagram);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) {
      return Malformed{"a message whose length is wrong"};
    }
    const auto payload = datagram.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    if (header->nlmsg_seq == sequence) {
      if (header->nlmsg_type == NLMSG_ERROR) return parse_error(payload, header->nlmsg_flags);
      if (header->nlmsg_type == (family == 0 ? GENL_ID_CTRL : family)) {
        return parse_reply(payload, family);
      }
    }
    datagram = datagram.subspan(std::min(aligned(header->nlmsg_len), datagram.size()));
  }
  return std::nullopt;
}

}  // namespace caspilink::module_memory::netlink
