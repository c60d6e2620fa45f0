// One moment of the store for several reads, until the object goes.
#pragma once

#include <utility>

#include "store/store.h"

namespace feiqian::ledger {

class Snapshot {
 public:
  static Result<Snapshot> begin(store::Reader& reader) {
    TRY(reader.begin_snapshot());
    return Snapshot(reader);
  }
  Snapshot(Snapshot&& other) noexcept : reader_(std::exchange(other.reader_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot() {
    if (reader_ != nullptr) reader_->end_snapshot();
  }

 private:
  explicit Snapshot(store::Reader& reader) : reader_(&reader) {}
  store::Reader* reader_;
};

}  // namespace feiqian::ledger
