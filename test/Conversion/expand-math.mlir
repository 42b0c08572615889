// RUN: lowbit-opt %s --lowbit-expand-math | FileCheck %s --implicit-check-not=math.exp --implicit-check-not=math.fma
// RUN: lowbit-opt %s --lowbit-expand-math --lowbit-expand-math | FileCheck %s

// Two powers of two, so that the result may be a denormal.
// CHECK-LABEL: func @exp
// CHECK-SAME:      %[[X:.*]]: f32
// CHECK-DAG:     %[[LOW:.*]] = arith.constant -1.040000e+02 : f32
// CHECK:         arith.cmpf olt, %[[X]], %[[LOW]]
// CHECK:         %[[FIRST:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK:         %[[PRODUCT:.*]] = arith.mulf %{{.*}}, %[[FIRST]]
// CHECK:         %[[SECOND:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK:         %[[Y:.*]] = arith.mulf %[[PRODUCT]], %[[SECOND]]
// CHECK:         return %[[Y]]
func.func @exp(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}

// CHECK-LABEL: func @log_of_a_vector
// CHECK-SAME:      %[[X:.*]]: vector<16xf32>
// CHECK:         %[[ZERO:.*]] = arith.cmpf oeq, %[[X]], %{{.*}} : vector<16xf32>
// CHECK:         %[[Y:.*]] = arith.select %[[ZERO]]
// CHECK:         return %[[Y]]
func.func @log_of_a_vector(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.log %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func @tanh
// CHECK-SAME:      %[[X:.*]]: f32
// CHECK:         arith.divf
// CHECK:         %[[Y:.*]] = math.copysign %{{.*}}, %[[X]]
// CHECK:         return %[[Y]]
func.func @tanh(%x: f32) -> f32 {
  %y = math.tanh %x : f32
  return %y : f32
}

// CHECK-LABEL: func @erf
// CHECK-SAME:      %[[X:.*]]: f32
// CHECK-NOT:     arith.divf
// CHECK:         %[[Y:.*]] = math.copysign %{{.*}}, %[[X]]
// CHECK:         return %[[Y]]
func.func @erf(%x: f32) -> f32 {
  %y = math.erf %x : f32
  return %y : f32
}

// CHECK-LABEL: func @bf16_to_f32
// CHECK:         %[[BITS:.*]] = arith.extui %{{.*}} : i16 to i32
// CHECK:         arith.shli %[[BITS]]
func.func @bf16_to_f32(%x: bf16) -> f32 {
  %y = arith.extf %x : bf16 to f32
  return %y : f32
}

// CHECK-LABEL: func @other_types
// CHECK:         math.tanh %{{.*}} : f64
// CHECK:         math.tanh %{{.*}} : tensor<4xf32>
func.func @other_types(%x: f64, %y: tensor<4xf32>) -> (f64, tensor<4xf32>) {
  %z = math.tanh %x : f64
  %t = math.tanh %y : tensor<4xf32>
  return %z, %t : f64, tensor<4xf32>
}

// CHECK-LABEL: func @other_functions
// CHECK:         math.sin
func.func @other_functions(%x: f32) -> f32 {
  %y = math.sin %x : f32
  return %y : f32
}
