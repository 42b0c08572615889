// RUN: lowbit-opt %s --lowbit-verify-stage="stage=llvm" --split-input-file --verify-diagnostics

llvm.func @fine(%x: i32) -> i32 {
  %one = llvm.mlir.constant(1 : i32) : i32
  %y = llvm.add %x, %one : i32
  llvm.return %y : i32
}

// -----

llvm.func @arith_is_left(%x: i32) -> i32 {
  // expected-error@+1 {{expected the llvm dialect alone after the llvm stage, but got arith.addi}}
  %y = arith.addi %x, %x : i32
  llvm.return %y : i32
}

// -----

// A cast is there because of the op that it is for.
llvm.func @casts_for_another(%x: i64) -> i64 {
  %i = builtin.unrealized_conversion_cast %x : i64 to index
  // expected-error@+1 {{expected the llvm dialect alone after the llvm stage, but got index.add}}
  %y = index.add %i, %i
  %j = builtin.unrealized_conversion_cast %y : index to i64
  llvm.return %j : i64
}

// -----

llvm.func @cast_alone(%x: i64) -> i32 {
  // expected-error@+1 {{expected the llvm dialect alone after the llvm stage, but got builtin.unrealized_conversion_cast}}
  %y = builtin.unrealized_conversion_cast %x : i64 to i32
  llvm.return %y : i32
}

// -----

// The first one speaks for all.
llvm.func @one_error(%x: i32) -> i32 {
  // expected-error@+1 {{but got arith.muli}}
  %y = arith.muli %x, %x : i32
  %z = arith.addi %x, %y : i32
  llvm.return %z : i32
}
