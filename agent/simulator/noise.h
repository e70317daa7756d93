// Chance that can be asked again: noise and drift as pure functions of a seed, what is measured and
// when, so that two programs that share a seed see one line.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace caspilink::simulator {

// Mixes words into one of 64 well-spread bits (SplitMix64's finaliser, Steele et al., 2014).
[[nodiscard]] std::uint64_t mix(std::initializer_list<std::uint64_t> words);

// Standard normal, a pure function of the key (Box-Muller).
[[nodiscard]] double normal(std::uint64_t key);

// Slow wander within [-1, 1]: three sinusoids of about 3 minutes, 18 minutes and 2 hours, with
// phases and the exact periods from the key.
[[nodiscard]] double drift(std::uint64_t key, double seconds);

}  // namespace caspilink::simulator
