// RUN: lowbit-opt %s --lowbit-protect-inputs | FileCheck %s
// RUN: lowbit-opt %s --lowbit-protect-inputs --lowbit-protect-inputs | FileCheck %s
// RUN: lowbit-opt %s --lowbit-protect-inputs --one-shot-bufferize=bufferize-function-boundaries | FileCheck %s --check-prefix=COPY

// CHECK:         func @main(%{{.*}}: tensor<4xf32> {bufferization.writable = false}, %{{.*}}: index)
// COPY-LABEL:  func @main(
// COPY-SAME:       %[[X:.*]]: memref<4xf32
// COPY:          %[[Y:.*]] = memref.alloc() {{.*}} : memref<4xf32>
// COPY:          linalg.exp ins(%[[X]] : {{.*}}) outs(%[[Y]] :
func.func @main(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// What a private function gets is not the caller's.
// CHECK:         func private @private(%{{.*}}: tensor<4xf32>)
func.func private @private(%x: tensor<4xf32>) {
  return
}
