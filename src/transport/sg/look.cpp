// SPDX-License-Identifier: LGPL-2.1-or-later
// Control commands by libsgutils2's pass-through.
#include "look.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <scsi/sg_lib.h>
#include <scsi/sg_pt.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "capacity.h"
#include "cdb.h"
#include "device_identification.h"
#include "inquiry.h"
#include "node.h"
#include "sense.h"
#include "system_error.h"
#include "text.h"

namespace scsimpath::sg {

namespace {

constexpr int attempts = 6;  // a unit attention for each thing that may have happened meanwhile
constexpr std::uint16_t vpd_allocation = 1024;
constexpr std::size_t sense_size = 96;

/// At its first use the library looks up which nodes are bsg's, and marks that as done before it
/// is: who comes meanwhile on another thread takes a bsg node for none. So the first use is alone.
void prepare_library() {
  static const bool prepared = [] {
    destruct_scsi_pt_obj(construct_scsi_pt_obj());
    return true;
  }();
  (void)prepared;
}

class Opened {
 public:
  explicit Opened(const std::string& node) {
    prepare_library();
    fd_ = scsi_pt_open_flags(node.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (fd_ >= 0) (void)scsi_pt_close_device(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_ = -1;  // below 0: an errno
};

/// One line of text of the library's several.
std::string tidy(std::string_view text) {
  std::vector<std::string> pieces;
  for (const std::string_view line : split(text, '\n')) {
    if (const std::string_view piece = trim(line); !piece.empty()) pieces.emplace_back(piece);
  }
  return join(pieces, ", ");
}

std::string error_of(const sg_pt_base* object) {
  std::array<char, 256> text{};
  get_scsi_pt_transport_err_str(object, static_cast<int>(text.size()), text.data());
  return tidy(text.data());
}

using Object = std::unique_ptr<sg_pt_base, void (*)(sg_pt_base*)>;

/// Sends a command that asks for `size` bytes until it was not a unit attention.
Answer ask(int fd, const Cdb& cdb, std::size_t size, int seconds, int& os_error) {
  Answer answer;
  os_error = 0;
  const Object object(construct_scsi_pt_obj_with_fd(fd, 0), &destruct_scsi_pt_obj);
  if (object == nullptr) {
    os_error = ENOMEM;
    answer.error = error_text(ENOMEM);
    return answer;
  }
  for (int attempt = 0; attempt < attempts; ++attempt) {
    answer.data.assign(size, 0);
    std::array<std::uint8_t, sense_size> sense{};
    partial_clear_scsi_pt_obj(object.get());
    set_scsi_pt_cdb(object.get(), cdb.bytes.data(), cdb.length);
    set_scsi_pt_sense(object.get(), sense.data(), static_cast<int>(sense.size()));
    set_scsi_pt_data_in(object.get(), answer.data.data(), static_cast<int>(size));
    const int sent = do_scsi_pt(object.get(), fd, seconds, 0);
    if (sent != 0) {
      // Below 0 an errno of the call, above it the library's: timed out, or a wrong argument.
      os_error = sent < 0 ? -sent : sent == SCSI_PT_DO_TIMEOUT ? ETIMEDOUT : EINVAL;
      answer.error = error_text(os_error);
      break;
    }
    switch (get_scsi_pt_result_category(object.get())) {
      case SCSI_PT_RESULT_GOOD: {
        const int residual = std::clamp(get_scsi_pt_resid(object.get()), 0, static_cast<int>(size));
        answer.data.resize(size - static_cast<std::size_t>(residual));
        answer.error.clear();
        return answer;
      }
      case SCSI_PT_RESULT_SENSE: {
        const int length =
            std::clamp(get_scsi_pt_sense_len(object.get()), 0, static_cast<int>(sense.size()));
        const ConstBytes told{sense.data(), static_cast<std::size_t>(length)};
        answer.error = failure_text(get_scsi_pt_status_response(object.get()), told);
        answer.refused = is_refusal(told);
        if (sg_err_category_sense(sense.data(), length) == SG_LIB_CAT_UNIT_ATTENTION) continue;
        break;
      }
      case SCSI_PT_RESULT_STATUS:
        answer.error = failure_text(get_scsi_pt_status_response(object.get()), {});
        break;
      case SCSI_PT_RESULT_OS_ERR:
        os_error = get_scsi_pt_os_err(object.get());
        answer.error = error_text(os_error);
        break;
      default:
        os_error = EIO;
        answer.error = error_of(object.get());
        break;
    }
    break;
  }
  answer.data.clear();
  return answer;
}

}  // namespace

std::string failure_text(int status, ConstBytes sense) {
  std::array<char, 512> text{};
  if (sense.empty()) {
    sg_get_scsi_status_str(status, static_cast<int>(text.size()), text.data());
  } else {
    (void)sg_get_sense_str(nullptr, sense.data(), static_cast<int>(sense.size()), false,
                           static_cast<int>(text.size()), text.data());
  }
  return tidy(text.data());
}

bool is_refusal(ConstBytes sense) noexcept {
  constexpr std::uint8_t logical_unit_not_supported = 0x25;  // it is not mapped now
  const scsi::Sense decoded = scsi::decode_sense(sense);
  return decoded.valid && !decoded.deferred &&
         decoded.sense_key() == scsi::SenseKey::illegal_request &&
         decoded.asc != logical_unit_not_supported;
}

Result<FirstLook> look(const std::string& node, Duration timeout) {
  const Opened opened(node);
  if (const int number = -opened.get(); number > 0) {
    return fail(number, fmt::format("{}: {}{}", node, error_text(number), remedy(number)));
  }
  const auto whole = std::chrono::ceil<std::chrono::seconds>(timeout).count();
  const int seconds = static_cast<int>(std::clamp<std::int64_t>(whole, 1, 3600));

  int os_error = 0;
  Answer inquiry = ask(opened.get(), scsi::inquiry(scsi::Inquiry::allocation),
                       scsi::Inquiry::allocation, seconds, os_error);
  if (os_error == ENOTTY || os_error == EINVAL || os_error == ENOSYS) {
    return fail(ENOTTY, fmt::format("{}: is not a SCSI device", node));
  }
  if (!inquiry.error.empty()) {
    return fail(os_error != 0 ? os_error : EIO,
                fmt::format("{}: INQUIRY failed: {}", node, inquiry.error));
  }

  FirstLook look;
  look.inquiry = std::move(inquiry.data);
  const auto page = [&](scsi::VpdPage number) {
    return ask(opened.get(), scsi::inquiry_vpd(static_cast<std::uint8_t>(number), vpd_allocation),
               vpd_allocation, seconds, os_error);
  };
  look.identification = page(scsi::VpdPage::device_identification);
  look.serial = page(scsi::VpdPage::unit_serial);
  look.capacity = ask(opened.get(), scsi::read_capacity_16(scsi::Capacity::allocation_16),
                      scsi::Capacity::allocation_16, seconds, os_error);
  look.capacity_16 = look.capacity.error.empty();
  if (!look.capacity_16) {
    Answer shorter = ask(opened.get(), scsi::read_capacity_10(), scsi::Capacity::allocation_10,
                         seconds, os_error);
    if (shorter.error.empty()) look.capacity = std::move(shorter);
  }
  return look;
}

}  // namespace scsimpath::sg
