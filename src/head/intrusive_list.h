// SPDX-License-Identifier: LGPL-2.1-or-later
// A doubly linked list through two members of its elements: no allocation, removal from anywhere.
#pragma once

#include <cstddef>

namespace scsimpath {

/// `Links` names the members: `static T*& next(T&)`, `static T*& previous(T&)`. Not synchronised.
template <class T, class Links>
class IntrusiveList {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] T* front() const noexcept { return first_; }
  [[nodiscard]] static T* after(T& element) noexcept { return Links::next(element); }

  void push_back(T& element) noexcept {
    Links::next(element) = nullptr;
    Links::previous(element) = last_;
    (last_ != nullptr ? Links::next(*last_) : first_) = &element;
    last_ = &element;
  }

  void remove(T& element) noexcept {
    T* const next = Links::next(element);
    T* const previous = Links::previous(element);
    (previous != nullptr ? Links::next(*previous) : first_) = next;
    (next != nullptr ? Links::previous(*next) : last_) = previous;
    Links::next(element) = Links::previous(element) = nullptr;
  }

  T* pop_front() noexcept {
    T* const element = first_;
    if (element != nullptr) remove(*element);
    return element;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace scsimpath
