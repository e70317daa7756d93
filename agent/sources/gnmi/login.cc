#include "agent/sources/gnmi/login.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace caspilink::gnmi {
namespace {

constexpr std::size_t kLongestLine = 1024;

}  // namespace

Result<Login> read_login(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, file, "cannot be read");
  std::array<char, 2 * kLongestLine + 16> bytes;
  in.read(bytes.data(), bytes.size());
  std::string_view text(bytes.data(), static_cast<std::size_t>(in.gcount()));
  Login login;
  int number = 0;
  for (std::string* line : {&login.username, &login.password}) {
    ++number;
    const auto refuse = [&](std::string_view expected) {
      return fail(ErrorCode::kInvalidInput, fmt::format("{}:{}", file, number),
                  fmt::format("expected {}", expected));
    };
    const std::size_t end = text.find('\n');
    std::string_view content = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (content.ends_with('\r')) content.remove_suffix(1);
    if (content.empty()) return refuse(number == 1 ? "a user name" : "a password");
    if (content.size() > kLongestLine) return refuse("a shorter line");
    if (!std::ranges::all_of(content, [](char c) { return c >= 0x20 && c < 0x7f; })) {
      return refuse("printable ASCII");
    }
    *line = content;
  }
  if (text.find_first_not_of("\r\n") != std::string_view::npos) {
    return fail(ErrorCode::kInvalidInput, fmt::format("{}:3", file),
                "expected nothing after the user name and the password");
  }
  return login;
}

bool readable_by_anyone(const std::string& file) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  return !failed && (status.permissions() & std::filesystem::perms::others_read) !=
                        std::filesystem::perms::none;
}

}  // namespace caspilink::gnmi
