// SPDX-License-Identifier: LGPL-2.1-or-later
// Buffers, the table of what can be interrupted, the backlog.
#include "io_pool.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <new>
#include <set>
#include <utility>

#include "backlog.h"
#include "interrupts.h"
#include "thread.h"

using namespace scsimpath;
using namespace scsimpath::fuse;

namespace {

/// Nothing here looks at the service that requests belong to.
Service& no_service() {
  static std::uint64_t nothing = 0;
  return reinterpret_cast<Service&>(nothing);
}

std::uintptr_t address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(io_pool)

BOOST_AUTO_TEST_CASE(a_payload_is_page_aligned_and_all_of_a_message_has_room) {
  IoPool pool(no_service(), 1, 1);
  IoRequest* request = pool.take();
  BOOST_TEST_REQUIRE(request != nullptr);
  BOOST_TEST(address(request->payload()) % page == 0U);
  BOOST_TEST(address(request->message()) + 80 == address(request->payload()));
  BOOST_TEST(address(request) + sizeof(*request) <= address(request->message()));
  // Both ends can be written; an address sanitizer or the kernel would object.
  request->message()[0] = 1;
  request->message()[message_size - 1] = 1;
  request->payload()[max_payload - 1] = 1;
  drop(pool, *request);
}

BOOST_AUTO_TEST_CASE(what_took_the_place_of_its_buffer_goes_back_with_it) {
  IoPool pool(no_service(), 1, 3);
  IoRequest* const request = pool.take();
  for (int i = 0; i < 2; ++i) {
    IoRequest* const spare = pool.try_take();
    BOOST_TEST_REQUIRE(spare != nullptr);
    spare->next_spare = std::exchange(request->spares, spare);
  }
  BOOST_TEST(pool.try_take() == nullptr);  // does not wait
  request->holds.store(2);
  drop(pool, *request);
  BOOST_TEST(pool.try_take() == nullptr);
  drop(pool, *request);
  BOOST_TEST(request->spares == nullptr);
  pool.wait_all_returned();
}

BOOST_AUTO_TEST_CASE(the_last_hold_returns_it) {
  IoPool pool(no_service(), 1, 1);
  IoRequest* request = pool.take();
  request->holds.store(3);
  drop(pool, *request);
  drop(pool, *request);
  BOOST_TEST(request->holds.load() == 1U);
  drop(pool, *request);
  BOOST_TEST(pool.take() == request);
  BOOST_TEST(request->holds.load() == 1U);
  drop(pool, *request);
  pool.wait_all_returned();
}

BOOST_AUTO_TEST_CASE(beyond_the_reserve_there_is_memory_up_to_the_limit) {
  IoPool pool(no_service(), 2, 5);
  std::set<IoRequest*> all;
  for (int i = 0; i < 5; ++i) all.insert(pool.take());
  BOOST_TEST(all.size() == 5U);
  BOOST_TEST(!all.contains(nullptr));

  // The sixth waits for one to come back.
  std::atomic<IoRequest*> sixth{nullptr};
  Thread taker("taker", [&] { sixth = pool.take(); });
  IoRequest* returned = *all.begin();
  drop(pool, *returned);
  taker.join();
  BOOST_TEST(sixth.load() == returned);

  for (IoRequest* request : all) drop(pool, *request);
  pool.trim();
  pool.wait_all_returned();
}

BOOST_AUTO_TEST_CASE(the_background_leaves_buffers_for_the_rest) {
  BOOST_TEST(IoPool(no_service(), 1, 1).most_in_background() == 1U);
  BOOST_TEST(IoPool(no_service(), 64, 512).most_in_background() == 384U);
  BOOST_TEST(IoPool(no_service(), 1, 65536).most_in_background() == 49152U);
  BOOST_TEST(IoPool(no_service(), 1, 1 << 20).most_in_background() == 65535U);
}

BOOST_AUTO_TEST_CASE(closing_it_ends_the_wait) {
  IoPool pool(no_service(), 1, 1);
  IoRequest* only = pool.take();
  std::atomic<bool> got_none{false};
  Thread taker("taker", [&] { got_none = pool.take() == nullptr; });
  pool.close();
  taker.join();
  BOOST_TEST(got_none.load());
  drop(pool, *only);
}

BOOST_AUTO_TEST_CASE(what_is_under_way_gets_another_buffer_after_it_was_closed) {
  IoPool pool(no_service(), 1, 2);
  IoRequest* const request = pool.take();
  pool.close();
  BOOST_TEST(pool.take() == nullptr);
  IoRequest* const spare = pool.try_take();
  BOOST_TEST_REQUIRE(spare != nullptr);
  pool.put(*spare);
  drop(pool, *request);
}

BOOST_AUTO_TEST_CASE(a_request_is_found_while_it_is_registered) {
  IoPool pool(no_service(), 3, 3);
  Interrupts interrupts;
  IoRequest* first = pool.take();
  IoRequest* second = pool.take();
  first->unique = 2;
  second->unique = 2 + 512;  // the same shard
  interrupts.add(*first);
  interrupts.add(*second);

  BOOST_TEST(interrupts.find(4) == nullptr);
  BOOST_TEST(interrupts.find(2) == first);
  BOOST_TEST(first->holds.load() == 2U);
  interrupts.remove(*first);
  interrupts.remove(*first);
  BOOST_TEST(interrupts.find(2) == nullptr);
  BOOST_TEST(interrupts.find(2 + 512) == second);
  interrupts.remove(*second);
  BOOST_TEST(interrupts.find(2 + 512) == nullptr);
  for (IoRequest* request : {first, second}) {
    drop(pool, *request);
    drop(pool, *request);
  }
}

BOOST_AUTO_TEST_CASE(the_backlog_is_first_in_first_out_and_lets_go_of_any) {
  IoPool pool(no_service(), 4, 4);
  Backlog backlog;
  IoRequest* requests[4];
  for (auto& request : requests) request = pool.take();
  for (auto* request : requests) backlog.push(*request);

  BOOST_TEST(backlog.remove(*requests[1]));
  BOOST_TEST(!backlog.remove(*requests[1]));
  BOOST_TEST(backlog.remove(*requests[3]));
  backlog.push(*requests[1]);
  BOOST_TEST(backlog.pop() == requests[0]);
  BOOST_TEST(backlog.pop() == requests[2]);
  BOOST_TEST(backlog.pop() == requests[1]);
  backlog.close();
  BOOST_TEST(backlog.pop() == nullptr);
  for (auto* request : requests) drop(pool, *request);
}

BOOST_AUTO_TEST_SUITE_END()
