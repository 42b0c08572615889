//===- SortKeys.cpp - Sort 32-bit keys in place ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SortKeys.h"

#include <algorithm>

using namespace mlir::lowbit;

static constexpr int numBuckets = 256;

/// Below this a comparison sort is faster than 256 counters.
static constexpr int64_t fewKeys = 256;

/// Sorts by the byte at `shift` and the ones below it.
static void sortByBytes(uint32_t *keys, int64_t count, int shift) {
  if (count < fewKeys) {
    std::sort(keys, keys + count);
    return;
  }
  auto getBucket = [=](uint32_t key) { return key >> shift & 0xFF; };
  int64_t sizes[numBuckets] = {};
  for (int64_t i = 0; i < count; ++i)
    ++sizes[getBucket(keys[i])];
  int64_t next[numBuckets], ends[numBuckets];
  int64_t begin = 0;
  for (int bucket = 0; bucket < numBuckets; ++bucket) {
    next[bucket] = begin;
    begin += sizes[bucket];
    ends[bucket] = begin;
  }
  // Each step of a cycle puts one key into its bucket for good.
  for (int bucket = 0; bucket < numBuckets; ++bucket)
    while (next[bucket] != ends[bucket]) {
      uint32_t key = keys[next[bucket]];
      for (uint32_t home = getBucket(key);
           home != static_cast<uint32_t>(bucket); home = getBucket(key))
        std::swap(key, keys[next[home]++]);
      keys[next[bucket]++] = key;
    }
  if (shift == 0)
    return;
  for (int bucket = 0; bucket < numBuckets; ++bucket)
    sortByBytes(keys + ends[bucket] - sizes[bucket], sizes[bucket], shift - 8);
}

void mlir::lowbit::sortKeys(uint32_t *keys, int64_t count) {
  sortByBytes(keys, count, /*shift=*/24);
}
