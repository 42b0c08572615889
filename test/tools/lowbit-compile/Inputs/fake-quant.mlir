func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %q = quant.qcast %x : tensor<2xf32> to tensor<2x!quant.uniform<i8:f32, 0.5:-3>>
  %y = quant.dcast %q : tensor<2x!quant.uniform<i8:f32, 0.5:-3>> to tensor<2xf32>
  return %y : tensor<2xf32>
}
