# SPDX-License-Identifier: LGPL-2.1-or-later
# scsi_debug gives several paths to one logical unit: one id, one content, each with a life of its own.
. "$GUEST/lib.sh"

scsi_debug_load 4
mapfile -t paths < <(paths_of_vendor Linux)
echo "paths: ${paths[*]}"
assert_equal 4 ${#paths[@]} "paths"

first=$(sg_of "${paths[0]}")
id=$(naa_of "$first")
echo "logical unit $id"
[[ $id = naa.3* ]] || fail "no NAA id: '$id'"
for path in "${paths[@]}"; do
  assert_equal "$id" "$(naa_of "$(sg_of "$path")")" "id by $path"
  greet "$path"
  answers "$path" || fail "$path does not answer"
done

head -c 512 /dev/urandom >/tmp/block
sg_dd if=/tmp/block of="$first" bs=512 count=1 seek=100 2>/dev/null
last=${paths[3]}
sg_dd if="$(sg_of "$last")" of=/tmp/back bs=512 count=1 skip=100 2>/dev/null
cmp /tmp/block /tmp/back

set_state "$last" offline
assert_refused "a command by an offline path" answers "$last"
answers "${paths[0]}" || fail "another path went with it"
set_state "$last" running
answers "$last" || fail "$last does not answer again"

unplug "$last"
scan "$last"
assert_equal "$id" "$(naa_of "$(sg_of "$last")")" "id of the path that came back"
