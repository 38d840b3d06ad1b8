// SPDX-License-Identifier: LGPL-2.1-or-later
// Operation codes, status codes, host bytes and sense keys by name.
#pragma once

#include <cstdint>

namespace scsimpath::scsi {

/// Byte 0 of a CDB (SPC-5, SBC-4).
enum class Opcode : std::uint8_t {
  test_unit_ready = 0x00,
  request_sense = 0x03,
  inquiry = 0x12,
  mode_sense_6 = 0x1a,
  read_capacity_10 = 0x25,
  read_10 = 0x28,
  write_10 = 0x2a,
  synchronize_cache_10 = 0x35,
  write_same_10 = 0x41,
  unmap = 0x42,
  log_sense = 0x4d,
  mode_sense_10 = 0x5a,
  read_16 = 0x88,
  write_16 = 0x8a,
  synchronize_cache_16 = 0x91,
  write_same_16 = 0x93,
  service_action_in_16 = 0x9e,
  report_luns = 0xa0,
  maintenance_in = 0xa3,
  maintenance_out = 0xa4,
};

/// Byte 1, bits 0-4, of the CDBs above that have service actions.
inline constexpr std::uint8_t service_action_read_capacity_16 = 0x10;
inline constexpr std::uint8_t service_action_get_lba_status = 0x12;
inline constexpr std::uint8_t service_action_report_target_port_groups = 0x0a;
inline constexpr std::uint8_t service_action_set_target_port_groups = 0x0a;

/// SAM-5 5.3.
enum class Status : std::uint8_t {
  good = 0x00,
  check_condition = 0x02,
  condition_met = 0x04,
  busy = 0x08,
  intermediate = 0x10,
  intermediate_condition_met = 0x14,
  reservation_conflict = 0x18,
  task_set_full = 0x28,
  aca_active = 0x30,
  task_aborted = 0x40,
};

/// What the kernel's host adapter layer says of a command (its include/scsi/scsi_status.h); the
/// names are those without DID_.
enum class HostByte : std::uint8_t {
  ok = 0x00,
  no_connect = 0x01,
  bus_busy = 0x02,
  time_out = 0x03,
  bad_target = 0x04,
  abort = 0x05,
  parity = 0x06,
  error = 0x07,
  reset = 0x08,
  bad_intr = 0x09,
  passthrough = 0x0a,
  soft_error = 0x0b,
  imm_retry = 0x0c,
  requeue = 0x0d,
  transport_disrupted = 0x0e,
  transport_failfast = 0x0f,
  target_failure = 0x10,
  nexus_failure = 0x11,
  alloc_failure = 0x12,
  medium_error = 0x13,
  transport_marginal = 0x14,
};

/// SPC-5 4.5.6.
enum class SenseKey : std::uint8_t {
  no_sense = 0x0,
  recovered_error = 0x1,
  not_ready = 0x2,
  medium_error = 0x3,
  hardware_error = 0x4,
  illegal_request = 0x5,
  unit_attention = 0x6,
  data_protect = 0x7,
  blank_check = 0x8,
  vendor_specific = 0x9,
  copy_aborted = 0xa,
  aborted_command = 0xb,
  reserved = 0xc,
  volume_overflow = 0xd,
  miscompare = 0xe,
  completed = 0xf,
};

}  // namespace scsimpath::scsi
