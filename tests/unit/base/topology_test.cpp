// SPDX-License-Identifier: LGPL-2.1-or-later
// Nodes and distances as sysfs writes them.
#include "topology.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "temporary_folder.h"

using namespace scsimpath;

BOOST_AUTO_TEST_SUITE(topology)

BOOST_AUTO_TEST_CASE(reads_every_node_and_its_distances) {
  const test::TemporaryFolder folder;
  const auto node = [&](const std::string& name, const std::string& distances) {
    std::filesystem::create_directory(folder.path() / name);
    std::ofstream(folder.path() / name / "distance") << distances << '\n';
  };
  node("node0", "10 21 31");
  node("node2", "21 10 41");
  node("node10", "31 41 10");
  std::filesystem::create_directory(folder.path() / "nodex");
  std::ofstream(folder.path() / "possible") << "0-10\n";

  const Topology topology = read_topology(folder.path().string());
  BOOST_TEST((topology.nodes == std::vector{0, 2, 10}));
  BOOST_TEST(topology.distance(0, 0) == 10);
  BOOST_TEST(topology.distance(0, 2) == 21);
  BOOST_TEST(topology.distance(2, 10) == 41);
  BOOST_TEST(topology.distance(10, 0) == 31);
  BOOST_TEST(topology.distance(0, 7) == remote_distance);
  BOOST_TEST(topology.distance(-1, 10) == local_distance);
  BOOST_TEST(topology.distance(10, -1) == local_distance);
}

BOOST_AUTO_TEST_CASE(a_machine_that_tells_nothing_is_one_node) {
  const Topology topology = read_topology("/nonexistent/nodes");
  BOOST_TEST((topology.nodes == std::vector{0}));
  BOOST_TEST(topology.distance(0, 0) == local_distance);
}

BOOST_AUTO_TEST_CASE(this_machine_has_the_current_node) {
  const std::vector<int> nodes = numa_nodes();
  BOOST_TEST_REQUIRE(!nodes.empty());
  const int node = current_numa_node();
  BOOST_TEST(numa_distance(node, node) == local_distance);
}

BOOST_AUTO_TEST_SUITE_END()
