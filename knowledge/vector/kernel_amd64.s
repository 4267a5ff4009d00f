#include "textflag.h"

// func dotAVX2(q *int16, rows *int8, n, stride int, out *int32)
// Codes are widened to 16 bits, multiplied and added in pairs to 32 bits. n is at least 1, stride a multiple of 64.
TEXT ·dotAVX2(SB), NOSPLIT, $0-40
	MOVQ q+0(FP), SI
	MOVQ rows+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ stride+24(FP), DX
	MOVQ out+32(FP), R8

row:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	MOVQ  SI, R9
	MOVQ  DX, R10

chunk:
	VPMOVSXBW  (DI), Y2
	VPMOVSXBW  16(DI), Y3
	VPMOVSXBW  32(DI), Y4
	VPMOVSXBW  48(DI), Y5
	VPMADDWD   (R9), Y2, Y2
	VPMADDWD   32(R9), Y3, Y3
	VPMADDWD   64(R9), Y4, Y4
	VPMADDWD   96(R9), Y5, Y5
	VPADDD     Y2, Y0, Y0
	VPADDD     Y3, Y1, Y1
	VPADDD     Y4, Y0, Y0
	VPADDD     Y5, Y1, Y1
	ADDQ       $64, DI
	ADDQ       $128, R9
	SUBQ       $64, R10
	JNZ        chunk

	VPADDD       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x4E, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0xB1, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, (R8)
	ADDQ         $4, R8
	DECQ         CX
	JNZ          row
	VZEROUPPER
	RET

// func dotVNNI(q *uint8, rows *int8, n, stride int, out *int32)
// Four products of an unsigned and a signed byte are added to 32 bits at once. n is at least 1, stride a multiple of 64.
TEXT ·dotVNNI(SB), NOSPLIT, $0-40
	MOVQ q+0(FP), SI
	MOVQ rows+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ stride+24(FP), DX
	MOVQ out+32(FP), R8

row512:
	VPXORD Z0, Z0, Z0
	MOVQ   SI, R9
	MOVQ   DX, R10

chunk512:
	VMOVDQU32 (R9), Z1
	VPDPBUSD  (DI), Z1, Z0
	ADDQ      $64, DI
	ADDQ      $64, R9
	SUBQ      $64, R10
	JNZ       chunk512

	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD        Y1, Y0, Y0
	VEXTRACTI128  $1, Y0, X1
	VPADDD        X1, X0, X0
	VPSHUFD       $0x4E, X0, X1
	VPADDD        X1, X0, X0
	VPSHUFD       $0xB1, X0, X1
	VPADDD        X1, X0, X0
	VMOVD         X0, (R8)
	ADDQ          $4, R8
	DECQ          CX
	JNZ           row512
	VZEROUPPER
	RET
