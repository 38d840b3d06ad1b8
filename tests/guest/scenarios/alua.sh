# SPDX-License-Identifier: LGPL-2.1-or-later
# LIO's target port groups: what REPORT TARGET PORT GROUPS says changes with the target, by each path,
# and so does what a path takes.
. "$GUEST/lib.sh"

reads() { sg_dd if="$(sg_of "$1")" of=/dev/null bs=512 count=1 blk_sgio=1 >/dev/null 2>&1; }

assert_states() { # OF-GROUP-1 OF-GROUP-2
  local path
  for path in "$one" "$two"; do
    assert_equal "$1 $2" "$(reported_state "$path" 1) $(reported_state "$path" 2)" "states by $path"
  done
}

lio_load 1
one=$(lio_path 1)
two=$(lio_path 2)
echo "paths: $one $two"
assert_equal "$(naa_of "$(sg_of "$one")")" "$(naa_of "$(sg_of "$two")")" "logical unit ids"
greet "$one"
greet "$two"
assert_states 0x00 0x00

lio_state 1 2
greet "$one" # told of the change
assert_states 0x02 0x00
assert_refused "a read by a standby path" reads "$one"
reads "$two" || fail "the active path does not read"

lio_state 2 1
greet "$two"
assert_states 0x02 0x01
reads "$two" || fail "the non-optimized path does not read"

lio_state 1 0
greet "$one"
assert_states 0x00 0x01
reads "$one" || fail "the path that is active again does not read"

lio_unmap 2
answers "$one" || fail "another path went with the unmapped one"
lio_map 2
greet "$two"
answers "$two" || fail "the path that was mapped again does not answer"
