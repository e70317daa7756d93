// Equipment's own names for its parts, read by pattern: "och-{fibre_pair}-{channel}".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"
#include "proto/codec/quantity.h"

namespace caspilink::sources {

// What a name tells of where the part stands. Empty text and channel 0: nothing.
struct Place {
  std::string fibre_pair;
  std::uint32_t channel = 0;
  std::string element;

  friend bool operator==(const Place&, const Place&) = default;
};

// Placeholders: {fibre_pair} and {element} stand for letters, digits and underscores, {channel} for
// a number from 1; each at most once, and all else for itself.
class NamePattern {
 public:
  [[nodiscard]] static Result<NamePattern> parse(std::string_view text);

  [[nodiscard]] std::optional<Place> match(std::string_view name) const;
  [[nodiscard]] bool has_fibre_pair() const;
  [[nodiscard]] bool has_channel() const;
  [[nodiscard]] bool has_element() const;

 private:
  enum class Kind { kLiteral, kFibrePair, kChannel, kElement };
  struct Piece {
    Kind kind;
    std::string literal;
  };
  [[nodiscard]] bool has(Kind kind) const;
  [[nodiscard]] bool match(std::size_t piece, std::string_view rest, Place& place) const;

  std::vector<Piece> pieces_;
};

// A pattern and what it leaves out: fixed parts of the place.
struct NameRule {
  NamePattern pattern;
  Place fixed;

  // The place of a part with this name, if the rule is for parts of this scope at all: a channel
  // needs its fibre pair and number, a line its fibre pair alone, an amplifier fibre pair and
  // element.
  [[nodiscard]] std::optional<Place> place(codec::Scope scope, std::string_view name) const;
  [[nodiscard]] bool serves(codec::Scope scope) const;
};

}  // namespace caspilink::sources
