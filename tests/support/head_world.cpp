// SPDX-License-Identifier: LGPL-2.1-or-later
// Building and ending a world around one head.
#include "head_world.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <utility>

namespace scsimpath::test {

using namespace std::chrono_literals;

TestRequest::TestRequest(Operation what, std::uint64_t at, std::size_t bytes,
                         const VirtualRuntime& world)
    : buffer(what == Operation::zero || what == Operation::discard ? 0 : bytes), world_(world) {
  operation = what;
  offset = at;
  data = buffer;
  length = bytes;
  done = note;
  replace_data = [](Request& request) noexcept {
    auto& self = static_cast<TestRequest&>(request);
    if (!self.has_spare) return false;
    // What a vector holds stays where it is when the vector is moved.
    self.kept.push_back(std::move(self.buffer));
    self.buffer = std::vector<std::uint8_t>(self.kept.back().size(), 0xee);
    self.data = Bytes(self.buffer).first(self.data.size());
    return true;
  };
  if (changes_blocks()) {
    keep_data = [](Request& request) noexcept { ++static_cast<TestRequest&>(request).kept_data; };
  }
  data_returned = [](Request& request) noexcept { ++static_cast<TestRequest&>(request).returned; };
}

void TestRequest::note(Request& request) noexcept {
  auto& self = static_cast<TestRequest&>(request);
  ++self.times_done;
  self.done_at = self.world_.now();
  self.done_as = all_done_++;
}

HeadWorld::HeadWorld(Options options)
    : disk(std::make_shared<ScriptedDisk>(options.identity)),
      profile{options.alias, options.settings},
      registry({.runtime = runtime.runtime(),
                .events = events,
                .profile = [this](std::string_view) { return profile; },
                .observer = &observer,
                .max_clones = options.max_clones}) {
  for (unsigned i = 0; i < options.paths; ++i) add_path().completion = options.completion;
}

HeadWorld::~HeadWorld() {
  close();
}

void HeadWorld::closed_already() {
  closed_ = true;
  head_.reset();
}

void HeadWorld::close() {
  if (std::exchange(closed_, true)) return;
  registry.stop_holding();
  for (const auto& path : paths_) {
    path->hold_io = path->hold_checks = false;
    path->complete_all_held();
  }
  advance(1min);
  for (const TestRequest& request : requests_)
    BOOST_CHECK_MESSAGE(request.times_done == 1,
                        "a request was done " << request.times_done << " times");
  bool over = false;
  registry.close([&] { over = true; });
  advance(1min);
  BOOST_CHECK_MESSAGE(over, "the registry closes");
  head_.reset();
  for (const auto& path : paths_)
    BOOST_CHECK_MESSAGE(path->destroyed, "the transport of " << path->name() << " is destroyed");
}

ScriptedPath& HeadWorld::make_path(ScriptedPath::Options options,
                                   std::shared_ptr<ScriptedDisk> behind) {
  if (options.name.empty()) {
    options.name = "p" + std::to_string(paths_.size());
    options.group = static_cast<std::uint16_t>(paths_.size() + 1);
  }
  auto& target = behind ? behind : disk;
  paths_.push_back(std::make_unique<ScriptedPath>(target, std::move(options), runtime.runtime()));
  paths_.back()->destroyed = true;  // nobody has a transport of it yet
  return *paths_.back();
}

void HeadWorld::start_join(ScriptedPath& path,
                           std::optional<Result<std::shared_ptr<Head>>>& answer) {
  registry.add(path.make_transport(),
               [&answer](Result<std::shared_ptr<Head>> result) { answer = std::move(result); });
}

Result<std::shared_ptr<Head>> HeadWorld::join(ScriptedPath& path) {
  std::optional<Result<std::shared_ptr<Head>>> answer;
  start_join(path, answer);
  settle();
  // A path that does not answer is refused at the latest after the default io_timeout.
  if (!answer) advance(HeadSettings{}.io_timeout);
  BOOST_REQUIRE_MESSAGE(answer.has_value(), "the registry decides about " << path.name());
  return *answer;
}

ScriptedPath& HeadWorld::add_path(ScriptedPath::Options options) {
  ScriptedPath& path = make_path(std::move(options));
  auto joined = join(path);
  BOOST_REQUIRE_MESSAGE(joined.has_value(), path.name() << " joins: " << joined.error().message);
  head_ = *joined;
  return path;
}

void HeadWorld::remove(std::string_view path, bool& done) {
  registry.remove(path, [&done] { done = true; });
}

PathStatus HeadWorld::path_status(std::size_t index) {
  const std::string& name = path(index).name();
  for (const PathStatus& each : head_->status().paths)
    if (each.name == name) return each;
  BOOST_FAIL("the head tells of no path " << name);
  return {};
}

TestRequest& HeadWorld::prepare(Operation operation, std::uint64_t offset, std::size_t length) {
  TestRequest& request = requests_.emplace_back(operation, offset, length, runtime);
  if (operation == Operation::write) {
    ++pattern_;
    for (std::size_t i = 0; i < length; ++i)
      request.buffer[i] = static_cast<std::uint8_t>(pattern_ * 37 + i / 7 + i);
  } else {
    std::fill(request.buffer.begin(), request.buffer.end(), std::uint8_t{0xee});
  }
  return request;
}

TestRequest& HeadWorld::start(TestRequest& request) {
  head_->submit(request);
  return request;
}

TestRequest& HeadWorld::write(std::uint64_t offset, std::size_t length, bool fua) {
  TestRequest& request = prepare(Operation::write, offset, length);
  request.fua = fua;
  start(request);
  settle();
  return request;
}

TestRequest& HeadWorld::read(std::uint64_t offset, std::size_t length) {
  TestRequest& request = start(prepare(Operation::read, offset, length));
  settle();
  return request;
}

TestRequest& HeadWorld::flush() {
  TestRequest& request = start(prepare(Operation::flush, 0, 0));
  settle();
  return request;
}

bool HeadWorld::agrees_with_disk(const TestRequest& request) const {
  const auto& stored = disk->data;
  if (request.offset + request.transferred > stored.size()) return false;
  return std::equal(request.buffer.begin(), request.buffer.begin() + request.transferred,
                    stored.begin() + static_cast<std::ptrdiff_t>(request.offset));
}

void HeadWorld::set(void (*change)(HeadSettings&)) {
  HeadSettings settings = head_->settings();
  change(settings);
  head_->apply(settings);
  settle();
}

}  // namespace scsimpath::test
