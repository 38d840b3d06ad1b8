// SPDX-License-Identifier: LGPL-2.1-or-later
// Mounting, receiving messages, ending.
#include "session.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "crew.h"
#include "end_flush.h"
#include "io.h"
#include "log.h"
#include "mount_arguments.h"
#include "notifier.h"
#include "operations.h"
#include "service.h"
#include "system_error.h"

namespace scsimpath::fuse {

namespace {

struct SessionDeleter {
  void operator()(fuse_session* session) const noexcept { fuse_session_destroy(session); }
};

}  // namespace

struct Session::Impl final : Duties {
  Impl(Registry& registry, EventLog& event_log, Runtime& runtime, const Options& options)
      : service(registry, event_log, runtime, options), events(event_log) {}
  ~Impl() override;

  Result<void> mount();
  Received receive(IoRequest& into) noexcept override;
  void handle(IoRequest& message, bool must_not_block) noexcept override;
  void carry(IoRequest& request) noexcept override { fuse::carry(request); }
  void handle_interrupt(IoRequest& message) noexcept;

  Service service;
  EventLog& events;
  std::unique_ptr<fuse_session, SessionDeleter> session;
  bool mounted = false;
  std::unique_ptr<Notifier> notifier;
  Crew crew{*this, service.pool, service.backlog, {}};
};

Session::Impl::~Impl() {
  events.set_listener(nullptr);
  crew.finish();
  if (mounted) fuse_session_unmount(session.get());
}

Result<void> Session::Impl::mount() {
  const Options& options = service.options;
  MountArguments arguments(options);
  LibraryMessages messages;
  session.reset(fuse_session_new(arguments.get(), &operations(), sizeof(operations()), &service));
  if (session == nullptr) return fail(EINVAL, messages.text("cannot prepare the mount"));
  if (fuse_session_mount(session.get(), options.mountpoint.c_str()) != 0) {
    return fail(EIO, messages.text("cannot mount on " + options.mountpoint));
  }
  mounted = true;
  service.device = fuse_session_fd(session.get());
  notifier = std::make_unique<Notifier>(session.get(), service.readers);
  return {};
}

Duties::Received Session::Impl::receive(IoRequest& into) noexcept {
  const ssize_t length = read(service.device, into.message(), message_size);
  if (length >= static_cast<ssize_t>(sizeof(fuse_in_header))) {
    into.received = static_cast<std::size_t>(length);
    return Received::message;
  }
  const int error = length < 0 ? errno : 0;
  switch (error) {
    // ENOENT: the request was interrupted before it could be read.
    case EINTR:
    case EAGAIN:
    case ENOENT:
      return Received::again;
    case ENODEV:  // unmounted
    case ECONNABORTED:
      return Received::ended;
  }
  log::error("/dev/fuse: {}", error_text(error));
  return Received::ended;
}

void Session::Impl::handle(IoRequest& message, bool must_not_block) noexcept {
  if (message.header().opcode == FUSE_INTERRUPT) {
    handle_interrupt(message);
    return;
  }
  const Incoming incoming(message, must_not_block);
  fuse_buf buffer{};
  buffer.mem = message.message();
  buffer.size = message.received;
  fuse_session_process_buf(session.get(), &buffer);
}

void Session::Impl::handle_interrupt(IoRequest& message) noexcept {
  const auto& body =
      *reinterpret_cast<const fuse_interrupt_in*>(message.message() + sizeof(fuse_in_header));
  if (interrupt(service, body.unique) || service.readers.interrupt(body.unique)) return;
  // Answered already, then the kernel does not listen; or still between being read and being known
  // here, then the kernel is to say it again.
  fuse_out_header answer{};
  answer.len = sizeof(answer);
  answer.error = -EAGAIN;
  answer.unique = message.header().unique;
  static_cast<void>(!write(service.device, &answer, sizeof(answer)));
}

Result<std::unique_ptr<Session>> Session::mount(Registry& registry, EventLog& events,
                                                Runtime& runtime, const Options& options) {
  try {
    auto impl = std::make_unique<Impl>(registry, events, runtime, options);
    if (auto mounted = impl->mount(); !mounted) return std::unexpected(mounted.error());
    std::unique_ptr<Session> session(new Session(std::move(impl)));
    for (const auto& head : registry.heads()) session->head_added(head);
    return session;
  } catch (const std::bad_alloc&) {
    return fail(ENOMEM, "there is no memory for the mount's buffers");
  }
}

Session::Session(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Session::~Session() = default;

void Session::run() {
  Service& service = impl_->service;
  impl_->notifier->start();
  impl_->events.set_listener([notifier = impl_->notifier.get()] { notifier->events(); });
  impl_->crew.start();
  impl_->crew.wait();

  impl_->events.set_listener(nullptr);
  service.registry.stop_holding();
  // While the workers still answer what the notifier may wait for: the kernel's lock of a directory
  // or a page, which a lookup or a read has.
  impl_->notifier->stop();
  service.readers.close();
  {
    // A thread or a buffer may be long in coming back from one head's device. When somebody loses
    // patience then and kills us, the other heads' data is kept.
    const EndFlush early(service.registry);
    impl_->crew.finish();
    service.pool.wait_all_returned();
  }
  const EndFlush last(service.registry);
}

void Session::stop() noexcept {
  impl_->crew.stop();
}

std::size_t Session::open_files() const noexcept {
  return impl_->service.open_files.count();
}

Mutex& Session::settings_mutex() noexcept {
  return impl_->service.settings_mutex;
}

void Session::head_added(const std::shared_ptr<Head>& head) {
  impl_->service.tree.add(head);
  for (auto& place : Tree::places(*head)) {
    impl_->notifier->entry(place.parent, std::move(place.name));
  }
}

void Session::head_resized(const std::shared_ptr<Head>& head) {
  if (const Inode inode = impl_->service.tree.disk_inode(*head)) impl_->notifier->inode(inode);
}

void Session::head_removed(const std::shared_ptr<Head>& head) {
  impl_->service.tree.remove(head);
  for (auto& place : Tree::places(*head)) {
    impl_->notifier->entry(place.parent, std::move(place.name));
  }
}

bool Session::in_use(const Head& head) {
  return impl_->service.head_users.has(head);
}

}  // namespace scsimpath::fuse
