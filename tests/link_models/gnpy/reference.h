// Figures GNPy computed, and the files it computed them from.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/paths.h"

namespace caspilink::testing {

// Carried with the tests; each file records the program, its version and the command.
inline std::string testdata(const std::string& name) {
  return (caspilink::test::source_dir() + "/tests/link_models/gnpy/testdata/") + name;
}

// Reference cases that lie beside the repository; they may be missing.
inline std::filesystem::path shared(const std::string& name) {
  const char* set = std::getenv("CASPILINK_SHARED");
  const std::filesystem::path root =
      set != nullptr ? set : caspilink::test::source_dir() + "/../shared";
  return root / "gnpy" / name;
}

// Infinity has no form in JSON and Python writes it bare: it reads as null.
inline nlohmann::json read_figures(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at = 0; (at = text.find("-Infinity", at)) != std::string::npos;) {
    text.replace(at, 9, "null");
  }
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace caspilink::testing
