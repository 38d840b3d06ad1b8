// SPDX-License-Identifier: LGPL-2.1-or-later
// Faults at work: every kind, every modifier, late execution, exact aborts.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "control_thread.h"
#include "scripted_io.h"
#include "steady_clock.h"
#include "test_disk.h"
#include "worker_pool.h"

using namespace scsimpath;
using namespace std::chrono_literals;
using test::filled;
using test::Sent;
using test::TestDisk;

BOOST_AUTO_TEST_SUITE(faults)

namespace {

constexpr auto in = Direction::from_device;
constexpr auto out = Direction::to_device;

struct Disk : TestDisk {
  Disk() { settle(); }

  /// What block 0 holds, in its first byte, seen through the healthy port 1.
  std::uint8_t block_0() {
    auto got = filled(512, 0xff);
    BOOST_TEST(read(1, 0, 1, got).status == 0);
    return got[0];
  }

  std::vector<std::uint8_t> data = filled(512, 0x55);
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(none_is_what_there_is_at_first, Disk) {
  BOOST_REQUIRE(port(0).faults() != nullptr);
  BOOST_TEST(port(0).faults()->fault() == "none");
}

BOOST_FIXTURE_TEST_CASE(a_fault_is_of_one_path_and_reads_back, Disk) {
  set_fault(0, "only=io,offline");
  BOOST_TEST(port(0).faults()->fault() == "offline,only=io");
  BOOST_TEST(port(1).faults()->fault() == "none");
  BOOST_TEST(!fault(0, "hangs").has_value());
  BOOST_TEST(port(0).faults()->fault() == "offline,only=io");
  BOOST_TEST(write(1, 0, 1, data).host == 0);
  set_fault(0, "none");
  BOOST_TEST(write(0, 0, 1, data).host == 0);
}

BOOST_FIXTURE_TEST_CASE(offline, Disk) {
  set_fault(0, "offline");
  const auto result = write(0, 0, 1, data);
  BOOST_TEST(result.host == 0x01);
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.residual == 512);
  BOOST_TEST(run(0, scsi::inquiry(96), in, data).host == 0x01);
  BOOST_TEST(block_0() == 0);
}

BOOST_FIXTURE_TEST_CASE(made_up_answers, Disk) {
  struct Row {
    const char* fault;
    int host, status;
    const char* sense;
  };
  for (const Row& row :
       {Row{"host=0x0e", 0x0e, 0, "0/00/00"}, Row{"status=0x28", 0, 0x28, "0/00/00"},
        Row{"sense=2/04/0b", 0, 2, "2/04/0b"}, Row{"sense=b/47/03,host=0x05", 5, 2, "b/47/03"},
        Row{"status=0x08,sense=6/29/00", 0, 8, "6/29/00"},
        Row{"host=0x01,status=0x18,sense=1/00/00", 1, 0x18, "1/00/00"}}) {
    BOOST_TEST_CONTEXT(row.fault) {
      set_fault(0, row.fault);
      const auto result = write(0, 0, 1, data);
      BOOST_TEST(result.host == row.host);
      BOOST_TEST(result.status == row.status);
      BOOST_TEST(test::sense_text(result) == row.sense);
      BOOST_TEST(result.residual == 512);
    }
  }
  BOOST_TEST(block_0() == 0);
}

BOOST_FIXTURE_TEST_CASE(short_transfers, Disk) {
  auto large = filled(1024, 0x66);
  set_fault(0, "short=512");
  const auto written = write(0, 0, 2, large);
  BOOST_TEST(written.status == 0);
  BOOST_TEST(written.residual == 512);
  auto got = filled(1024, 0xff);
  BOOST_TEST(read(1, 0, 2, got).residual == 0);
  BOOST_TEST((got[511] == 0x66 && got[512] == 0));
  got = filled(1024, 0xff);
  BOOST_TEST(read(0, 0, 2, got).residual == 512);
  BOOST_TEST((got[511] == 0x66 && got[512] == 0xff));
  BOOST_TEST(read(0, 0, 1, Bytes(got).first(512)).residual == 0);
  set_fault(0, "short=10");
  BOOST_TEST(ask(0, scsi::inquiry(96)).size() == 10U);
  set_fault(0, "short=0");
  BOOST_TEST(read(0, 0, 2, got).residual == 1024);
}

BOOST_FIXTURE_TEST_CASE(a_delay_alone_changes_only_the_time, Disk) {
  set_fault(0, "delay=20");
  Sent sent(scsi::write(0, 1, false), out, data);
  port(0).submit(sent);
  runtime.advance(19ms);
  BOOST_TEST(sent.completions == 0U);
  BOOST_TEST(block_0() == 0);
  runtime.advance(1ms);
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(sent.result.status == 0);
  BOOST_TEST(sent.result.host == 0);
  BOOST_TEST(sent.result.residual == 0);
  BOOST_TEST(block_0() == 0x55);
}

BOOST_FIXTURE_TEST_CASE(a_delay_beside_another_kind, Disk) {
  for (const char* fault : {"offline,delay=7", "delay=7,sense=2/04/0b", "short=100,delay=7"}) {
    set_fault(0, fault);
    Sent sent(scsi::write(0, 1, false), out, data);
    port(0).submit(sent);
    runtime.advance(6ms);
    BOOST_TEST(sent.completions == 0U);
    runtime.advance(1ms);
    BOOST_REQUIRE(sent.completions == 1U);
    BOOST_TEST(sent.result.residual == (*fault == 's' ? 412 : 512));
    BOOST_TEST(sent.result.host == (*fault == 'o' ? 1 : 0));
    BOOST_TEST(sent.result.status == (*fault == 'd' ? 2 : 0));
  }
}

BOOST_FIXTURE_TEST_CASE(a_delay_outlives_its_fault, Disk) {
  set_fault(0, "delay=20");
  Sent sent(scsi::write(0, 1, false), out, data);
  port(0).submit(sent);
  set_fault(0, "offline");
  runtime.run_until_idle();
  BOOST_TEST(sent.completions == 0U);
  runtime.advance(20ms);
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(sent.result.host == 0);
}

BOOST_FIXTURE_TEST_CASE(commands_are_carried_out_on_the_workers, Disk) {
  set_fault(0, "delay=1");
  Sent first(scsi::write(0, 1, false), out, data);
  Sent second(scsi::write(0, 1, false), out, data);
  port(0).submit(first);
  port(0).submit(second);
  // Not while time passes, nor in the call that lets them go.
  runtime.advance(1ms);
  BOOST_TEST(first.completions + second.completions == 2U);
  set_fault(0, "hang");
  port(0).submit(first);
  set_fault(0, "none");
  BOOST_TEST(first.completions == 1U);
  runtime.run_until_idle();
  BOOST_TEST(first.completions == 2U);
}

BOOST_FIXTURE_TEST_CASE(what_hangs_is_executed_late_and_in_order, Disk) {
  set_fault(0, "hang");
  std::vector<std::unique_ptr<Sent>> held;
  std::vector<std::vector<std::uint8_t>> buffers;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    buffers.push_back(filled(512, i));
    held.push_back(std::make_unique<Sent>(scsi::write(0, 1, false), out, buffers.back()));
    port(0).submit(*held.back());
  }
  runtime.advance(1h);
  for (const auto& sent : held) BOOST_TEST(sent->completions == 0U);
  BOOST_TEST(block_0() == 0);
  set_fault(0, "offline");
  runtime.run_until_idle();
  for (const auto& sent : held) {
    BOOST_TEST(sent->completions == 1U);
    BOOST_TEST(sent->result.host == 0);
    BOOST_TEST(sent->result.status == 0);
  }
  BOOST_TEST(block_0() == 5);
}

BOOST_FIXTURE_TEST_CASE(an_action_does_not_let_go, Disk) {
  set_fault(0, "hang");
  Sent sent(scsi::inquiry(96), in, data);
  port(0).submit(sent);
  set_fault(0, "alua=standby");
  runtime.run_until_idle();
  BOOST_TEST(sent.completions == 0U);
  BOOST_TEST(port(0).faults()->fault() == "hang");
  set_fault(0, "none");
  runtime.run_until_idle();
  BOOST_TEST(sent.completions == 1U);
}

BOOST_FIXTURE_TEST_CASE(hang_written_again_lets_go_and_holds_anew, Disk) {
  set_fault(0, "hang");
  Sent first(scsi::test_unit_ready());
  port(0).submit(first);
  set_fault(0, "hang");
  Sent second(scsi::test_unit_ready());
  port(0).submit(second);
  runtime.run_until_idle();
  BOOST_TEST(first.completions == 1U);
  BOOST_TEST(second.completions == 0U);
  port(0).abort(second);
  BOOST_TEST(second.completions == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_held_command_that_is_aborted_never_runs, Disk) {
  set_fault(0, "hang");
  auto other = filled(512, 0x77);
  Sent aborted(scsi::write(0, 1, false), out, data);
  Sent kept(scsi::write(1, 1, false), out, other);
  Sent last(scsi::write(0, 1, false), out, data);
  port(0).submit(aborted);
  port(0).submit(kept);
  port(0).submit(last);
  port(0).abort(aborted);
  port(0).abort(last);
  for (const Sent* sent : {&aborted, &last}) {
    BOOST_TEST(sent->completions == 1U);
    BOOST_TEST(sent->result.host == 0x05);
    BOOST_TEST(sent->result.status == 0);
    BOOST_TEST(sent->result.residual == 512);
  }
  BOOST_TEST(kept.completions == 0U);
  set_fault(0, "none");
  runtime.run_until_idle();
  BOOST_TEST(kept.completions == 1U);
  BOOST_TEST(aborted.completions == 1U);
  BOOST_TEST(block_0() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_delayed_command_that_is_aborted_never_runs, Disk) {
  set_fault(0, "delay=20,sense=2/04/0b,only=read");
  set_fault(0, "delay=20");
  Sent sent(scsi::write(0, 1, false), out, data);
  port(0).submit(sent);
  runtime.advance(10ms);
  port(0).abort(sent);
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(sent.result.host == 0x05);
  BOOST_TEST(runtime.armed_timers() == 0U);
  runtime.advance(1s);
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(block_0() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_command_that_waits_for_a_worker_can_be_aborted, Disk) {
  set_fault(0, "hang");
  Sent sent(scsi::write(0, 1, false), out, data);
  port(0).submit(sent);
  set_fault(0, "none");
  port(0).abort(sent);
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(sent.result.host == 0x05);
  runtime.run_until_idle();
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(block_0() == 0);
}

BOOST_FIXTURE_TEST_CASE(an_abort_takes_back_a_made_up_answer_too, Disk) {
  set_fault(0, "delay=20,status=0x02,sense=2/04/0b");
  Sent sent(scsi::write(0, 1, false), out, data);
  port(0).submit(sent);
  port(0).abort(sent);
  BOOST_TEST(sent.result.host == 0x05);
  BOOST_TEST(sent.result.status == 0);
  BOOST_TEST(sent.result.sense_length == 0);
}

BOOST_FIXTURE_TEST_CASE(an_abort_of_what_has_ended_does_nothing, Disk) {
  Sent sent(scsi::write(0, 1, false), out, data);
  port(0).submit(sent);
  port(0).abort(sent);
  set_fault(0, "delay=1");
  port(0).abort(sent);
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(sent.result.host == 0);
}

BOOST_AUTO_TEST_CASE(a_timer_that_fires_during_the_abort) {
  // Timers whose cancel always comes too late: the function has begun and waits for the abort.
  struct LateTimers final : Timers {
    void arm(Timer& timer, Instant) noexcept override { armed = &timer; }
    bool cancel(Timer&) noexcept override { return false; }
    Timer* armed = nullptr;
  };
  test::TemporaryFolder folder;
  test::VirtualRuntime virtual_runtime;
  Runtime& honest = virtual_runtime.runtime();
  LateTimers timers;
  Runtime runtime{honest.clock, timers, honest.control, honest.workers};
  auto disk = emulated::open_disk(
      {.image = (folder.path() / "disk.img").string(), .size = 4096, .paths = 1}, runtime);
  BOOST_REQUIRE(disk.has_value());
  Transport& port = *disk->paths[0];
  auto data = filled(512, 1);
  BOOST_REQUIRE(port.faults()->set_fault("delay=1").has_value());
  Sent sent(scsi::write(0, 1, false), out, data);
  port.submit(sent);
  port.abort(sent);
  port.abort(sent);
  BOOST_TEST(sent.completions == 0U);
  timers.armed->fire(*timers.armed);
  virtual_runtime.run_until_idle();
  BOOST_TEST(sent.completions == 1U);
  BOOST_TEST(sent.result.host == 0x05);
}

BOOST_FIXTURE_TEST_CASE(every_nth, Disk) {
  set_fault(0, "offline,every=3,only=write");
  std::string pattern;
  for (int i = 0; i < 9; ++i) {
    BOOST_TEST(ready(0).host == 0);  // does not count
    pattern += write(0, 0, 1, data).host == 0 ? '.' : 'x';
  }
  BOOST_TEST(pattern == "..x..x..x");
}

BOOST_FIXTURE_TEST_CASE(so_many_and_no_more, Disk) {
  set_fault(0, "offline,count=2");
  std::string pattern;
  for (int i = 0; i < 5; ++i) pattern += write(0, 0, 1, data).host == 0 ? '.' : 'x';
  BOOST_TEST(pattern == "xx...");
  BOOST_TEST(port(0).faults()->fault() == "offline,count=2");
  set_fault(0, "offline,count=2");  // counts anew
  BOOST_TEST(write(0, 0, 1, data).host == 1);
}

BOOST_FIXTURE_TEST_CASE(modifiers_together, Disk) {
  set_fault(0, "sense=b/47/03,every=2,count=2,only=read");
  std::string pattern;
  for (int i = 0; i < 8; ++i) {
    BOOST_TEST(write(0, 0, 1, data).status == 0);
    pattern += read(0, 0, 1, data).status == 0 ? '.' : 'x';
  }
  BOOST_TEST(pattern == ".x.x....");
}

BOOST_FIXTURE_TEST_CASE(only_some_commands, Disk) {
  set_fault(0, "offline,only=read");
  BOOST_TEST(read(0, 0, 1, data).host == 1);
  BOOST_TEST(write(0, 0, 1, data).host == 0);
  set_fault(0, "offline,only=io");
  BOOST_TEST(run(0, scsi::synchronize_cache()).host == 1);
  BOOST_TEST(ready(0).host == 0);
  set_fault(0, "offline,only=check");
  BOOST_TEST(ready(0).host == 0);
  BOOST_TEST(run(0, scsi::test_unit_ready(), Direction::none, {}, Purpose::check).host == 1);
}

BOOST_FIXTURE_TEST_CASE(an_access_state_leaves_the_fault, Disk) {
  set_fault(0, "offline,count=1,only=read");
  set_fault(0, "alua=standby");
  BOOST_TEST(port(0).faults()->fault() == "offline,count=1,only=read");
  settle();
  BOOST_TEST(read(0, 0, 1, data).host == 1);
  BOOST_TEST(refusal(0, scsi::test_unit_ready()) == "2/04/0b");
}

BOOST_FIXTURE_TEST_CASE(power_loss_is_heard_of_on_every_path_and_not_read_back, Disk) {
  settle();
  set_fault(1, "delay=5");
  set_fault(1, "power-loss");
  BOOST_TEST(port(1).faults()->fault() == "delay=5");
  set_fault(1, "none");
  for (const unsigned number : {0U, 1U}) {
    BOOST_TEST(refusal(number, scsi::test_unit_ready()) == "6/29/00");
    BOOST_TEST(ready(number).status == 0);
  }
}

BOOST_FIXTURE_TEST_CASE(a_port_may_go_while_its_last_command_completes, Disk) {
  struct Last : Sent {
    using Sent::Sent;
    std::unique_ptr<Transport>* path = nullptr;
  };
  set_fault(0, "hang");
  Last last(scsi::write(0, 1, false), out, data);
  last.path = &disk.paths[0];
  last.done = [](Command& command) noexcept {
    auto& self = static_cast<Last&>(command);
    ++self.completions;
    self.path->reset();
  };
  port(0).submit(last);
  set_fault(0, "none");
  runtime.run_until_idle();
  BOOST_TEST(last.completions == 1U);
  BOOST_TEST(disk.paths[0] == nullptr);
  BOOST_TEST(block_0() == 0x55);
}

BOOST_AUTO_TEST_CASE(real_threads_end_every_command_once) {
  SteadyClock clock;
  ControlThread control;
  WorkerPool workers(2);
  Runtime runtime{clock, control, control, workers};
  test::TemporaryFolder folder;
  auto disk = emulated::open_disk(
      {.image = (folder.path() / "disk.img").string(), .size = 1U << 20, .paths = 1}, runtime);
  BOOST_REQUIRE(disk.has_value());
  Transport& port = *disk->paths[0];

  struct Counted : Sent {
    Counted(const Cdb& block, Bytes buffer) : Sent(block, out, buffer) {
      done = [](Command& command) noexcept {
        auto& self = static_cast<Counted&>(command);
        ++self.completions;
        self.ended.store(true, std::memory_order_release);
        self.ended.notify_one();
      };
    }
    std::atomic<bool> ended{false};
  };
  auto data = filled(512, 1);
  for (int round = 0; round < 50; ++round) {
    const char* faults[]{"delay=0", "delay=1", "hang", "short=100,delay=0", "none"};
    std::vector<std::unique_ptr<Counted>> sent;
    for (int i = 0; i < 40; ++i) {
      sent.push_back(std::make_unique<Counted>(scsi::write(0, 1, false), data));
    }
    std::jthread submitter([&] {
      for (const auto& command : sent) port.submit(*command);
    });
    for (const char* fault : faults) {
      BOOST_REQUIRE(port.faults()->set_fault(fault).has_value());
    }
    submitter.join();
    BOOST_REQUIRE(port.faults()->set_fault("none").has_value());
    for (std::size_t i = 0; i < sent.size(); i += 2) {
      if (!sent[i]->ended.load(std::memory_order_acquire)) port.abort(*sent[i]);
    }
    for (const auto& command : sent) command->ended.wait(false);
    for (const auto& command : sent) BOOST_REQUIRE(command->completions == 1U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
