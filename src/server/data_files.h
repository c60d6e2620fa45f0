// What lies where in a data directory.
#pragma once

#include <string>

namespace feiqian::server {

struct DataFiles {
  explicit DataFiles(const std::string& directory);
  std::string database, lock, socket, keys, ops_token, archives, restore_mark;
  std::string alipay_public_key;
  std::string wechatpay_public_key;  ///< of the platform, when `public_key_id` is set
  std::string unionpay_certificate;  ///< ours
  std::string unionpay_roots, unionpay_intermediates;
};

}  // namespace feiqian::server
