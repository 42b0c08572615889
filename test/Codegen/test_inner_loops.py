"""The counter of inner loops sees every instruction that is added."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

from inner_loops import describe_loops

LOOP = """\
main:
	movq	%rdi, %rax
	vpdpbusd	%zmm1, %zmm2, %zmm3
.LBB0_1:
	movl	$0, (%rsp)
	.p2align	4
.LBB0_2:
	prefetcht0	4096(%rdx)              # ahead
	vmovdqu64	(%rdx), %zmm11
	vpandq	%zmm1, %zmm11, %zmm12
	vpandd	%zmm2, %zmm11, %zmm13
	vpbroadcastd	4(%rcx,%rsi,4), %zmm15
	vpdpbusd	%zmm15, %zmm12, %zmm10
	vpdpbusd	%zmm15, %zmm13, %zmm9
	addq	$64, %rdx
	jb	.LBB0_2
	jne	.LBB0_1
	retq
other:
.LBB1_1:
	vpaddd	%zmm1, %zmm2, %zmm3
	jb	.LBB1_1
"""
EXPECTED = (
    "main: 1 lines, 2 scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 2 vpand, 2 vpdpbusd"
)


def test_counts_the_inner_loop_alone():
    assert describe_loops(LOOP) == [EXPECTED]


@pytest.mark.parametrize(
    "added",
    [
        "addq	$1, %rax",
        "kmovw	%k1, %eax",
        "movq	8(%rsp), %rax",
        "prefetcht0	(%rdx)",
        "vmovdqa64	%zmm1, %zmm2",
        "tileloadd	(%rdx,%rcx), %tmm1",
        "vmovdqa64	%zmm1, (%rdx)",
        "vmovdqu64	64(%rdx), %zmm16",
        "vmovups	%zmm18, 656(%rsp)",
        "vpaddd	%zmm7, %zmm0, %zmm0",
        "vpandd	%zmm1, %zmm11, %zmm14",
        "vpandq	64(%rdx), %zmm1, %zmm14",
        "vpbroadcastd	8(%rcx), %zmm16",
        "vpdpbusd	%zmm15, %zmm11, %zmm8",
        "vpdpbusd	(%rcx){1to16}, %zmm11, %zmm8",
    ],
)
def test_one_more_instruction_is_seen(added):
    text = LOOP.replace("	addq	$64", f"	{added}\n	addq	$64")
    assert describe_loops(text) != [EXPECTED]


def test_an_operand_in_memory_is_a_line():
    text = LOOP.replace("vpdpbusd	%zmm15, %zmm13,", "vpdpbusd	64(%rdx), %zmm13,")
    assert describe_loops(text) == [
        "main: 2 lines, 2 scalar, 0 stack, "
        "per line: 1/2 broadcast, 1/2 prefetch, 1 vpand, 1 vpdpbusd"
    ]


def test_a_reload_is_on_the_stack():
    text = LOOP.replace("	addq	$64", "	vmovups	592(%rsp), %zmm20\n	addq	$64")
    assert ", 1 stack," in describe_loops(text)[0]


def test_arm():
    text = """\
main:
.LBB0_1:
	ldp	q0, q1, [x8, #32]
	ldur	q2, [x9, #-16]
	ldr	q3, [x9]
	ldr	d4, [x10, x11]
	zip1	v5.4s, v0.4s, v2.4s
	usmmla	v6.4s, v5.16b, v4.16b
	str	q6, [sp, #16]
	add	x8, x8, #64
	b.ne	.LBB0_1
"""
    assert describe_loops(text) == [
        "main: 1 lines, 2 scalar, 1 stack, per line: 1 half, 1 str, 1 usmmla, 1 zip1"
    ]
