// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the keys of a status and the names of the metrics for the test of the manual pages: what
// has them and the name, separated by a tab.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "metrics.h"
#include "status_json.h"

namespace {

void print_keys(const char* of, const nlohmann::json& object) {
  for (const auto& [key, value] : object.items()) fmt::print("{}\t{}\n", of, key);
}

}  // namespace

int main() {
  using namespace scsimpath;
  HeadStatus head;
  head.paths.resize(1);
  fuse::ProgramStatus program;
  program.candidates.resize(1);
  const auto status = nlohmann::json::parse(fuse::status_json(program, {head}));
  const auto& head_object = status.at("heads").at(0);
  const auto& path_object = head_object.at("paths").at(0);
  print_keys("program", status);
  print_keys("head", head_object);
  print_keys("head counter", head_object.at("counters"));
  print_keys("path", path_object);
  print_keys("path counter", path_object.at("counters"));
  print_keys("candidate", status.at("candidates").at(0));

  std::istringstream metrics(fuse::metrics_text({}));
  for (std::string hash, word, name, rest; metrics >> hash >> word >> name;) {
    std::getline(metrics, rest);
    if (word == "TYPE") fmt::print("metric\t{}\n", name);
  }
}
