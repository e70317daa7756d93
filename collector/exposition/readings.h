// What is measured and what is expected, place by place: nearly all of a scrape.
#pragma once

#include "collector/exposition/families.h"
#include "collector/exposition/snapshot.h"

namespace caspilink::exposition {

// Both begin their families in the text: they come first, in this order.
void add_observed(Families& out, const Snapshot& snapshot);
void add_expected(Families& out, const Snapshot& snapshot);

}  // namespace caspilink::exposition
