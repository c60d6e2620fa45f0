// Blocks: the vouchers of one batch in canonical bytes.
//
//   version   1 byte: 1
//   then each voucher, in the order of posting:
//     length     4 bytes: of what follows
//     event      1 byte length, text
//     flags      1 byte: 1 rule, 2 reverses, 4 memo
//     subject    8 bytes
//     rule       8 bytes, if flagged
//     reverses   8 bytes, if flagged: red reversal (红字冲销) of that voucher; its amounts are negative
//     memo       2 bytes length, text, if flagged
//     lines      2 bytes count; each: account 8 bytes, kind 1 byte (1 credit, 2 customer's), amount 8 bytes; if the
//                account is a customer's: balance after it 8 bytes, number of the entry as a varint (bytes.h)
//
// Integers are big-endian, two's complement. A block's root is that of the Merkle tree (crypto/merkle.h) over its
// vouchers: each leaf is the voucher's id, 8 bytes, and its bytes without the length.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/merkle.h"
#include "ledger/chart.h"
#include "ledger/errors.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

/// The id of the voucher at `index` (from 0) of the block that begins with `first`.
VoucherId voucher_at(VoucherId first, std::int64_t index);
/// The id of a chain's next block: of its time, and after the chain's last voucher so far (0: none).
VoucherId first_of_block(Timestamp posted_at, int chain, VoucherId last);
/// The reverse of `voucher_at`: may be outside of the block.
std::int64_t index_in_block(VoucherId first, VoucherId voucher);

struct PostedLine {
  AccountId account;
  Side side = Side::Debit;
  std::int64_t amount_minor = 0;
  /// Customer accounts only.
  struct After {
    std::int64_t balance_minor = 0;  ///< on the normal side
    std::int64_t number = 0;         ///< of this entry on the account, from 1
    friend bool operator==(const After&, const After&) = default;
  };
  std::optional<After> after;
};

/// A voucher's head; its lines follow.
struct VoucherHead {
  std::string_view event;  ///< J01 … of the catalogue
  std::int64_t subject = 0;
  std::int64_t rule = 0;  ///< the fee rule or policy version applied, 0 when none
  VoucherId reverses;
  std::string_view memo;
};

/// Packs vouchers one after another.
class BlockWriter {
 public:
  BlockWriter() { clear(); }
  void begin(const VoucherHead& head, std::size_t lines);
  void line(const PostedLine& line);
  void end();

  std::int64_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }
  std::string take();
  void clear();

  struct Mark {
    std::size_t size;
    std::int64_t count;
  };
  Mark mark() const { return {bytes_.size(), count_}; }
  void truncate(const Mark& mark);

 private:
  std::string bytes_;
  std::int64_t count_ = 0;
  std::size_t began_ = 0;
};

struct PostedVoucher {
  VoucherHead head;  ///< views into the block's bytes
  std::vector<PostedLine> lines;
  std::string_view bytes;
};

class BlockReader {
 public:
  explicit BlockReader(std::string_view bytes);
  /// False at the end. errors::kVerifyFailed when the bytes are broken. The voucher's vector is reused.
  Result<bool> next(PostedVoucher& voucher);

 private:
  std::string_view rest_;
  bool broken_;
};

/// The bytes that a voucher's leaf holds before its own: its id.
std::string leaf_prefix(VoucherId id);

}  // namespace feiqian::ledger
