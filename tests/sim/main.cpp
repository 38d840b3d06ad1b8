// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs many schedules, each from its seed, and tells the story of one that fails.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "mutex.h"
#include "shrink.h"
#include "simulation.h"

namespace {

using namespace scsimpath;
using namespace scsimpath::sim;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t count = 1000;
  unsigned jobs = 2;
  bool story = false;
  bool shrinks = false;
  bool check_coverage = false;
  bool find = false;
};

constexpr std::size_t most_failures = 20;

void print_story(const Schedule& schedule) {
  const Verdict verdict = run(schedule, true);
  for (const std::string& line : verdict.story) fmt::print("{}\n", line);
  fmt::print("\n{}\n\n{}", verdict.good() ? "good" : verdict.failure, to_source(schedule));
}

/// What all runs together have met.
struct Sum {
  Mutex mutex;
  Coverage coverage GUARDED_BY(mutex);
  std::vector<std::pair<std::uint64_t, std::string>> failures GUARDED_BY(mutex);
};

void run_all(const Options& options, Sum& sum) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> enough{false};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < options.jobs; ++i) {
    threads.emplace_back([&] {
      Coverage own;
      for (std::uint64_t n = next++; n < options.count && !enough; n = next++) {
        const std::uint64_t seed = options.first + n;
        const Verdict verdict = run(generate(seed));
        own.add(verdict.coverage);
        if (verdict.good()) continue;
        const MutexLock lock(sum.mutex);
        sum.failures.emplace_back(seed, verdict.failure);
        enough = options.find || sum.failures.size() >= most_failures;
      }
      const MutexLock lock(sum.mutex);
      sum.coverage.add(own);
    });
  }
}

int search(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  Sum sum;
  run_all(options, sum);
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Coverage coverage;
  std::vector<std::pair<std::uint64_t, std::string>> failures;
  {
    const MutexLock lock(sum.mutex);
    coverage = sum.coverage;
    failures = sum.failures;
  }
  fmt::print(
      "{} schedules from seed {}: {} requests, {} attempts, {} errors; {:.1f} s, {:.0f} "
      "schedules/s on {} threads\n",
      options.count, options.first, coverage.requests, coverage.attempts, coverage.errors, took,
      static_cast<double>(options.count) / took, options.jobs);
  for (const auto& [seed, failure] : failures) fmt::print("seed {}: {}\n", seed, failure);
  if (options.find) return failures.empty() ? 0 : 1;
  if (!failures.empty()) {
    std::fflush(stdout);
    print_story(shrink(generate(failures.front().first)));
    return 1;
  }
  if (!options.check_coverage) return 0;
  const auto missing = coverage.gaps();
  for (const std::string& what : missing) fmt::print("never met: {}\n", what);
  return missing.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the multipath core over random failure schedules in virtual time."};
  Options options;
  app.add_option("--seed", options.first, "the first schedule's seed");
  app.add_option("--schedules", options.count, "how many");
  app.add_option("--jobs", options.jobs, "threads");
  app.add_flag("--story", options.story, "run one and tell all that happens in it");
  app.add_flag("--shrink", options.shrinks, "a shorter one that fails too");
  app.add_flag("--coverage", options.check_coverage, "fail when something was never met");
  app.add_flag("--find", options.find, "stop at the first failure and do not shrink it");
  CLI11_PARSE(app, argc, argv);
  if (options.story) {
    print_story(options.shrinks ? shrink(generate(options.first)) : generate(options.first));
    return 0;
  }
  return search(options);
}
