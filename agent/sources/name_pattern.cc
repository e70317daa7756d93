#include "agent/sources/name_pattern.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace caspilink::sources {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

Result<NamePattern> NamePattern::parse(std::string_view text) {
  NamePattern pattern;
  const auto refuse = [&](std::string why) {
    return fail(ErrorCode::kInvalidInput, "", fmt::format("pattern '{}': {}", text, why));
  };
  if (text.empty()) return refuse("empty");
  for (std::string_view rest = text; !rest.empty();) {
    if (rest.front() != '{') {
      const std::string_view literal = rest.substr(0, rest.find('{'));
      if (literal.find('}') != std::string_view::npos) return refuse("a '}' without its '{'");
      pattern.pieces_.push_back({Kind::kLiteral, std::string(literal)});
      rest.remove_prefix(literal.size());
      continue;
    }
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) return refuse("a '{' without its '}'");
    const std::string_view name = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    Kind kind{};
    if (name == "fibre_pair") {
      kind = Kind::kFibrePair;
    } else if (name == "channel") {
      kind = Kind::kChannel;
    } else if (name == "element") {
      kind = Kind::kElement;
    } else {
      return refuse(
          fmt::format("expected {{fibre_pair}}, {{channel}} or {{element}}, got {{{}}}", name));
    }
    if (pattern.has(kind)) return refuse(fmt::format("{{{}}} twice", name));
    if (!pattern.pieces_.empty() && pattern.pieces_.back().kind != Kind::kLiteral) {
      return refuse("two placeholders with nothing between them");
    }
    pattern.pieces_.push_back({kind, ""});
  }
  return pattern;
}

bool NamePattern::has(Kind kind) const {
  return std::ranges::find(pieces_, kind, &Piece::kind) != pieces_.end();
}
bool NamePattern::has_fibre_pair() const { return has(Kind::kFibrePair); }
bool NamePattern::has_channel() const { return has(Kind::kChannel); }
bool NamePattern::has_element() const { return has(Kind::kElement); }

std::optional<Place> NamePattern::match(std::string_view name) const {
  Place place;
  if (!match(0, name, place)) return std::nullopt;
  return place;
}

bool NamePattern::match(std::size_t piece, std::string_view rest, Place& place) const {
  if (piece == pieces_.size()) return rest.empty();
  const auto& [kind, literal] = pieces_[piece];
  if (kind == Kind::kLiteral) {
    return rest.starts_with(literal) && match(piece + 1, rest.substr(literal.size()), place);
  }
  const auto belongs = kind == Kind::kChannel ? is_digit : is_word;
  const auto end = std::ranges::find_if_not(rest, belongs);
  // The longest first; a literal such as "_" may need a shorter one.
  for (auto length = static_cast<std::size_t>(end - rest.begin()); length > 0; --length) {
    const std::string_view text = rest.substr(0, length);
    if (kind == Kind::kChannel) {
      const auto [stop, error] =
          std::from_chars(text.data(), text.data() + text.size(), place.channel);
      if (error != std::errc() || place.channel == 0) continue;
    } else {
      (kind == Kind::kFibrePair ? place.fibre_pair : place.element) = text;
    }
    if (match(piece + 1, rest.substr(length), place)) return true;
  }
  return false;
}

bool makes_up(codec::Scope scope, bool fibre_pair, bool channel, bool element) {
  switch (scope) {
    case codec::Scope::kChannel:
      return fibre_pair && channel && !element;
    case codec::Scope::kLine:
      return fibre_pair && !channel && !element;
    case codec::Scope::kAmplifier:
    case codec::Scope::kElement:
    case codec::Scope::kPump:
      return fibre_pair && !channel && element;
    case codec::Scope::kProtection:
      return fibre_pair && !channel;
    case codec::Scope::kModule:
    case codec::Scope::kPowerFeed:
      return !fibre_pair && !channel;
    case codec::Scope::kStation:
      return !fibre_pair && !channel && !element;
    case codec::Scope::kPath:
      return false;
  }
  return false;
}

std::string_view parts_of(codec::Scope scope) {
  switch (scope) {
    case codec::Scope::kChannel:
      return "fibre_pair and channel";
    case codec::Scope::kLine:
      return "fibre_pair";
    case codec::Scope::kAmplifier:
    case codec::Scope::kElement:
    case codec::Scope::kPump:
      return "fibre_pair and element";
    case codec::Scope::kProtection:
      return "fibre_pair, and element of one input";
    case codec::Scope::kModule:
    case codec::Scope::kPowerFeed:
      return "nothing or element";
    case codec::Scope::kStation:
      return "nothing";
    case codec::Scope::kPath:
      return "a peer, which only latency probes know";
  }
  return "";
}

bool NameRule::serves(codec::Scope scope) const {
  return makes_up(scope, pattern.has_fibre_pair() || !fixed.fibre_pair.empty(),
                  pattern.has_channel() || fixed.channel != 0,
                  pattern.has_element() || !fixed.element.empty());
}

std::optional<Place> NameRule::place(codec::Scope scope, std::string_view name) const {
  if (!serves(scope)) return std::nullopt;
  auto place = pattern.match(name);
  if (!place) return std::nullopt;
  if (!fixed.fibre_pair.empty()) place->fibre_pair = fixed.fibre_pair;
  if (fixed.channel != 0) place->channel = fixed.channel;
  if (!fixed.element.empty()) place->element = fixed.element;
  return place;
}

}  // namespace caspilink::sources
