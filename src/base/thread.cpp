// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting and joining threads.
#include "thread.h"

#include <signal.h>

#include <memory>
#include <system_error>
#include <utility>

namespace scsimpath {

namespace {

void* run(void* argument) noexcept {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

}  // namespace

Thread::Thread(const std::string& name, std::function<void()> body, std::size_t stack_size) {
  auto argument = std::make_unique<std::function<void()>>(std::move(body));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_size);

  // A thread inherits the mask of the one that makes it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, run, argument.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start a thread");
  static_cast<void>(argument.release());
  started_ = true;
  pthread_setname_np(thread_, name.substr(0, 15).c_str());
}

Thread::Thread(Thread&& other) noexcept
    : thread_(other.thread_), started_(std::exchange(other.started_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this == &other) return *this;
  join();
  thread_ = other.thread_;
  started_ = std::exchange(other.started_, false);
  return *this;
}

void Thread::join() noexcept {
  if (std::exchange(started_, false)) pthread_join(thread_, nullptr);
}

}  // namespace scsimpath
