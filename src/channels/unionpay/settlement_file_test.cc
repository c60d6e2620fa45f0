#include "channels/unionpay/settlement_file.h"

#include <gtest/gtest.h>

#include "codec/zip_archive.h"
#include "foundation/text.h"

namespace feiqian::channels::unionpay {
namespace {

/// One line by the widths of the specification, written out here on purpose.
std::string line(const std::string& trade_code, const std::string& amount, const std::string& fee,
                 const std::string& net) {
  const auto wide = [](std::string text, std::size_t width) {
    text.resize(width, ' ');
    return text + " ";
  };
  return wide(trade_code, 3) + wide("00040000", 11) + wide("00040000", 11) + wide("000001", 6) +
         wide("1122100000", 10) + wide("6216***********0018", 19) + wide(amount, 12) + wide("5411", 4) + wide("08", 2) +
         wide("202611221000000000001", 21) + wide("", 2) + wide("att0dw78xa000005", 32) + wide("01", 2) + wide("", 6) +
         wide("", 10) + wide(fee, 13) + wide(net, 13) + wide("", 4) + wide("", 15) + wide("01", 2) + wide("07", 2) +
         wide("000000", 6) + wide("01", 2) + wide("", 4) + wide("", 32) + wide("", 1) + wide("", 21) +
         wide("777290058110048", 15) + "rest of the line, of any length";
}

TEST(UnionPaySettlement, LinesAreRead) {
  const auto lines = parse_settlement(line("S22", "000000012800", "D000000000026", "C000000012774") + "\r\n" +
                                      line("S30", "000000000100", "C000000000000", "D000000000100") + "\n\r\n")
                         .value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].trade_code, "S22");
  EXPECT_EQ(lines[0].trace_no, "000001");
  EXPECT_EQ(lines[0].sent_at, "1122100000");
  EXPECT_EQ(lines[0].query_id, "202611221000000000001");
  EXPECT_EQ(lines[0].order_id, "att0dw78xa000005");
  EXPECT_EQ(lines[0].txn_type, "01");
  EXPECT_EQ(lines[0].amount.minor, 12800);
  EXPECT_EQ(lines[0].fee.minor, 26);
  EXPECT_EQ(lines[0].net.minor, 12774);
  EXPECT_EQ(lines[1].net.minor, -100);
  EXPECT_TRUE(parse_settlement("").value().empty());
}

TEST(UnionPaySettlement, ABrokenLineIsNamed) {
  const auto good = line("S22", "000000012800", "D000000000026", "C000000012774");
  struct Case {
    std::string text;
    const char* why;
  };
  for (const auto& c : std::vector<Case>{
           {good + "\n" + good.substr(0, 200), "line 2 is too short"},
           {line("S22", "00000001280x", "D000000000026", "C000000012774"), "line 1 has an amount that is not a number"},
           {line("S22", "-00000012800", "D000000000026", "C000000012774"), "line 1 has an amount that is not a number"},
           {line("S22", "000000012800", "0000000000026", "C000000012774"), "line 1 has an amount without direction"},
           {line("S22", "000000012800", "", "C000000012774"), "line 1 has an amount without direction"},
           {line("S22", "000000012800", "D000000000026", "C-00000012774"), "line 1 has an amount without direction"},
       }) {
    const auto read = parse_settlement(c.text);
    ASSERT_FALSE(read.ok()) << c.why;
    EXPECT_EQ(read.error().detail(), c.why);
  }
}

TEST(UnionPaySettlement, TheFileIsUnwrapped) {
  const auto wrapped = [](const std::vector<codec::ArchiveMember>& members) {
    return to_base64(codec::deflate(codec::write_zip(members)));
  };
  EXPECT_EQ(open_settlement(wrapped({{"INN26112288ZME_777", "errors"}, {"INN26112288ZM_777", "lines"}})).value(),
            "lines");
  for (const auto& broken :
       {std::string(), std::string("%%"), to_base64("not deflated"), to_base64(codec::deflate("no zip")), wrapped({}),
        wrapped({{"INN26112288ZME_777", "errors"}})})
    EXPECT_FALSE(open_settlement(broken).ok()) << broken;
}

}  // namespace
}  // namespace feiqian::channels::unionpay
