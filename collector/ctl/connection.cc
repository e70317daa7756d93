#include "collector/ctl/connection.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "link_models/formats/yaml.h"

namespace caspilink::ctl {
namespace {

// As texts, from whichever said it first.
struct Sayings {
  std::string address;
  std::string server_name;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

void take(std::string& into, const std::string& said) {
  if (into.empty()) into = said;
}

Result<void> take_file(const std::string& path, Sayings& into) {
  auto file = formats::YamlFile::load(path);
  if (!file) return tl::unexpected(file.error());
  formats::YamlMap root = file->root();
  take(into.address, root.text_or("address", ""));
  take(into.server_name, root.text_or("server_name", ""));
  if (auto tls = root.optional_map("tls")) {
    take(into.ca_file, tls->file_name_or("ca_file", ""));
    take(into.certificate_file, tls->file_name_or("certificate_file", ""));
    take(into.key_file, tls->file_name_or("key_file", ""));
  }
  return file->finish();
}

std::string usual_file(const Environment& environment) {
  if (const auto folder = environment("XDG_CONFIG_HOME")) {
    return *folder + "/caspilink/caspictl.yaml";
  }
  if (const auto home = environment("HOME")) return *home + "/.config/caspilink/caspictl.yaml";
  return "";
}

}  // namespace

Result<Connection> find_connection(const Flags& flags, const Environment& environment) {
  Sayings said{.address = flags.address,
               .server_name = flags.server_name,
               .ca_file = flags.ca_file,
               .certificate_file = flags.certificate_file,
               .key_file = flags.key_file};
  take(said.address, environment("CASPICTL_ADDRESS").value_or(""));
  take(said.server_name, environment("CASPICTL_SERVER_NAME").value_or(""));
  take(said.ca_file, environment("CASPICTL_CA_FILE").value_or(""));
  take(said.certificate_file, environment("CASPICTL_CERTIFICATE_FILE").value_or(""));
  take(said.key_file, environment("CASPICTL_KEY_FILE").value_or(""));
  std::string file = flags.config;
  if (file.empty()) file = environment("CASPICTL_CONFIG").value_or("");
  const bool named = !file.empty();
  if (!named) file = usual_file(environment);
  std::error_code ignored;
  if (named || (!file.empty() && std::filesystem::exists(file, ignored))) {
    if (auto taken = take_file(file, said); !taken) return tl::unexpected(taken.error());
  }

  Connection connection;
  if (!said.address.empty()) {
    auto address = endpoint::parse_address(said.address);
    if (!address) return fail(ErrorCode::kInvalidInput, "address", address.error().message());
    connection.address = std::move(*address);
  }
  connection.server_name = said.server_name;
  for (const auto& [text, flag, variable] :
       {std::tuple{&said.ca_file, "--ca-file", "CASPICTL_CA_FILE"},
        std::tuple{&said.certificate_file, "--certificate-file", "CASPICTL_CERTIFICATE_FILE"},
        std::tuple{&said.key_file, "--key-file", "CASPICTL_KEY_FILE"}}) {
    if (text->empty()) {
      return fail(ErrorCode::kInvalidInput, "",
                  fmt::format("{} is missing: give it, or {}, or tls in {}", flag, variable,
                              file.empty() ? "a --config file" : file));
    }
  }
  connection.tls = {.ca_file = said.ca_file,
                    .certificate_file = said.certificate_file,
                    .key_file = said.key_file};
  return connection;
}

}  // namespace caspilink::ctl
