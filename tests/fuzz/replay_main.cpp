// SPDX-License-Identifier: LGPL-2.1-or-later
// Feeds the files of the folders on the command line to a fuzz target: whole, and cut at every
// length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// In a block of its own size, so that a sanitizer sees a read beyond the end.
void feed(const std::vector<char>& bytes, std::size_t size) {
  const auto exact = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(bytes.begin(), size, exact.get());
  LLVMFuzzerTestOneInput(exact.get(), size);
}

}  // namespace

int main(int count, char** arguments) {
  constexpr std::size_t most_cuts = 4096;
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
      const std::size_t step = bytes.size() / most_cuts + 1;
      for (std::size_t size = 0; size < bytes.size(); size += step) feed(bytes, size);
      feed(bytes, bytes.size());
      ++files;
    }
  }
  if (files == 0) {
    std::fputs("no corpus file to replay\n", stderr);
    return EXIT_FAILURE;
  }
  std::printf("%zu files\n", files);
  return EXIT_SUCCESS;
}
