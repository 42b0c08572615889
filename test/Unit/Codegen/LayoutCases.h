//===- LayoutCases.h - Layouts and shapes to test ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TEST_UNIT_CODEGEN_LAYOUTCASES_H
#define LOWBIT_TEST_UNIT_CODEGEN_LAYOUTCASES_H

#include "lowbit/Quantization/PackedLayout.h"

#include <vector>

/// Every width of fields and radix with every block, and headers of every kind
/// among them.
inline std::vector<mlir::lowbit::PackedLayout> getLayouts() {
  std::vector<mlir::lowbit::PackedLayout> layouts;
  // The last one stands for fields of base 3.
  for (int64_t bits : {1, 2, 3, 4, 5, 6, 7, 8, 0})
    for (int64_t block : {0, 1, 3, 30, 32, 128}) {
      mlir::lowbit::PackedLayout layout;
      layout.radix = bits == 0 ? 3 : 2;
      layout.fieldBits = bits == 0 ? 2 : bits;
      layout.codeOffset = layout.highestField() / 2 + (bits != 0);
      layout.block = block;
      layout.scaleBytes = layouts.size() % 3 * 2;
      layout.terms = layouts.size() % 4;
      layout.offset = layouts.size() % 3 == 2;
      layouts.push_back(layout);
    }
  return layouts;
}

/// Calls `check(layout, n, k)` for all layouts, and shapes around their edges.
template <typename Check> void forEachLayout(Check check) {
  for (const mlir::lowbit::PackedLayout &layout : getLayouts()) {
    int64_t tile = layout.panelRows();
    for (int64_t n : {1, 2, 3, 4, 5, 6, 7, 8, 9, int(tile - 1), int(tile),
                      int(tile + 1), 131})
      for (int64_t k : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 29, 30, 31, 32, 33, 97,
                        127, 128, 129})
        check(layout, n, k);
  }
}

#endif // LOWBIT_TEST_UNIT_CODEGEN_LAYOUTCASES_H
