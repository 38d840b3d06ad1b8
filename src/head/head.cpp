// SPDX-License-Identifier: LGPL-2.1-or-later
// The public face of a head.
#include "scsimpath/head.h"

#include "core.h"

namespace scsimpath {

Head::Head(std::unique_ptr<HeadCore> core) noexcept : core_(std::move(core)) {}
Head::~Head() = default;

const std::string& Head::name() const noexcept {
  return core_->name();
}
const std::string& Head::wwid() const noexcept {
  return core_->identity().wwid;
}

void Head::submit(Request& request) noexcept {
  core_->submit(request);
}
void Head::cancel(Request& request) noexcept {
  core_->cancel(request);
}

Geometry Head::geometry() const noexcept {
  return core_->geometry();
}
std::uint64_t Head::cache_losses() const noexcept {
  return core_->cache_losses();
}
bool Head::has_unflushed() const noexcept {
  return core_->has_unflushed();
}
HeadSettings Head::settings() const noexcept {
  return core_->settings();
}
void Head::apply(const HeadSettings& settings, std::string what) noexcept {
  core_->apply(settings, std::move(what));
}
HeadStatus Head::status() const {
  return core_->status();
}

Result<void> Head::set_path_state(std::string_view path, PathState state) {
  return core_->set_path_state(path, state);
}
Result<std::string> Head::path_fault(std::string_view path) const {
  return core_->path_fault(path);
}
Result<void> Head::set_path_fault(std::string_view path, std::string_view specification) {
  return core_->set_path_fault(path, specification);
}

}  // namespace scsimpath
