// `feiqian channel …-sign`: what the adapters sign, for comparison with other implementations. They touch no data.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "foundation/result.h"

namespace feiqian::server {

class ChannelSignCommands {
 public:
  explicit ChannelSignCommands(CLI::App& app);
  /// Whether these words are one of them.
  static bool are(const std::vector<std::string>& args);
  /// The exit code, when one of these commands was given.
  std::optional<Result<int>> run();

 private:
  using Action = Result<int> (ChannelSignCommands::*)();
  CLI::App* add(CLI::App& parent, const char* name, const char* text, Action action);
  Result<int> alipay();
  Result<int> wechatpay();
  Result<int> unionpay();

  Action action_ = nullptr;
  std::string key_, certificate_, parameters_, method_ = "01";
};

}  // namespace feiqian::server
