// RUN: lowbit-opt %s --lowbit-import-quant --split-input-file --verify-diagnostics

func.func @odd_range(%q: tensor<2x!quant.uniform<i8<-100:100>:f32, 0.5>>) -> tensor<2xf32> {
  // expected-error@+2 {{expected the full or the narrow range of 1 to 16 bits, but got -100 to 100}}
  // expected-error@+1 {{failed to legalize operation 'quant.dcast'}}
  %y = quant.dcast %q : tensor<2x!quant.uniform<i8<-100:100>:f32, 0.5>> to tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @expressed_f16(%q: tensor<2x!quant.uniform<i8:f16, 0.5>>) -> tensor<2xf16> {
  // expected-error@+2 {{expected f32 as expressed type, but got 'f16'}}
  // expected-error@+1 {{failed to legalize operation 'quant.dcast'}}
  %y = quant.dcast %q : tensor<2x!quant.uniform<i8:f16, 0.5>> to tensor<2xf16>
  return %y : tensor<2xf16>
}

// -----

func.func @scalar(%x: f32) -> !quant.uniform<i8:f32, 0.5> {
  // expected-error@+2 {{expected a ranked tensor, but got '!quant.uniform<i8:f32, 5.000000e-01>'}}
  // expected-error@+1 {{failed to legalize operation 'quant.qcast'}}
  %q = quant.qcast %x : f32 to !quant.uniform<i8:f32, 0.5>
  return %q : !quant.uniform<i8:f32, 0.5>
}

// -----

func.func @zero_point_beyond_the_codes(%x: tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 0.5:300>> {
  // expected-error@+1 {{zero point}}
  %q = quant.qcast %x : tensor<2xf32> to tensor<2x!quant.uniform<i8:f32, 0.5:300>>
  return %q : tensor<2x!quant.uniform<i8:f32, 0.5:300>>
}
