// Polynomials as libraries write them.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "link_models/formats/gnpy/json_object.h"

namespace caspilink::formats::gnpy {

// Coefficients in the order they are used: a plain list, or in YANG's form a list of
// {coef_order, nf_coef} sorted by coef_order. Empty where not given.
[[nodiscard]] inline std::vector<double> read_polynomial(JsonObject& object, std::string_view key) {
  const JsonValue* value = object.raw(key);
  const auto* list = value == nullptr ? nullptr : value->as<JsonArray>();
  if (list == nullptr || list->empty() || list->front().as<JsonMembers>() == nullptr) {
    return object.numbers(key);
  }
  std::vector<std::pair<double, double>> terms;
  for (JsonObject term : object.objects(key)) {
    const double order = term.number("coef_order");
    terms.emplace_back(order, term.number("nf_coef"));
    term.finish();
  }
  std::sort(terms.begin(), terms.end());
  std::vector<double> coefficients;
  for (const auto& [order, coefficient] : terms) coefficients.push_back(coefficient);
  return coefficients;
}

}  // namespace caspilink::formats::gnpy
