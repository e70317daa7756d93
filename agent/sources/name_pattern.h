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
  bool launches = false;  // of a channel monitor: it looks at what the station sends

  // The place of a part with this name, if the rule is for parts of this scope at all.
  [[nodiscard]] std::optional<Place> place(codec::Scope scope, std::string_view name) const;
  [[nodiscard]] bool serves(codec::Scope scope) const;
};

// Whether these parts of a place, no more and no less, are what a point of this scope is told by: a
// channel needs its fibre pair and number, a line its fibre pair alone, an amplifier fibre pair and
// element.
[[nodiscard]] bool makes_up(codec::Scope scope, bool fibre_pair, bool channel, bool element);
// The same in words, for messages: "fibre_pair and channel".
[[nodiscard]] std::string_view parts_of(codec::Scope scope);

}  // namespace caspilink::sources
