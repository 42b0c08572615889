// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

func.func @multiplierBeyond31Bits(%x: tensor<2x3xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  // 2^31 is -2^31 in i32.
  %m = arith.constant dense<0x80000000> : tensor<1x1xi32>
  %s = arith.constant dense<31> : tensor<1x1xi32>
  // expected-error @below {{expected a multiplier from 0 to 2147483647, but got -2147483648}}
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @negativeMultiplierOfOneChannel(%x: tensor<2x3xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  %m = arith.constant dense<[[1, -1, 1]]> : tensor<1x3xi32>
  %s = arith.constant dense<31> : tensor<1x3xi32>
  // expected-error @below {{expected a multiplier from 0 to 2147483647, but got -1}}
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<2x3xi32>, tensor<1x3xi32>, tensor<1x3xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @negativeShift(%x: tensor<2x3xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  %m = arith.constant dense<1> : tensor<1x1xi32>
  %s = arith.constant dense<-1> : tensor<1x1xi32>
  // expected-error @below {{expected a shift from 2 to 62, but got -1}}
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @shiftOfOneChannel(%x: tensor<2x3xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  %m = arith.constant dense<1> : tensor<1x3xi32>
  %s = arith.constant dense<[[2, 62, 1]]> : tensor<1x3xi32>
  // expected-error @below {{expected a shift from 2 to 62, but got 1}}
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<2x3xi32>, tensor<1x3xi32>, tensor<1x3xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @longShift(%x: tensor<2x3xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  %m = arith.constant dense<1> : tensor<1x1xi32>
  %s = arith.constant dense<63> : tensor<1x1xi32>
  // expected-error @below {{expected a shift from 2 to 62, but got 63}}
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @shiftOfOtherShape(%x: tensor<2x3xi32>, %m: tensor<1x3xi32>, %s: tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  // expected-error @below {{expected shape 1x3, but got 'tensor<1x1xi32>'}}
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<2x3xi32>, tensor<1x3xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @multiplierOfOtherExtent(%x: tensor<2x3xi32>, %m: tensor<1x2xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  // expected-error @below {{expected multiplier extent 1 or 3 in dimension 1 without block_sizes, but got 2}}
  %q = lowbit.requantize %x multiplier %m shift %m
      : (tensor<2x3xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @codesOfOtherShape(%x: tensor<2x3xi32>, %m: tensor<1x1xi32>) -> tensor<3x2x!lowbit.affine<8>> {
  // expected-error @below {{expected shape 2x3, but got 'tensor<3x2x!lowbit.affine<8>>'}}
  %q = lowbit.requantize %x multiplier %m shift %m
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<3x2x!lowbit.affine<8>>
  return %q : tensor<3x2x!lowbit.affine<8>>
}

// -----

func.func @distantCodes(%x: tensor<2x3xi32>, %m: tensor<1x1xi32>) -> tensor<2x3x!lowbit.binary> {
  // expected-error @below {{expected codes at a distance of 1, but got '!lowbit.binary'}}
  %q = lowbit.requantize %x multiplier %m shift %m
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.binary>
  return %q : tensor<2x3x!lowbit.binary>
}

// -----

func.func @codebook(%x: tensor<2x3xi32>, %m: tensor<1x1xi32>) -> tensor<2x3x!lowbit.codebook<4>> {
  // expected-error @below {{expected codes at a distance of 1, but got '!lowbit.codebook<4>'}}
  %q = lowbit.requantize %x multiplier %m shift %m
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.codebook<4>>
  return %q : tensor<2x3x!lowbit.codebook<4>>
}

// -----

func.func @zeroPointBeyondTheCodes(%x: tensor<2x3xi32>, %m: tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  %z = arith.constant dense<300> : tensor<1x1xi32>
  // expected-error @below {{expected zero point of -128 to 127, but got 300}}
  %q = lowbit.requantize %x multiplier %m shift %m zero_point %z
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}

// -----

func.func @zeroPointOfSymmetricCodes(%x: tensor<2x3xi32>, %m: tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8, narrow>> {
  // expected-error @below {{expected no zero point on '!lowbit.affine<8, narrow>'}}
  %q = lowbit.requantize %x multiplier %m shift %m zero_point %m
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8, narrow>>
  return %q : tensor<2x3x!lowbit.affine<8, narrow>>
}

// -----

func.func @negativeBound(%x: tensor<2x3xi32>, %m: tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>> {
  // expected-error @below {{expected a bound of at least 0, but got -1}}
  %q = lowbit.requantize %x multiplier %m shift %m {bound = -1 : i64}
      : (tensor<2x3xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.affine<8>>
  return %q : tensor<2x3x!lowbit.affine<8>>
}
