// RUN: lowbit-opt %s --lowbit-verify-stage="stage=llvm" --verify-diagnostics

llvm.func @fine(%x: i32) -> i32 {
  %one = llvm.mlir.constant(1 : i32) : i32
  %y = llvm.add %x, %one : i32
  llvm.return %y : i32
}

llvm.func @arith_is_left(%x: i32) -> i32 {
  // expected-error@+1 {{expected the llvm dialect alone after the llvm stage, but got arith.addi}}
  %y = arith.addi %x, %x : i32
  llvm.return %y : i32
}
