// SPDX-License-Identifier: LGPL-2.1-or-later
// The steady state takes nothing from the heap.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "allocation_counter.h"
#include "head_world.h"

using namespace scsimpath;
using namespace scsimpath::test;

namespace {

std::uint64_t allocations_of(HeadWorld& world, std::size_t offset, std::size_t length, int count) {
  std::vector<std::uint8_t> data(length);
  Request request;
  int done = 0;
  static int* counter = nullptr;
  counter = &done;
  request.done = [](Request&) noexcept { ++*counter; };
  const auto run = [&](int requests) {
    for (int i = 0; i < requests; ++i) {
      request.operation = i % 2 == 0 ? Operation::write : Operation::read;
      request.offset = offset + static_cast<std::uint64_t>(i % 8) * 4096;
      request.data = data;
      world.head().submit(request);
      world.settle();
    }
  };
  run(100);
  const std::uint64_t before = allocations();
  run(count);
  const std::uint64_t after = allocations();
  BOOST_TEST(done == count + 100);
  BOOST_TEST((request.error == IoError::none));
  return after - before;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(the_counter_counts) {
  const std::uint64_t before = allocations();
  const std::vector<int> some(100);
  BOOST_TEST(allocations() == before + 1);
}

BOOST_AUTO_TEST_CASE(reads_and_writes_allocate_nothing) {
  for (const IoPolicy policy : all_iopolicies)
    for (const auto completion :
         {ScriptedPath::Completion::in_submit, ScriptedPath::Completion::in_worker}) {
      HeadSettings settings;
      settings.iopolicy = policy;
      HeadWorld world({.settings = settings, .completion = completion});
      for (std::size_t i = 0; i < 2; ++i) world.path(i).keep_log = false;
      BOOST_TEST(allocations_of(world, 0, 4096, 100000) == 0U);
    }
}

BOOST_AUTO_TEST_CASE(unaligned_ones_neither) {
  HeadWorld world;
  for (std::size_t i = 0; i < 2; ++i) world.path(i).keep_log = false;
  BOOST_TEST(allocations_of(world, 100, 3000, 20000) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
