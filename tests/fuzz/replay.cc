// Stands in for libFuzzer in ordinary builds: hands a target every seed of a folder once.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace caspilink::fuzz {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Pairs of lower-case hexadecimal digits, white space and "#" comments. nullopt for anything else.
std::optional<std::string> from_hex(const std::string& text) {
  std::string bytes;
  int high = -1;
  bool comment = false;
  for (const char c : text) {
    comment = c == '#' || (comment && c != '\n');
    if (comment || c == ' ' || c == '\n') continue;
    const int value = digit(c);
    if (value < 0) return std::nullopt;
    if (high < 0) {
      high = value;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + value));
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return bytes;
}

bool replay(const fs::path& folder) {
  std::vector<fs::path> seeds;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) seeds.push_back(entry.path());
  std::sort(seeds.begin(), seeds.end());
  for (const fs::path& seed : seeds) {
    std::optional<std::string> input = read(seed);
    if (seed.extension() == ".hex") input = from_hex(*input);
    if (!input) {
      std::fprintf(stderr, "%s: expected pairs of hexadecimal digits\n", seed.c_str());
      return false;
    }
    std::fprintf(stderr, "%s\n", seed.c_str());  // the last one named is the one that crashed
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input->data()), input->size());
  }
  if (seeds.empty()) std::fprintf(stderr, "%s: no seeds\n", folder.c_str());
  return !seeds.empty();
}

}  // namespace
}  // namespace caspilink::fuzz

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER_OF_SEEDS...\n", argv[0]);
    return 2;
  }
  const bool good = std::all_of(argv + 1, argv + argc, caspilink::fuzz::replay);
  return good ? 0 : 1;
}
