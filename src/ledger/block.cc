#include "ledger/block.h"

#include <algorithm>
#include <utility>

#include "foundation/bytes.h"

namespace feiqian::ledger {
namespace {

constexpr char kVersion = 1;
constexpr int kSequenceBits = 13;
constexpr int kShardBits = 10;
constexpr std::int64_t kSequenceMask = (std::int64_t{1} << kSequenceBits) - 1;
constexpr std::int64_t kShardMask = ((std::int64_t{1} << kShardBits) - 1) << kSequenceBits;

// Flags of a voucher; kinds of a line.
constexpr unsigned kRule = 1, kReverses = 2, kMemo = 4;
constexpr unsigned kCredit = 1, kCustomer = 2;

/// Milliseconds and sequence as one number; the shard stands between them in an id.
std::int64_t tick_of(std::int64_t id) {
  return (id >> (kSequenceBits + kShardBits) << kSequenceBits) | (id & kSequenceMask);
}

/// Takes bytes off the front; after a read beyond the end everything reads as nothing and `ok` is false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::size_t count) {
    if (rest_.size() < count) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  unsigned byte() {
    const auto taken = take(1);
    return taken.empty() ? 0 : static_cast<unsigned char>(taken[0]);
  }
  std::int64_t int64() {
    const auto taken = take(8);
    return taken.empty() ? 0 : get_int64(taken);
  }
  std::size_t int16() {
    const auto taken = take(2);
    return taken.empty() ? 0 : static_cast<std::size_t>(get_int16(taken));
  }
  std::int64_t varint() {
    std::int64_t value = 0;
    if (!take_varint(rest_, value)) fail();
    return value;
  }
  void fail() { ok_ = false; }
  bool done() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

VoucherId voucher_at(VoucherId first, std::int64_t index) {
  const auto tick = tick_of(first.value) + index;
  return {(tick >> kSequenceBits << (kSequenceBits + kShardBits)) | (first.value & kShardMask) |
          (tick & kSequenceMask)};
}

VoucherId first_of_block(Timestamp posted_at, int chain, VoucherId last) {
  const VoucherId now{first_id_at(posted_at) | std::int64_t{chain} << kSequenceBits};
  return last ? std::max(now, voucher_at(last, 1)) : now;
}

std::int64_t index_in_block(VoucherId first, VoucherId voucher) {
  return tick_of(voucher.value) - tick_of(first.value);
}

void BlockWriter::clear() {
  bytes_.assign(1, kVersion);
  count_ = 0;
}

std::string BlockWriter::take() {
  auto bytes = std::move(bytes_);
  clear();
  return bytes;
}

void BlockWriter::begin(const VoucherHead& head, std::size_t lines) {
  began_ = bytes_.size();
  put_int32(bytes_, 0);
  bytes_ += static_cast<char>(head.event.size());
  bytes_ += head.event;
  const unsigned flags =
      (head.rule != 0 ? kRule : 0U) | (head.reverses ? kReverses : 0U) | (!head.memo.empty() ? kMemo : 0U);
  bytes_ += static_cast<char>(flags);
  put_int64(bytes_, head.subject);
  if (head.rule != 0) put_int64(bytes_, head.rule);
  if (head.reverses) put_int64(bytes_, head.reverses.value);
  if (!head.memo.empty()) {
    put_int16(bytes_, static_cast<std::int32_t>(head.memo.size()));
    bytes_ += head.memo;
  }
  put_int16(bytes_, static_cast<std::int32_t>(lines));
}

void BlockWriter::line(const PostedLine& line) {
  put_int64(bytes_, line.account.value);
  bytes_ += static_cast<char>((line.side == Side::Credit ? kCredit : 0U) | (line.after ? kCustomer : 0U));
  put_int64(bytes_, line.amount_minor);
  if (!line.after) return;
  put_int64(bytes_, line.after->balance_minor);
  put_varint(bytes_, line.after->number);
}

void BlockWriter::end() {
  const auto length = bytes_.size() - began_ - 4;
  for (std::size_t i = 0; i < 4; ++i) bytes_[began_ + i] = static_cast<char>(length >> (8 * (3 - i)));
  ++count_;
}

void BlockWriter::truncate(const Mark& mark) {
  bytes_.resize(mark.size);
  count_ = mark.count;
}

BlockReader::BlockReader(std::string_view bytes) : rest_(bytes), broken_(bytes.empty() || bytes[0] != kVersion) {
  if (!broken_) rest_.remove_prefix(1);
}

Result<bool> BlockReader::next(PostedVoucher& voucher) {
  if (broken_) return Error(errors::kVerifyFailed, "the block's bytes are not of a known version");
  if (rest_.empty()) return false;
  Cursor outer(rest_);
  const auto length = outer.take(4);
  const auto size = length.empty() ? 0
                                   : static_cast<std::size_t>(get_int16(length)) << 16 |
                                         static_cast<std::size_t>(get_int16(length.substr(2)));
  voucher.bytes = outer.take(size);
  Cursor cursor(voucher.bytes);
  voucher.head.event = cursor.take(cursor.byte());
  const auto flags = cursor.byte();
  if (flags > (kRule | kReverses | kMemo)) cursor.fail();
  voucher.head.subject = cursor.int64();
  voucher.head.rule = (flags & kRule) != 0 ? cursor.int64() : 0;
  voucher.head.reverses = {(flags & kReverses) != 0 ? cursor.int64() : 0};
  voucher.head.memo = (flags & kMemo) != 0 ? cursor.take(cursor.int16()) : std::string_view();
  // A flag says that there is something: what is nothing has one form.
  if (((flags & kRule) != 0 && voucher.head.rule == 0) || ((flags & kReverses) != 0 && !voucher.head.reverses) ||
      ((flags & kMemo) != 0 && voucher.head.memo.empty()))
    cursor.fail();
  const auto lines = cursor.int16();
  voucher.lines.clear();
  for (std::size_t i = 0; i < lines && cursor.ok(); ++i) {
    PostedLine line;
    line.account = {cursor.int64()};
    const auto kind = cursor.byte();
    line.side = (kind & kCredit) != 0 ? Side::Credit : Side::Debit;
    line.amount_minor = cursor.int64();
    if (kind > (kCredit | kCustomer)) cursor.fail();
    if ((kind & kCustomer) != 0) {
      const auto balance = cursor.int64();
      line.after = PostedLine::After{balance, cursor.varint()};
    }
    voucher.lines.push_back(line);
  }
  if (!outer.ok() || !cursor.done() || voucher.lines.empty()) {
    broken_ = true;
    return Error(errors::kVerifyFailed, "the block's bytes are broken");
  }
  rest_.remove_prefix(4 + size);
  return true;
}

std::string leaf_prefix(VoucherId id) {
  std::string bytes;
  put_int64(bytes, id.value);
  return bytes;
}

}  // namespace feiqian::ledger
