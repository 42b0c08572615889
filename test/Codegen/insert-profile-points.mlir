// RUN: lowbit-opt %s --lowbit-insert-profile-points --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-insert-profile-points --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-insert-profile-points --lowbit-insert-profile-points --split-input-file | diff - %t.once

// One begin and one end per layer; that of a layer and the next are one branch. What has no name belongs to the layer
// before, and what has no effect begins none.
// CHECK-LABEL: func @layers
// CHECK-SAME:      %[[X:.*]]: memref<4xf32>, %[[CONTEXT:.*]]: !llvm.ptr) attributes {lowbit.profiled}
// CHECK-NOT:     llvm
// CHECK:         linalg.exp
// CHECK:         llvm.getelementptr %[[CONTEXT]][40]
// CHECK:         %[[PROFILE:.*]] = llvm.load
// CHECK:         %[[SET:.*]] = llvm.icmp "ne" %[[PROFILE]], %{{.*}}
// CHECK:         scf.if %[[SET]] {
// CHECK:           llvm.getelementptr %[[CONTEXT]][48]
// CHECK:           %[[USER:.*]] = llvm.load
// CHECK:           %[[LAYER:.*]] = llvm.mlir.constant(1 : i32)
// CHECK:           %[[BEGIN:.*]] = llvm.mlir.constant(0 : i32)
// CHECK:           llvm.call %[[PROFILE]](%[[USER]], %[[LAYER]], %[[BEGIN]]) : !llvm.ptr, (!llvm.ptr, i32, i32) -> ()
// CHECK:         }
// CHECK-NEXT:    linalg.abs
// CHECK-NOT:     llvm.call
// CHECK:         linalg.ceil
// CHECK:           %[[LAYER:.*]] = llvm.mlir.constant(1 : i32)
// CHECK:           %[[END:.*]] = llvm.mlir.constant(1 : i32)
// CHECK:           llvm.call %{{.*}}(%{{.*}}, %[[LAYER]], %[[END]])
// CHECK-NEXT:      %[[LAYER:.*]] = llvm.mlir.constant(0 : i32)
// CHECK-NEXT:      %[[BEGIN:.*]] = llvm.mlir.constant(0 : i32)
// CHECK:           llvm.call %{{.*}}(%{{.*}}, %[[LAYER]], %[[BEGIN]])
// CHECK:         }
// CHECK-NEXT:    linalg.floor
// CHECK:           %[[LAYER:.*]] = llvm.mlir.constant(0 : i32)
// CHECK:           %[[END:.*]] = llvm.mlir.constant(1 : i32)
// CHECK:           llvm.call %{{.*}}(%{{.*}}, %[[LAYER]], %[[END]])
// CHECK:         }
// CHECK-NEXT:    return
module attributes {lowbit.layers = [{name = "second"}, {name = "first"}, {name = ""}]} {
  func.func @layers(%x: memref<4xf32>, %context: !llvm.ptr) {
    %one = arith.constant 1.0 : f32 loc("second")
    %view = memref.subview %x[0] [4] [1] : memref<4xf32> to memref<4xf32> loc("first")
    linalg.exp ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
    linalg.abs ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("first")
    linalg.negf ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
    %two = arith.constant 2.0 : f32 loc("second")
    linalg.sqrt ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("not a layer")
    linalg.ceil ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("first")
    linalg.floor ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("second")
    return
  }
}

// -----

// CHECK-LABEL: func @no_layers
// CHECK-NOT:     llvm.call
func.func @no_layers(%x: memref<4xf32>, %context: !llvm.ptr) {
  linalg.exp ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("first")
  return
}

// -----

// Functions that have no context, and what the caller does not call.
// CHECK-LABEL: func @no_context
// CHECK-NOT:     llvm.call
// CHECK-LABEL: func private @private
// CHECK-NOT:     llvm.call
// CHECK:         func private @declaration(!llvm.ptr)
module attributes {lowbit.layers = [{name = "first"}]} {
  func.func @no_context(%x: memref<4xf32>) {
    linalg.exp ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("first")
    return
  }
  func.func private @private(%x: memref<4xf32>, %context: !llvm.ptr) {
    linalg.exp ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) loc("first")
    return
  }
  func.func private @declaration(!llvm.ptr)
}
