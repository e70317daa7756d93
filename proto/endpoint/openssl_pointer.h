// Owners of OpenSSL's objects: `OpensslPointer<X509, X509_free>`.
#pragma once

#include <memory>

namespace caspilink::endpoint {

template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using OpensslPointer = std::unique_ptr<T, OpensslDeleter<Free>>;

}  // namespace caspilink::endpoint
