// Marks a loop's function to be compiled twice, for any x86-64 and for AVX2, the right one chosen
// when the program starts. AVX2 alone brings no fused multiply-add, so both give the same bits.
#pragma once

// Sanitizers are not up yet when the choice is made. CASPILINK_NO_VECTOR_CLONES: built one way, for
// comparison.
#if !defined(CASPILINK_NO_VECTOR_CLONES) && defined(__x86_64__) && defined(__GNUC__) && \
    !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CASPILINK_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CASPILINK_VECTOR_CLONES
#endif
