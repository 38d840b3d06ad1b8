// SPDX-License-Identifier: LGPL-2.1-or-later
// The names that users see, which must never change.
#include <boost/test/unit_test.hpp>

#include "scsimpath/event.h"
#include "scsimpath/iopolicy.h"
#include "scsimpath/path.h"

using namespace scsimpath;

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(policies_are_parsed_by_their_exact_names) {
  BOOST_TEST((parse_iopolicy("numa") == IoPolicy::numa));
  BOOST_TEST((parse_iopolicy("round-robin") == IoPolicy::round_robin));
  BOOST_TEST((parse_iopolicy("queue-depth") == IoPolicy::queue_depth));
  for (const std::string_view wrong :
       {"Numa", "numa ", " numa", "num", "numas", "", "round_robin", "queue-depth\n"})
    BOOST_TEST(!parse_iopolicy(wrong).has_value(), wrong);
  for (const IoPolicy policy : all_iopolicies)
    BOOST_TEST((parse_iopolicy(to_string(policy)) == policy));
}

BOOST_AUTO_TEST_CASE(states_have_the_names_of_the_interface) {
  BOOST_TEST(to_string(PathState::unknown) == "unknown");
  BOOST_TEST(to_string(PathState::running) == "running");
  BOOST_TEST(to_string(PathState::failed) == "failed");
  BOOST_TEST(to_string(PathState::offline) == "offline");
  BOOST_TEST(to_string(PathState::ghost) == "ghost");
  BOOST_TEST(to_string(PathState::transitioning) == "transitioning");
  BOOST_TEST(to_string(AccessState::optimized) == "active/optimized");
  BOOST_TEST(to_string(AccessState::non_optimized) == "active/non-optimized");
  BOOST_TEST(to_string(AccessState::lba_dependent) == "lba-dependent");
  BOOST_TEST(to_string(AccessState::standby) == "standby");
  BOOST_TEST(to_string(AccessState::unavailable) == "unavailable");
  BOOST_TEST(to_string(AccessState::offline) == "offline");
  BOOST_TEST(to_string(AccessState::transitioning) == "transitioning");
  BOOST_TEST(to_string(AccessState::unknown) == "unknown");
  BOOST_TEST(to_string(HeadState::ok) == "ok");
  BOOST_TEST(to_string(HeadState::degraded) == "degraded");
  BOOST_TEST(to_string(HeadState::holding) == "holding");
  BOOST_TEST(to_string(HeadState::failed) == "failed");
}

BOOST_AUTO_TEST_CASE(events_have_the_names_of_the_interface) {
  BOOST_TEST(to_string(EventKind::path_added) == "path-added");
  BOOST_TEST(to_string(EventKind::path_removed) == "path-removed");
  BOOST_TEST(to_string(EventKind::path_failed) == "path-failed");
  BOOST_TEST(to_string(EventKind::path_reinstated) == "path-reinstated");
  BOOST_TEST(to_string(EventKind::access_state_changed) == "access-state-changed");
  BOOST_TEST(to_string(EventKind::no_path) == "no-path");
  BOOST_TEST(to_string(EventKind::paths_back) == "paths-back");
  BOOST_TEST(to_string(EventKind::iopolicy_changed) == "iopolicy-changed");
  BOOST_TEST(to_string(EventKind::capacity_changed) == "capacity-changed");
  BOOST_TEST(to_string(EventKind::identity_mismatch) == "identity-mismatch");
}

BOOST_AUTO_TEST_SUITE_END()
