// A copy of a store, taken while a collector writes it.
#pragma once

#include <string>

#include "link_models/result.h"

namespace caspilink::store {

// Writes the store of `directory`, as of one moment, into the new file `to`, checks what it wrote,
// and has the disk take it before the file bears its name. The collector goes on meanwhile; its
// write-ahead log grows until the copy is done. kInvalidInput where `to` is there already, where
// the store is of another version, or where the copy is not sound; kNotFound where there is no
// store; kUnavailable, kExhausted or kDenied where the file cannot be written.
[[nodiscard]] Result<void> back_up(const std::string& directory, const std::string& to);

}  // namespace caspilink::store
